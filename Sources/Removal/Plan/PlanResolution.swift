import ControlPlane
import Feed
import GRDB
import Journal
import Support

/// Resolves the entries of a feed against the database.
struct PlanResolution {
    let db: Database
    /// Of the accounts that ``hashesToLookUp(_:_:committed:)`` tells.
    let directory: AccountDirectory
    /// Of the names in the database.
    let nameHashes: Set<Int>
    let guards: AccountGuards
    /// What an earlier part of this run has committed, by the entry's number.
    let committed: [Int: Journal.CommittedOutcome]
    /// nil where no run was ever journaled.
    let journaled: Set<Int>?
    let unknownReferences: UnknownReferences
    let wideningGuard: WideningGuard
    /// Read only where a table refers to them.
    let sessions: SessionIndex

    /// The hashes of the names of due entries, and of those that an earlier part of the run has removed, as far as there are
    /// such names in the database: a large feed names many accounts that it never knew.
    static func hashesToLookUp(
        _ standings: FeedStandings, among nameHashes: Set<Int>, committed: [Int: Journal.CommittedOutcome]
    ) -> Set<Int> {
        var hashes: Set<Int> = []
        for place in standings.indices where standings[brief: place] == .due {
            let hash = standings.spellingHash(of: place)
            if nameHashes.contains(hash) { hashes.insert(hash) }
        }
        for outcome in committed.values { hashes.insert(NearSpelling.hash(of: outcome.mailbox)) }
        return hashes
    }

    func decisions(on standings: FeedStandings) throws -> Plan.Decisions {
        var decisions = Plan.Decisions(standings)
        for number in committed.keys where number >= 1 && number <= standings.count {
            if let result = resultOfEarlierPart(standings.entries[number - 1]) {
                let earlier = try Mailbox(result.entry.email).flatMap { try Journal.latestRemoval(of: $0, in: db) }
                decisions.resolve(number - 1, as: .doneBefore(result), after: earlier)
            }
        }
        for place in standings.indices where standings[brief: place] == .due && decisions.resolved[place] == nil {
            // Only what shares its hash with a name can be that name's account.
            let hash = standings.spellingHash(of: place)
            guard nameHashes.contains(hash) || journaled?.contains(hash) == true else { continue }
            let entry = standings.entries[place]
            guard let mailbox = Mailbox(entry.email) else { continue }
            let decision = try decide(mailbox, entry)
            var earlier: EarlierRemoval?
            if case .remove = decision, journaled?.contains(hash) == true {
                earlier = try Journal.latestRemoval(of: mailbox, in: db)
            }
            decisions.resolve(place, as: decision, after: earlier)
        }
        return decisions
    }

    private func decide(_ mailbox: Mailbox, _ entry: FeedEntry) throws -> Plan.Decision {
        let target = directory.target(of: mailbox)
        if target.isEmpty {
            let earlier = journaled == nil ? nil : try Journal.latestRemoval(of: mailbox, in: db)
            if target.nearMatches.isEmpty { return .absent(earlier, notes: []) }
            if let earlier {
                let note = "left alone, since it is not this account's: \(target.nearMatchesText)"
                return .absent(earlier, notes: [note])
            }
        }
        if let refusal = try guards.refusal(of: target, for: entry, mailbox)
            ?? unknownReferences.refusal(of: target, sessions) ?? wideningGuard.refusal(of: target)
        {
            return .settled(.refused, [refusal])
        }
        return .remove(target)
    }

    /// A committed result is taken over only while the account is still absent; one that is back is looked at anew.
    private func resultOfEarlierPart(_ entry: FeedEntry) -> AccountResult? {
        guard let done = committed[entry.number], let mailbox = Mailbox(entry.email),
            mailbox.canonical == done.mailbox, directory.target(of: mailbox).isEmpty
        else { return nil }
        return AccountResult(entry, done)
    }
}
