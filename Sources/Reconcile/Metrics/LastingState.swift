import Report

/// What is still true after a call that did not look: a later one that fails early, say, must not clear an alarm.
struct LastingState: Hashable {
    /// Removed accounts whose tunnel is still up.
    var tunnelsUp = 0
    /// Removed accounts whose tunnel nobody has seen down.
    var tunnelsUnseen = 0
    /// 1 where every config is as the database has it.
    var configsRegenerated = 0
    /// What went wrong with configs and live interfaces.
    var configErrors = 0
    /// Enabled workers of the cluster; 0 where there is none.
    var workers = 0
    /// Those that are there, and have not followed.
    var workersBehind = 0
    /// Those that were not seen for ten minutes.
    var workersSilent = 0

    /// Where nothing is known yet.
    init() {}

    /// As an earlier call left it in its file. What cannot be a count counts as not known.
    init(in text: String) {
        func count(_ name: String) -> Int {
            MetricsText.value(of: name, in: text).flatMap { Int(exactly: $0) }.map { max(0, $0) } ?? 0
        }
        tunnelsUp = count(MetricName.tunnelsUp)
        tunnelsUnseen = count(MetricName.tunnelsUnseen)
        configsRegenerated = min(1, count(MetricName.configsRegenerated))
        configErrors = count(MetricName.configErrors)
        workers = count(MetricName.workers)
        workersBehind = count(MetricName.workersBehind)
        workersSilent = count(MetricName.workersSilent)
    }
}
