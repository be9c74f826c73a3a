import ControlPlane
import Journal
import Removal
import Report
import Support
import WireGuard

/// The metrics of a call of `run`: one feed's run, or everything an inbox led to. Contains no emails.
package struct RunMetrics: Sendable {
    private var runs = 0
    private var outcomes: [Outcome: Int] = [:]
    private var newOutcomes: [Outcome: Int] = [:]
    private var instances = 0
    private var peers = 0
    private var users = 0
    private var sessions = 0
    private var configsWritten = 0
    private var configsDeleted = 0
    /// What the runs of this call reported of the accounts of their feeds.
    private var reportedTunnels = TunnelCounts()
    /// The last counts from the journal, which cover all runs; nil if the journal was not read.
    private var tunnels: TunnelCounts?
    /// The last state of configs and live interfaces; nil where nothing reached them.
    private var lastConfigs: ConfigsRecord?
    /// The last state of the cluster's workers; nil where nothing checked them.
    private var lastCluster: ClusterRecord??
    private var unknownStatuses = 0
    private var absentNeverKnown = 0
    private var putOff = 0
    /// The last count of the journal; nil where it was not asked.
    private var deferredWaiting: Int?
    private var stops: [MonitoredGuard: Int] = [:]
    /// When the last feed that was read was made; nil where none was read to its end.
    private(set) var feedTime: UTCTime?
    /// The contents of the inbox afterwards; nil where there is none.
    package var inbox: InboxCensus?
    /// What is known of the program of `--on-finish`.
    package var hook = Hook.notAsked

    package enum Hook: Sendable {
        case notAsked
        /// It is still to be started, so the metrics say how it ended last.
        case awaited
        case ended(failed: Bool)
    }

    package init() {}

    package mutating func add(_ run: FinishedRun) {
        runs += 1
        for outcome in Outcome.allCases {
            outcomes[outcome, default: 0] += run.summary[outcome] + run.summary[deferred: outcome]
        }
        newOutcomes.merge(run.summary.notKnownBefore, uniquingKeysWith: +)
        instances += run.summary.instancesRemoved
        peers += run.summary.peersRemoved
        users += run.summary.usersRemoved
        sessions += run.summary.sessionsRemoved
        if run.sight.cameToConfigs {
            add(run.record.configs)
            lastCluster = .some(run.record.cluster)
        }
        if run.summary.needingAttention > 0 {
            reportedTunnels.up += run.results.count { $0.tunnelDown == false }
        }
        reportedTunnels.unseen += run.summary.tunnelsUnseen
        tunnels = run.tunnels ?? tunnels
        unknownStatuses += run.summary.unknownStatuses
        absentNeverKnown += run.summary.absentNeverKnown
        putOff += run.record.putOff
        deferredWaiting = run.deferredWaiting ?? deferredWaiting
        if let stop = run.failure as? GuardStop, let monitored = MonitoredGuard(stop.reason) {
            stops[monitored, default: 0] += 1
        }
        feedTime = run.feedTime ?? feedTime
    }

    /// Adds configs and live interfaces that were updated without a feed.
    package mutating func add(_ regeneration: Regeneration.Result) {
        add(regeneration.record)
        lastCluster = .some(regeneration.cluster)
        tunnels = regeneration.tunnels ?? tunnels
    }

    private mutating func add(_ configs: ConfigsRecord) {
        configsWritten += configs.written.count
        configsDeleted += configs.deleted.count
        lastConfigs = configs
    }

    /// The state after the call. What the call did not check keeps its earlier value.
    private func state(after earlier: PreviousMetrics) -> PreviousMetrics {
        var state = earlier
        // Without the journal, what was reported does not show that the tunnels of other accounts are down.
        state.tunnelsUp = tunnels?.up ?? max(earlier.tunnelsUp, reportedTunnels.up)
        state.tunnelsUnseen = tunnels?.unseen ?? max(earlier.tunnelsUnseen, reportedTunnels.unseen)
        if let lastConfigs {
            state.configsRegenerated = lastConfigs.regenerated ? 1 : 0
            state.configErrors = lastConfigs.errors.count
            switch lastConfigs.notApplied {
            case .notAsked, .noPrograms, .nothingInSight, .nothingInNamespace, .unseen: break
            case .inPart, nil: state.notApplied = lastConfigs.live.notApplied.count
            }
        }
        if let lastCluster {
            state.workers = lastCluster?.workers.count ?? 0
            // Whoever did not wait for the workers cannot say that they are behind, nor that they have followed.
            let haveFollowed = lastCluster?.workers.allSatisfy { $0.hasFollowed || $0.isSilent } != false
            if lastCluster?.wasAwaited != false || haveFollowed { state.workersBehind = lastCluster?.behind ?? 0 }
            state.workersSilent = lastCluster?.silent ?? 0
        }
        if let deferredWaiting { state.deferredWaiting = deferredWaiting }
        switch hook {
        case .notAsked: state.hookFailed = 0
        case .awaited: break
        case .ended(let failed): state.hookFailed = failed ? 1 : 0
        }
        return state
    }

    /// Whether all entries were processed, even if some need attention.
    func isSuccess(_ exitStatus: ExitStatus) -> Bool {
        (exitStatus == .success || exitStatus == .attentionNeeded) && outcomes[.unprocessed, default: 0] == 0
    }

    /// - Parameters:
    ///   - lastSuccess: nil where there never was one.
    ///   - feedTime: The time of the last feed that was read, by this call or an earlier one; nil where there never was
    ///     one.
    ///   - earlier: The state before the call.
    ///   - duration: The duration of the call, in milliseconds.
    func text(
        exitStatus: ExitStatus, endedAt now: UTCTime, duration: Milliseconds, lastSuccess: UTCTime?, feedTime: UTCTime?,
        earlier: PreviousMetrics
    ) -> String {
        let state = state(after: earlier)
        var text = MetricsText()
        text.gauge(MetricName.lastRun, "When the last run ended, whatever its result.", Int(now.seconds))
        text.gauge(
            MetricName.lastSuccess,
            "When a run last ended with exit status 0 or 1 and left no entry unprocessed; 0 for never.",
            Int(lastSuccess?.seconds ?? 0))
        text.gauge(MetricName.duration, "How long the last run took.", max(0, duration.rounded()) / 1_000)
        text.gauge(MetricName.exitStatus, "The exit status of the last run.", Int(exitStatus.rawValue))
        text.gauge(
            MetricName.hookFailed, "Whether the program of --on-finish failed when it was last started.",
            state.hookFailed)
        addFeeds(to: &text, now: now, feedTime: feedTime)
        addRemovals(to: &text, state)
        addConfigs(to: &text, state)
        return text.text
    }

    private func addFeeds(to text: inout MetricsText, now: UTCTime, feedTime: UTCTime?) {
        text.gauge(MetricName.feeds, "Feeds for which the last run has a report.", runs)
        text.gauge(MetricName.entries, "Entries of these feeds.", outcomes.values.reduce(0, +))
        text.gauge(
            MetricName.feedTime, "When the last feed that was read was made; 0 if none was ever read.",
            Int(feedTime?.seconds ?? 0))
        text.gauge(
            MetricName.feedAge, "How old that feed was when the last run ended; absent if there is none.",
            feedTime.map { Double(max(0, now.seconds - $0.seconds)) })
        text.gauge(
            MetricName.guardStops, "Feeds that a guard stopped in the last run.", by: "guard",
            MonitoredGuard.allCases.map { ($0.rawValue, stops[$0, default: 0]) })
        text.gauge(
            MetricName.inboxFeeds, "Feeds in the inbox after the last run, by place.", by: "place",
            inbox.map {
                [("waiting", $0.waiting), ("unsigned", $0.unsigned), ("held", $0.held), ("failed", $0.failed)]
            } ?? [])
    }

    private func addRemovals(to text: inout MetricsText, _ state: PreviousMetrics) {
        text.gauge(
            MetricName.accounts, "Entries of the feed by outcome.", by: "outcome",
            Outcome.allCases.map { ($0.rawValue, outcomes[$0, default: 0]) })
        text.gauge(
            MetricName.accountsNew, "Entries that need attention and are not known to have needed it before.",
            by: "outcome", Outcome.allCases.map { ($0.rawValue, newOutcomes[$0, default: 0]) })
        text.gauge(
            MetricName.unknownStatuses, "Entries with a status that is in neither list.", unknownStatuses)
        text.gauge(
            MetricName.absentNeverKnown, "Accounts that were already absent, and that no earlier run has removed.",
            absentNeverKnown)
        text.gauge(MetricName.putOff, "Removals of these feeds that were deferred, as they are not due yet.", putOff)
        text.gauge(
            MetricName.deferredWaiting, "Deferred removals that wait for their date, when a run last looked.",
            state.deferredWaiting)
        text.gauge(MetricName.instances, "Instances that the last run removed.", instances)
        text.gauge(MetricName.peers, "Peers that the last run removed.", peers)
        text.gauge(MetricName.users, "Users that the last run removed.", users)
        text.gauge(MetricName.sessions, "Login sessions that the last run removed.", sessions)
        text.gauge(
            MetricName.tunnelsUp,
            "Removed accounts, of all runs, whose tunnel was still up when a run last checked. Unchanged with "
                + "--no-apply.",
            state.tunnelsUp)
        text.gauge(
            MetricName.tunnelsUnseen,
            "Removed accounts, of all runs, whose tunnel no run could see, so that it may still be up. Unchanged "
                + "with --no-apply.",
            state.tunnelsUnseen)
    }

    private func addConfigs(to text: inout MetricsText, _ state: PreviousMetrics) {
        text.gauge(MetricName.configsWritten, "Configs that the last run wrote.", configsWritten)
        text.gauge(MetricName.configsDeleted, "Configs that the last run deleted.", configsDeleted)
        text.gauge(
            MetricName.configsRegenerated,
            "Whether all configs matched the database after the last run that reached them.",
            state.configsRegenerated)
        text.gauge(
            MetricName.configErrors,
            "Errors with configs and live interfaces in the last run that reached them.", state.configErrors)
        text.gauge(
            MetricName.notApplied,
            "Config settings that interfaces lack until they are restarted, when a run last checked.",
            state.notApplied)
        text.gauge(
            MetricName.workers, "Enabled workers of the cluster when a run last reached the configs.", state.workers)
        text.gauge(
            MetricName.workersBehind,
            "Those of them that were not silent and had not followed. Unchanged with --no-apply.", state.workersBehind)
        text.gauge(
            MetricName.workersSilent, "Those of them that had not been seen for ten minutes.", state.workersSilent)
    }
}

