import ControlPlane
import Feed
import GRDB
import Journal
import Removal
import Report
import Support
import WireGuard

/// A run that may write: it has a run id, an entry in the journal and a report folder.
struct ActiveRun {
    let id: RunID
    private let startedAt: UTCTime
    /// The digest of the plan that the run began with, however much of it is left now.
    private let planDigest: String
    private let plan: Plan
    let facts: RunRecord.FeedFacts
    let database: ControlPlaneDatabase
    let configFolder: ConfigFolder
    private let live: LiveView
    private let reportFolder: ReportFolder
    let options: Reconciliation.Options
    let surroundings: Surroundings

    private var removal = Removal.Result()
    private var leftBehind: LeftBehindFindings?
    var configs = ConfigsRecord()
    var tunnels: TunnelSight
    var sight = FinishedRun.Sight()
    var cluster: ClusterRecord?
    /// When the feed was made, as far as known.
    var feedTime: UTCTime?
    /// What ended the run early.
    var stop: (any ExplainedError)?
    /// What kept the configs from being brought up to date.
    var configsFailure: (any ExplainedError)?
    /// How far the configs were brought up to date.
    private(set) var files = ConfigFolder.FilesInPlace.none
    private let isStoppedByGuard: Bool
    /// Whether the run is in the journal, so that it can be continued.
    private var isJournaled = false

    /// Prepares the report and enters the run in the journal. A database that cannot take the entry could not take a
    /// removal either. That stops the run, which still tries the configs and writes a report.
    ///
    /// - Parameters:
    ///   - beganAt: When reading of the feed began.
    ///   - objection: The guard that stops the run. Entries that are due stay unprocessed.
    /// - Throws: ``ReportFailure``; nothing was removed then.
    init(
        since beganAt: UTCTime,
        _ plan: Plan, _ facts: RunRecord.FeedFacts, _ objection: GuardStop?, _ database: ControlPlaneDatabase,
        _ configFolder: ConfigFolder,
        _ live: LiveView, _ options: Reconciliation.Options, _ surroundings: Surroundings
    ) throws {
        let id = plan.continued?.id ?? RunID(time: beganAt, randomness: surroundings.randomNumber())
        let startedAt = plan.continued?.startedAt ?? beganAt
        self.id = id
        self.startedAt = startedAt
        planDigest = plan.continued?.planDigest ?? plan.content.digest
        (self.plan, self.facts, self.database, self.configFolder) = (plan, facts, database, configFolder)
        stop = objection
        isStoppedByGuard = objection != nil
        (self.live, self.options, self.surroundings) = (live, options, surroundings)
        sight.silent = live.silent
        configs.notApplied = live.obstacle ?? .unseen
        tunnels = TunnelSight(isAsked: live.obstacle != .notAsked)
        let folder = try ReportFolder.prepare(
            in: options.reportDirectory, runID: id, entries: plan.entries.count, trust: options.folderTrust)
        reportFolder = folder
        surroundings.observe(.checkpoint(.reportPrepared))
        do {
            try enterInJournal()
            surroundings.observe(.checkpoint(.journaled))
        } catch let error as DatabaseFailure {
            stop = error
        } catch {
            folder.abandon()
            throw error
        }
    }

