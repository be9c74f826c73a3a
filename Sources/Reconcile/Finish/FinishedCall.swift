import Journal
import Report
import Support

/// What a call of a command has come to: one run, everything an inbox led to, or a regeneration. Its metrics and the
/// summary for `--on-finish` are made of it.
package struct FinishedCall: Sendable {
    /// A run of the call that has a report.
    struct Run: Sendable {
        var reportPath: String
        var id: String
        /// nil where there was no feed: deferred removals, or accounts that were named.
        var feed: String?
        var stop: String?
        var needingAttention: Int
        /// The entries by outcome, with those that were deferred and are carried out now.
        var counts: [(outcome: Outcome, count: Int)]
    }

    package var metrics = RunMetrics()
    /// In the order in which they ended.
    private(set) var runs: [Run] = []
    /// Removed accounts, of all runs, whose tunnel is up or unseen. Nil where nothing looked at interfaces.
    private(set) var tunnels: TunnelCounts?
    /// The first error that ended a run, or kept it from beginning.
    private(set) var error: (any ExplainedError)?

    package init() {}

    package mutating func add(_ run: FinishedRun) {
        metrics.add(run)
        runs.append(Run(run))
        tunnels = run.tunnels ?? tunnels
        if let failure = run.failure { note(failure) }
    }

    package mutating func add(_ end: InboxFeedEnd) {
        switch end.run {
        case .success(let run): add(run)
        case .failure(let error): note(error)
        }
        if let failure = end.moveFailure { note(failure) }
    }

    /// Adds configs and live interfaces that were updated without a feed.
    package mutating func add(_ regeneration: Regeneration.Result) {
        metrics.add(regeneration)
        tunnels = regeneration.tunnels ?? tunnels
        if let failure = regeneration.failure { note(failure) }
    }

    /// Notes an error. The first one stays.
    package mutating func note(_ error: any ExplainedError) { self.error = self.error ?? error }

    var needingAttention: Int { runs.reduce(0) { $0 + $1.needingAttention } }

    /// The folders of the reports, in the order in which the runs ended.
    package var reportPaths: [String] { runs.map(\.reportPath) }
}

extension FinishedCall.Run {
    fileprivate init(_ run: FinishedRun) {
        reportPath = run.reportPath
        id = run.record.id
        feed = run.record.feed.path
        stop = run.record.stop?.text
        needingAttention = run.summary.needingAttention
        counts = Outcome.allCases.map { ($0, run.summary[$0] + run.summary[deferred: $0]) }
    }
}
