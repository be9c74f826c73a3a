import Report

/// State that remains valid after a call that did not check it. For example, a later call that fails early must not
/// clear an alarm.
struct PreviousMetrics: Hashable {
    /// Removed accounts whose tunnel is still up.
    var tunnelsUp = 0
    /// Removed accounts whose tunnel could not be confirmed to be down.
    var tunnelsUnseen = 0
    /// 1 where every config is as the database has it.
    var configsRegenerated = 0
    /// Errors with configs and live interfaces.
    var configErrors = 0
    /// Config settings that are not applied to an interface that is up.
    var notApplied = 0
    /// Enabled workers of the cluster; 0 where there is none.
    var workers = 0
    /// Workers that are online and have not followed.
    var workersBehind = 0
    /// Workers not seen for ten minutes.
    var workersSilent = 0

    /// Deferred removals that the journal keeps.
    var deferredWaiting = 0
    /// 1 where the program of `--on-finish` failed.
    var hookFailed = 0

    /// The state where nothing is known yet.
    init() {}

    /// Reads the state that an earlier call wrote to its file. A value that cannot be a count counts as unknown.
    init(in text: String) {
        func count(_ name: String) -> Int {
            MetricsText.value(of: name, in: text).flatMap { Int(exactly: $0) }.map { max(0, $0) } ?? 0
        }
        tunnelsUp = count(MetricName.tunnelsUp)
        tunnelsUnseen = count(MetricName.tunnelsUnseen)
        configsRegenerated = min(1, count(MetricName.configsRegenerated))
        configErrors = count(MetricName.configErrors)
        notApplied = count(MetricName.notApplied)
        workers = count(MetricName.workers)
        workersBehind = count(MetricName.workersBehind)
        workersSilent = count(MetricName.workersSilent)
        deferredWaiting = count(MetricName.deferredWaiting)
        hookFailed = min(1, count(MetricName.hookFailed))
    }
}
