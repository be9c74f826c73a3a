import Feed
import GRDB
import Journal
import Removal
import Support

// What a run writes to the journal before and after its work.
extension ActiveRun {
    mutating func enterInJournal() throws {
        try database.write(while: "enter the run in the journal of the database") { db in
            try Journal.prepare(in: db)
            try Journal.begin(
                Journal.Run(id: id, startedAt: startedAt, planDigest: planDigest, passedGuards: !isStoppedByGuard),
                Journal.Provenance(
                    command: options.source.command, feedPath: facts.path ?? "", feedDigest: facts.digest ?? "",
                    host: surroundings.hostName,
                    programVersion: options.programVersion, runBy: surroundings.runBy), in: db)
            try noteStatements(in: db)
            if options.guards.isApproved(plan) {
                try Journal.approve(digest: plan.content.digest, items: plan.content.items, for: id, in: db)
            }
        }
        isJournaled = true
    }

    /// Records what the feed states about accounts that stay or are removed later, and takes over deferred removals
    /// that are now due. Accounts that a feed protects are recorded even where a guard stops it. Its deferred removals
    /// are recorded only once the operator has approved it.
    private func noteStatements(in db: Database) throws {
        if let digest = facts.digest {
            if facts.path != nil { try Journal.noteFeed(digest, at: surroundings.now(), in: db) }
            try Journal.note(
                plan.decisions.standings, listsEverybody: plan.feed.profile.listsEverybody,
                madeAt: facts.madeAt ?? startedAt, runID: id, at: surroundings.now(),
                names: plan.nameHashes.union(try namesThatMayComeBack(in: db)),
                keepsPutOffs: !isStoppedByGuard, in: db)
        }
        try Journal.dropDone(in: db)
        if !isStoppedByGuard { try Journal.take(plan.deferred, for: id, in: db) }
    }

    /// The hashes of accounts that the run may restore. What the feed says of their future counts as well.
    private func namesThatMayComeBack(in db: Database) throws -> Set<Int> {
        options.maxRestores == nil ? [] : try RestorableAccounts(at: surroundings.now(), of: nil, in: db).hashes
    }

    /// - Parameter up: Accounts with a removed key on an interface.
    /// - Returns: The time from which the age of journal entries and reports is counted, nil if there is none; and the
    ///   removed accounts whose tunnels no run has seen gone.
    func noteInJournal(
        isComplete: Bool, up: [Mailbox], _ attention: AttentionTimes?
    ) throws -> (settled: UTCTime?, tunnels: TunnelCounts) {
        let now = surroundings.now()
        let doneDeferrals = doneDeferrals
        return try database.write(while: "mark the run complete in the journal of the database") { db in
            if isComplete {
                try Journal.complete(id, at: now, in: db)
                try Journal.finish(id, done: doneDeferrals, in: db)
            }
            try Journal.note(tunnels.sighting, up: up, at: now, in: db)
            if let attention { try Journal.note(attention, in: db) }
            // Counted before old entries are dropped, because the report has counted those too.
            let openTunnels = try Journal.tunnels(in: db)
            let settled = try Journal.settledTime(before: now, in: db)
            if let settled {
                try Journal.drop(before: settled.adding(seconds: -86_400 * Int64(options.journalDays)), in: db)
            }
            return (settled, openTunnels)
        }
    }

    /// Deferred removals that have nothing left to do.
    private var doneDeferrals: [Mailbox] {
        let results = results
        return plan.deferred.indices.compactMap { index in
            let result = results[plan.entries.countOfFeed + index]
            return result.outcome.isDone ? plan.deferred[index].mailbox : nil
        }
    }
}