/// The metric names. Alerts and dashboards rely on them.
enum MetricName {
    static let lastRun = "wg_reconcile_last_run_timestamp_seconds"
    static let lastSuccess = "wg_reconcile_last_success_timestamp_seconds"
    static let duration = "wg_reconcile_last_run_duration_seconds"
    static let exitStatus = "wg_reconcile_last_run_exit_status"
    static let hookFailed = "wg_reconcile_hook_failed"
    static let feeds = "wg_reconcile_feeds"
    static let entries = "wg_reconcile_feed_entries"
    static let feedTime = "wg_reconcile_feed_timestamp_seconds"
    static let feedAge = "wg_reconcile_feed_age_seconds"
    static let guardStops = "wg_reconcile_guard_stops"
    static let inboxFeeds = "wg_reconcile_inbox_feeds"
    static let accounts = "wg_reconcile_accounts"
    static let accountsNew = "wg_reconcile_accounts_new"
    static let unknownStatuses = "wg_reconcile_unknown_status_entries"
    static let absentNeverKnown = "wg_reconcile_absent_never_known"
    static let putOff = "wg_reconcile_deferred_put_off"
    static let deferredWaiting = "wg_reconcile_deferred_waiting"
    static let instances = "wg_reconcile_instances_removed"
    static let peers = "wg_reconcile_peers_removed"
    static let users = "wg_reconcile_users_removed"
    static let sessions = "wg_reconcile_sessions_removed"
    static let tunnelsUp = "wg_reconcile_tunnels_still_up"
    static let tunnelsUnseen = "wg_reconcile_tunnels_unseen"
    static let configsWritten = "wg_reconcile_configs_written"
    static let configsDeleted = "wg_reconcile_configs_deleted"
    static let configsRegenerated = "wg_reconcile_configs_regenerated"
    static let configErrors = "wg_reconcile_config_errors"
    static let notApplied = "wg_reconcile_not_applied"
    static let workers = "wg_reconcile_workers"
    static let workersBehind = "wg_reconcile_workers_behind"
    static let workersSilent = "wg_reconcile_workers_silent"
}

/// The guards that can stop a run, named after the options that set them.
private enum MonitoredGuard: String, CaseIterable {
    case maxRemovals = "max_removals"
    case maxShare = "max_share"
    case maxFeedAge = "max_feed_age"
    case olderFeed = "older_feed"

    /// nil for one that stops only a call at which an operator is present.
    init?(_ reason: GuardStop.Reason) {
        switch reason {
        case .tooManyRemovals: self = .maxRemovals
        case .tooLargeShare: self = .maxShare
        case .feedTooOld: self = .maxFeedAge
        case .olderThanStatements: self = .olderFeed
        case .planChanged: return nil
        }
    }
}
