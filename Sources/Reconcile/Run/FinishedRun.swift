import Journal
import Report
import Support
import WireGuard

/// The result of a run once its report is in place.
package struct FinishedRun: Sendable {
    package var record: RunRecord
    /// One for every entry, in feed order.
    package var results: AccountResults
    package var summary: ReportSummary
    /// The folder of the report.
    package var reportPath: String
    /// When the feed was made, as far as known.
    package var feedTime: UTCTime?
    /// The error that stopped the run, or kept it from being marked complete.
    package var failure: (any ExplainedError)?
    /// Why the index of the reports is not up to date.
    package var indexFailure: ReportFailure?
    /// How many removed accounts, of this run and others, have keys that no run has seen gone. Nil where interfaces are
    /// not checked, or where the journal could not be read.
    package var tunnels: TunnelCounts?
    /// How many deferred removals the journal keeps after the run; nil where that could not be read.
    package var deferredWaiting: Int?
    /// What the run has checked.
    package var sight = Sight()

    package struct Sight: Hashable, Sendable {
        /// Whether it reached the configs. A run that a guard stopped leaves them alone.
        package var cameToConfigs = false
        /// The interfaces that did not answer.
        var silent = SilentInterfaces()

        package init() {}
    }

    package var exitStatus: ExitStatus {
        let status = record.exitStatus(summary, failure)
        // The work is done and the report is in place, but somebody has to look.
        return status == .success && indexFailure != nil ? .attentionNeeded : status
    }
}

extension RunRecord {
    /// - Parameter failure: What stopped the run, or kept it from its end.
    func exitStatus(_ summary: ReportSummary, _ failure: (any ExplainedError)?) -> ExitStatus {
        if let failure { return failure.exitStatus }
        let isWhole = (isRehearsal || configs.regenerated) && configs.errors.isEmpty
        return isWhole && summary.needingAttention == 0 && !hasEarlierTunnels && cluster?.behind ?? 0 == 0
            ? .success : .attentionNeeded
    }
}
