import Feed
import Journal

/// The accounts that a feed brings back.
///
/// A feed brings an account back if it says `active` and was made after the removal, and if a feed had removed the
/// account as suspended or unpaid. An account that was cancelled, or that an operator removed by name, does not come
/// back by itself.
package struct RestoreCandidates {
    private static let temporaryStatuses: Set = ["suspended", "payment_failed"]

    /// By the place of the entry.
    package private(set) var archives: [(place: Int, archive: Journal.Archive)] = []
    /// The places of those that are too many for one call.
    package private(set) var beyondLimit: [Int] = []
    /// The places of those that an earlier part of the run has restored. They count towards the limit.
    package private(set) var restoredBefore: [Int] = []

    /// - Parameters:
    ///   - later: later feeds of the call. They decide about the accounts that they name.
    ///   - limit: how many accounts are restored at most; nil for none.
    ///   - before: the mailboxes of the accounts that an earlier part of the run has restored.
    package init(
        of plan: Plan, among found: RestorableAccounts, besides later: LaterStatements, limit: Int?,
        restoredBefore before: Set<String> = []
    ) {
        let active = (0..<plan.entries.countOfFeed).lazy.filter { place in
            plan.decisions.standings[brief: place] == .stays && plan.entries[place].status?.lowercased() == "active"
        }
        var known: Set<String> = []
        if !before.isEmpty {
            for place in active {
                guard let mailbox = plan.entries[place].account?.canonical, before.contains(mailbox),
                    known.insert(mailbox).inserted
                else { continue }
                restoredBefore.append(place)
            }
        }
        guard let limit else { return }
        for place in active {
            let entry = plan.entries[place]
            guard
                let archive = found.archive(for: AccountResult(entry: entry, outcome: .skipped), of: plan),
                !archive.isByOperator, archive.status.map(Self.temporaryStatuses.contains) == true,
                archive.removedAt < plan.guards.feedTime, archive.statedAt.map({ $0 < plan.guards.feedTime }) ?? true,
                !later.mayName(hash: plan.decisions.standings.spellingHash(of: place)),
                // A customer may have several subscriptions.
                known.insert(archive.mailbox).inserted
            else { continue }
            if restoredBefore.count + archives.count < limit {
                archives.append((place, archive))
            } else {
                beyondLimit.append(place)
            }
        }
    }

    /// What a plan says of them.
    package var foreseen: [Int: String] {
        var sentences = Dictionary(
            uniqueKeysWithValues: archives.map { ($0.place, "would be restored, if nothing is in the way") })
        for place in beyondLimit { sentences[place] = "would not be restored: \(Self.limitReached)" }
        return sentences
    }

    package static let limitReached = "--max-restores allows no more"
}
