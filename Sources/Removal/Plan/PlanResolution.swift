import ControlPlane
import Feed
import GRDB
import Journal
import Support

/// Resolves the entries of a feed against the database.
struct PlanResolution {
    let db: Database
    /// The accounts found by ``hashesToLookUp(_:among:committed:)``.
    let directory: AccountDirectory
    /// The hashes of the names in the database.
    let nameHashes: Set<Int>
    let guards: AccountGuards
    /// What an earlier part of this run has committed, by entry number.
    let committed: [Int: Journal.CommittedOutcome]
    /// nil if there is no journal.
    let journaled: Set<Int>?
    let unknownReferences: UnknownReferences
    let wideningGuard: WideningGuard
    /// Only read if an unknown table refers to sessions.
    let sessions: SessionIndex

    /// The name hashes of due entries that also occur in the database, and of accounts that an earlier part of the run
    /// has removed. A large feed names many accounts that the database never had.
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
            // An account can only exist here, or in the journal, if a name there has the same hash.
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

    /// A committed result is reused only while the account is still absent. An account that has come back is resolved
    /// again.
    private func resultOfEarlierPart(_ entry: FeedEntry) -> AccountResult? {
        guard let done = committed[entry.number], let mailbox = Mailbox(entry.email),
            mailbox.canonical == done.mailbox, directory.target(of: mailbox).isEmpty
        else { return nil }
        return AccountResult(entry, done)
    }
}
