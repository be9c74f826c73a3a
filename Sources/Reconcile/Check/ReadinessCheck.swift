import Support

/// Tries everything that a run would need. Removes nothing and leaves nothing behind.
///
/// It continues after a problem with all checks that do not depend on it, so that one call shows everything.
package struct ReadinessCheck: Sendable {
    /// The options of the run. An empty path was not given; checks that need it are skipped.
    let options: Reconciliation.Options
    /// The inbox, where no single feed is given.
    let inboxDirectory: String?
    let metrics: MetricsFile?
    let hook: FinishHook?
    let now: UTCTime

    package init(
        _ options: Reconciliation.Options, inboxDirectory: String? = nil, metrics: MetricsFile? = nil,
        hook: FinishHook? = nil, now: UTCTime
    ) {
        self.options = options
        self.inboxDirectory = inboxDirectory
        self.metrics = metrics
        self.hook = hook
        self.now = now
    }

    /// The findings, in the order in which a run would meet the things checked.
    package func findings() -> [Finding] {
        var options = options
        let inbox = inboxDirectory.map { InboxCheck($0, options) }
        let oldest = inbox?.oldestFeed
        if let oldest { options.source = .feed(oldest.path) }
        let feed = FeedCheck(options, of: oldest, now: now)
        let database = DatabaseCheck(options)

        var findings = (inbox?.findings ?? []) + feed.findings + LockCheck.findings(options) + database.findings
        if let opened = database.database {
            findings += ReferencesCheck.findings(opened) + JournalCheck.findings(opened, feed: feed, now: now)
        }
        let configs = ConfigsCheck.findings(options, database.database)
        findings += configs.findings
        findings += LiveCheck.findings(options, database.database, configs.seen)
        if let opened = database.database { findings += ClusterCheck.findings(opened, now: now) }
        findings += ReportCheck.findings(options) + BackupCheck.findings(options) + metricsFindings + hookFindings
        return findings + DiskSpaceCheck.findings(options, entries: feed.entries ?? 0)
    }

    private var metricsFindings: [Finding] {
        guard let metrics else { return [] }
        do throws(MetricsNotWritten) {
            try metrics.examine()
            return [.ok("metrics", "the file can be written")]
        } catch {
            return [.problem("metrics", error)]
        }
    }

    private var hookFindings: [Finding] {
        guard let hook else { return [] }
        return [
            hook.objection.map { .problem("on-finish", $0) } ?? .ok("on-finish", "\(hook.path) can be started")
        ]
    }
}