    private mutating func enterInJournal() throws {
        try database.write(while: "enter the run in the journal of the database") { db in
            try Journal.prepare(in: db)
            try Journal.begin(
                Journal.Run(id: id, startedAt: startedAt, planDigest: planDigest, passedGuards: !isStoppedByGuard),
                Journal.Provenance(
                    feedPath: facts.path ?? "", feedDigest: facts.digest ?? "", host: surroundings.hostName,
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
            try Journal.noteFeed(digest, at: surroundings.now(), in: db)
            try Journal.note(
                plan.decisions.standings, listsEverybody: plan.feed.profile.listsEverybody,
                madeAt: facts.madeAt ?? startedAt, runID: id, at: surroundings.now(), names: plan.nameHashes,
                keepsPutOffs: !isStoppedByGuard, in: db)
        }
        try Journal.dropDone(in: db)
        if !isStoppedByGuard { try Journal.take(plan.deferred, for: id, in: db) }
    }

    // MARK: Removal

    mutating func removeAccounts() {
        guard stop == nil else { return }
        let work = Removal(
            database: database, plan: plan, runID: id, pace: options.pace, guards: options.guards,
            surroundings: surroundings)
        removal = work.perform()
        if let reason = removal.stoppedBy {
            stop = reason
            takeInWhatWasCommitted()
        }
        surroundings.observe(
            .finished(
                .removal,
                [
                    ("accounts", "\(removal.accounts.count)"), ("sessions_examined", "\(removal.sessions.examined)"),
                    ("stopped", "\(removal.stoppedBy != nil)"),
                ]))
    }

    /// After an error in the middle of a COMMIT, only the database shows whether the commit took place. The journal is
    /// written in the same transaction and answers that.
    private mutating func takeInWhatWasCommitted() {
        // If the database cannot even be read, these entries stay `unprocessed`. That is safe: the next run of this
        // feed continues this one and reports them from the journal.
        let found = try? database.readOnly(while: "read the journal of the database") { db in
            let committed = try Journal.outcomes(of: id, in: db)
            let names = Set(committed.values.map { NearSpelling.hash(of: $0.mailbox) })
            return (
                committed: committed,
                directory: try AccountDirectory(
                    reading: db, hashed: names, matchingUsernames: plan.guards.matchesUsernames)
            )
        }
        guard let found else { return }
        for (number, done) in found.committed where plan.entries.indices.contains(number - 1) {
            let (index, entry) = (number - 1, plan.entries[number - 1])
            // An earlier part of this run may have removed an account that was created again since and is due again.
            guard removal.accounts[index] == nil, plan.decisions.isDue(at: index), let mailbox = Mailbox(entry.email),
                found.directory.target(of: mailbox).isEmpty
            else { continue }
            removal.accounts[index] = AccountResult(entry, done)
        }
    }

    // MARK: Configs

    mutating func bringConfigsUpToDate() {
        sight.cameToConfigs = true
        do {
            let update = try configFolder.bringUpToDate(
                from: database, causes: causes, live: live, surroundings)
            configs = update.record
            tunnels.proof = update.proof
            sight.silent = update.silent
            configsFailure = update.failure
            files = update.files
        } catch let error as any ExplainedError {
            configs.errors.append(error.description)
            configsFailure = error
        } catch {
            configs.errors.append("\(error)")
        }
        surroundings.observe(.checkpoint(.configsDone))
        surroundings.observe(
            .finished(
                .configs,
                [
                    ("written", "\(configs.written.count)"), ("unchanged", "\(configs.unchanged)"),
                    ("deleted", "\(configs.deleted.count)"), ("regenerated", "\(configs.regenerated)"),
                    ("interfaces_down", "\(configs.live.down.count)"),
                    ("interfaces_synced", "\(configs.live.synced.count)"), ("applied", "\(configs.applied)"),
                ]))
    }

    private var causes: ConfigFolder.Causes {
        var causes = ConfigFolder.Causes()
        for result in results.workedOn {
            causes.removedInterfaces.formUnion(result.removal?.interfaceNumbers ?? [])
            causes.affectedInterfaces.formUnion(result.removal?.affectedInterfaceNumbers ?? [])
        }
        return causes
    }

    // MARK: Report

    /// Publishes the report, and marks the run complete if it is.
    ///
    /// - Throws: ``ReportFailure``.
    mutating func report() throws -> FinishedRun {
        stopIfDatabaseWasMoved()
        lookForWhatIsLeftBehind()
        let (results, summary) = resultsWithTimes()
        var record = record(finishedAt: surroundings.now())
        // For a continued run, this includes what its earlier part removed.
        record.sessions.removed = summary.sessionsRemoved
        record.earlierTunnels = tunnelsOfEarlierRuns(results, summary)
        record.exitStatus = record.exitStatus(summary, stop ?? configsFailure)
        try reportFolder.publish(record, results, summary: summary)
        surroundings.observe(.checkpoint(.published))
        surroundings.observe(.finished(.report, [("path", reportFolder.path)]))

        var finished = FinishedRun(
            record: record, results: results, summary: summary, reportPath: reportFolder.path,
            feedTime: feedTime, failure: stop ?? configsFailure,
            sight: sight)
        try complete(&finished)
        // Last, so that it lists what is there in the end.
        do {
            try reportFolder.writeIndex()
        } catch {
            finished.indexFailure = error
        }
        return finished
    }

    /// Marks the run complete in the journal if it is, and drops old reports.
    private mutating func complete(_ finished: inout FinishedRun) throws {
        let (results, summary) = (finished.results, finished.summary)
        // What stopped the run, such as a full disk, would stop this as well, after another wait for a lock.
        if isJournaled && stop is DatabaseFailure { return }
        do {
            // The database may be free by now. With this entry, the next run can continue this one.
            if !isJournaled { try enterInJournal() }
            // The check avoids going through a large feed again, which would take a second.
            let up =
                summary.needingAttention == 0
                ? [] : results.filter { $0.tunnelDown == false }.compactMap { Mailbox($0.entry.email) }
            let settled = try noteInJournal(
                isComplete: summary[.unprocessed] + summary[deferred: .unprocessed] == 0, up: up,
                results.attention)
            surroundings.observe(.checkpoint(.completed))
            finished.tunnels =
                try options.live == nil
                ? nil : database.readOnly(while: "read the journal of the database", Journal.tunnels)
            if let days = options.keepReports, let settled {
                try reportFolder.dropOlder(than: days, now: settled)
            }
        } catch let error as any ExplainedError {
            // The report is correct and in place. The next run of this feed continues this one and reports the same.
            if finished.failure == nil { finished.failure = error }
        }
    }

    /// Checks once for leftovers after everything was removed, also for accounts that an earlier part of the run
    /// removed. The report then shows the state at the end. A database that stopped the run is not read again.
    private mutating func lookForWhatIsLeftBehind() {
        guard !(stop is DatabaseFailure) else { return }
        let accounts = results.heldAccounts
        // If this fails, the report has null. Marking the run complete meets the same error and reports it.
        leftBehind = try? database.readOnly(while: "look for what accounts leave behind") { db in
            let rows = try LeftBehindRows(reading: db, schema: database.schema)
            return try LeftBehindFindings(of: accounts, among: rows, in: db)
        }
    }

    /// The results, and since when those that need attention have needed it. A database that stopped the run is not
    /// read again.
    private func resultsWithTimes() -> (AccountResults, ReportSummary) {
        var results = results
        // If this fails, the report has null. Marking the run complete meets the same error and reports it.
        let known =
            stop is DatabaseFailure
            ? nil
            : try? database.readOnly(while: "read the journal of the database") { db in
                try Journal.attention(before: startedAt, in: db)
            }
        guard let known else { return (results, ReportSummary(results)) }
        var attention = AttentionTimes(known: known, startedAt: startedAt)
        var summary = ReportSummary([])
        for result in results { summary.add(attention.noting(result)) }
        results.attention = attention
        return (results, summary)
    }

    /// Accounts of earlier runs whose removed keys are still up or unseen, except those that the results report. Empty
    /// where interfaces are not checked. A database that stopped the run is not read again.
    private func tunnelsOfEarlierRuns(_ results: AccountResults, _ summary: ReportSummary) -> TunnelCounts {
        guard options.live != nil, !(stop is DatabaseFailure) else { return TunnelCounts() }
        func reported() -> Set<String> {
            guard summary.needingAttention > 0 else { return [] }
            return Set(
                results.lazy.filter { $0.tunnelDown == false || $0.isTunnelUnseen }.compactMap {
                    Mailbox($0.entry.email)?.canonical
                })
        }
        // If this fails, marking the run complete meets the same error and reports it.
        let counts = try? database.readOnly(while: "read the journal of the database") { db in
            try Journal.tunnelsOfEarlierRuns(than: id, tunnels.sighting, besides: reported, in: db)
        }
        return counts ?? TunnelCounts()
    }

    /// Whatever else stopped the run, it matters more that its work is not where the next run looks.
    private mutating func stopIfDatabaseWasMoved() {
        guard !(stop is GuardStop), !(stop is DatabaseFailure) else { return }
        do {
            try database.requireInPlace(while: "finish the run on the database")
        } catch {
            stop = error
        }
    }

    private var results: AccountResults {
        AccountResults(
            plan: plan, removed: removal.accounts, stoppedByGuard: stop is GuardStop,
            reasonForNone: stop?.description ?? "the run ended before it", tunnels: tunnels, leftBehind: leftBehind)
    }

    private func record(finishedAt: UTCTime) -> RunRecord {
        var record = RunRecord(
            id: id.description, host: surroundings.hostName, programVersion: options.programVersion,
            startedAt: startedAt, finishedAt: finishedAt, continued: plan.continued?.passedGuards ?? false,
            feed: factsWithWarnings,
            configs: configs, sessions: removal.sessions, danglingReferences: plan.danglingReferences,
            stoppedBy: stop.map { StopSentence($0).text })
        record.wasHeldByGuard = plan.continued.map { !$0.passedGuards } ?? false
        record.planDigest = planDigest
        record.planned = RunRecord.PlannedRemovalsRecord(plan)
        record.runBy = surroundings.runBy
        record.cluster = cluster
        record.putOff = isStoppedByGuard ? 0 : plan.putOff
        record.usersKnownByUsername = plan.usersKnownByUsername
        record.stoppedWith = stop?.exitStatus
        return record
    }

    private var factsWithWarnings: RunRecord.FeedFacts {
        var facts = facts
        facts.warnings = plan.warnings
        return facts
    }

    /// - Parameter up: Accounts with a removed key on an interface.
    /// - Returns: The time from which the age of journal entries and reports is counted; nil if there is none.
    private func noteInJournal(isComplete: Bool, up: [Mailbox], _ attention: AttentionTimes?) throws -> UTCTime? {
        let now = surroundings.now()
        let doneDeferrals = doneDeferrals
        return try database.write(while: "mark the run complete in the journal of the database") { db in
            if isComplete {
                try Journal.complete(id, at: now, in: db)
                try Journal.finish(id, done: doneDeferrals, in: db)
            }
            try Journal.note(tunnels.sighting, up: up, at: now, in: db)
            if let attention { try Journal.note(attention, in: db) }
            let settled = try Journal.settledTime(before: now, in: db)
            if let settled {
                try Journal.drop(before: settled.adding(seconds: -86_400 * Int64(options.journalDays)), in: db)
            }
            return settled
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
