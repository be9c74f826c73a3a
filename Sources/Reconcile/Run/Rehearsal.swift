import Journal
import Removal
import Report
import Support
import WireGuard

/// A run that ends before it would write: feed, plan and guards as in a run, and a report that says what would be.
///
/// Database, journal, configs, interfaces and inbox stay as they are, and so do the reports of runs. The report is in a
/// folder of its own; see ``ReportFolder/prepareRehearsal(in:runID:entries:trust:)``.
package struct Rehearsal: Sendable {
    private let options: Reconciliation.Options
    private let surroundings: Surroundings

    package init(_ options: Reconciliation.Options, _ surroundings: Surroundings) {
        (self.options, self.surroundings) = (options, surroundings)
    }

    /// Rehearses the run of the feed in the options.
    ///
    /// - Throws: an ``ExplainedError`` that would end the run before it has a report, or ``ReportFailure``.
    package func perform() throws -> FinishedRun {
        let beganAt = surroundings.now()
        return try report(Reconciliation(options, surroundings).plan(), since: beganAt)
    }

    /// Rehearses the runs of all feeds in an inbox. The feeds stay where they are.
    ///
    /// - Parameter ended: Called for each run that would have a report.
    /// - Returns: The plans. Those that could not be made are errors there.
    /// - Throws: As ``InboxPlan/init(_:_:_:)``, and what `ended` throws.
    package func perform(_ inbox: Inbox, ended: (FinishedRun) throws -> Void) throws -> InboxPlan {
        let beganAt = surroundings.now()
        let plans = try InboxPlan(inbox, options, surroundings)
        for plan in plans.plans {
            if case .success(let planned) = plan.plan { try ended(report(planned, since: beganAt)) }
        }
        if let planned = plans.planWithoutFeed { try ended(report(planned, since: beganAt)) }
        return plans
    }

    private func report(_ planned: PlannedRun, since beganAt: UTCTime) throws -> FinishedRun {
        let id = RunID(time: beganAt, randomness: surroundings.randomNumber())
        let folder = try ReportFolder.prepareRehearsal(
            in: options.reportDirectory, runID: id, entries: planned.plan.entries.count, trust: options.folderTrust)
        var results = AccountResults(
            plan: planned.plan, removed: [:], stoppedByGuard: planned.objection != nil,
            reasonForNone: planned.objection?.description ?? "", isRehearsal: true)
        results.foreseenRestorations = planned.restorations
        results.restorable = planned.restorable
        let summary = ReportSummary(results)
        var record = record(planned, id, since: beganAt)
        record.exitStatus = record.exitStatus(summary, planned.objection)
        try folder.publish(record, results, summary: summary)
        surroundings.observe(.finished(.report, [("path", folder.path)]))
        var finished = FinishedRun(
            record: record, results: results, summary: summary, reportPath: folder.path, failure: planned.objection)
        do {
            if let days = options.keepReports { try folder.dropOlder(than: days, now: beganAt) }
            try folder.writeIndex()
        } catch {
            finished.indexFailure = error
        }
        return finished
    }

    private func record(_ planned: PlannedRun, _ id: RunID, since beganAt: UTCTime) -> RunRecord {
        let plan = planned.plan
        var record = RunRecord(
            id: id.description, host: surroundings.hostName, programVersion: options.programVersion,
            startedAt: beganAt, finishedAt: surroundings.now(), continued: false, feed: planned.feed,
            configs: ConfigsRecord(), sessions: SessionsRecord(), danglingReferences: plan.danglingReferences,
            stop: planned.objection.map { RunStop($0) })
        record.isRehearsal = true
        record.configs.errors = planned.objection == nil ? planned.configErrors : []
        record.planDigest = plan.content.digest
        record.planned = RunRecord.PlannedRemovalsRecord(plan)
        record.runBy = surroundings.runBy
        record.putOff = planned.objection == nil ? plan.putOff : 0
        record.usersKnownByUsername = plan.usersKnownByUsername
        return record
    }
}
