import ControlPlane
import Feed
import Journal
import Removal
import Report
import Support
import WireGuard

extension ActiveRun {
    /// Publishes the report, and marks the run complete if it is.
    ///
    /// - Throws: ``ReportFailure``.
    mutating func report() throws -> FinishedRun {
        surroundings.observe(.began(.report))
        stopIfDatabaseWasMoved()
        reopenRemovalsThatAreUp()
        lookForWhatIsLeftBehind()
        lookForWhoCanComeBack()
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
            let isComplete = summary[.unprocessed] + summary[deferred: .unprocessed] == 0
            let (settled, openTunnels) = try noteInJournal(
                isComplete: isComplete, up: up, results.attention)
            // If this fails, the list still names this run. That does no harm: a complete run is not continued.
            if isComplete { try? configFolder.forgetDeletions(of: id) }
            try dropExpiredArchives()
            surroundings.observe(.checkpoint(.completed))
            finished.tunnels = options.live == nil ? nil : openTunnels
            // Only the metrics tell of it, and where this fails they keep the count of an earlier run.
            finished.deferredWaiting = try? database.readOnly(
                while: "read the journal of the database", Journal.deferredCount)
            if let days = options.keepReports, let settled {
                try reportFolder.dropOlder(than: days, now: settled)
            }
        } catch let error as any ExplainedError {
            // The report is correct and in place. The next run of this feed continues this one and reports the same.
            if finished.failure == nil { finished.failure = error }
        }
    }

    private func dropExpiredArchives() throws {
        let now = surroundings.now()
        let isDue = try database.readOnly(while: "read the journal of the database") { db in
            try Journal.hasExpiredArchive(at: now, in: db)
        }
        guard isDue else { return }
        try database.writeSecurely(while: "delete what is no longer kept of removed accounts") { db in
            try Journal.dropExpiredArchives(at: now, in: db)
        }
    }

    /// A database that stopped the run is not written again.
    private mutating func reopenRemovalsThatAreUp() {
        guard !(stop is DatabaseFailure) else { return }
        do {
            try tunnels.reopenRemovals(in: database)
        } catch {
            // The next run finds the same keys.
            configs.errors.append("it cannot be noted that removed keys are up again: \(error)")
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

    /// A database that stopped the run is not read again.
    private mutating func lookForWhoCanComeBack() {
        guard !(stop is DatabaseFailure) else { return }
        // If this fails, the report lists no account that can be restored. Marking the run complete meets the same error and reports it.
        restorable = try? database.readOnly(while: "read the journal of the database") { db in
            try RestorableAccounts(at: surroundings.now(), of: id, in: db)
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

    /// Accounts of earlier runs whose removed keys are still up or unseen, except those that the results report. Nil
    /// where interfaces are not checked. A database that stopped the run is not read again.
    private func tunnelsOfEarlierRuns(_ results: AccountResults, _ summary: ReportSummary) -> TunnelCounts? {
        guard options.live != nil, !(stop is DatabaseFailure) else { return nil }
        func reported() -> Set<String> {
            guard summary.needingAttention > 0 else { return [] }
            return Set(
                results.lazy.filter { $0.tunnelDown == false || $0.isTunnelUnseen }.compactMap {
                    Mailbox($0.entry.email)?.canonical
                })
        }
        // If this fails, marking the run complete meets the same error and reports it.
        return try? database.readOnly(while: "read the journal of the database") { db in
            try Journal.tunnelsOfEarlierRuns(than: id, tunnels.sighting, besides: reported, in: db)
        }
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

    private func record(finishedAt: UTCTime) -> RunRecord {
        var record = RunRecord(
            id: id.description, host: surroundings.hostName, programVersion: options.programVersion,
            startedAt: startedAt, finishedAt: finishedAt, continued: plan.continued?.passedGuards ?? false,
            feed: factsWithWarnings,
            configs: configs, sessions: removal.sessions, danglingReferences: plan.danglingReferences,
            stop: stop.map(RunStop.init))
        record.wasHeldByGuard = plan.continued.map { !$0.passedGuards } ?? false
        record.command = options.source.command
        record.planDigest = planDigest
        record.planned = RunRecord.PlannedRemovalsRecord(plan)
        record.runBy = surroundings.runBy
        record.cluster = cluster
        record.putOff = isStoppedByGuard ? 0 : plan.putOff
        record.usersKnownByUsername = plan.usersKnownByUsername
        return record
    }

    private var factsWithWarnings: RunRecord.FeedFacts {
        var facts = facts
        facts.warnings = plan.warnings
        return facts
    }
}
