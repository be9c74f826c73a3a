import Support

/// Tries everything that a night would need, removes nothing, and leaves nothing behind.
///
/// It goes on after a problem, as far as what comes next does not depend on it, so that one look tells all.
package struct ReadinessCheck: Sendable {
    /// What the night would run with. A path that is empty was not given; what needs it is passed over.
    let options: Reconciliation.Options
    /// The folder that feeds are taken from, where no single feed is named.
    let inboxDirectory: String?
    let metrics: MetricsFile?
    let now: UTCTime

    package init(
        _ options: Reconciliation.Options, inboxDirectory: String? = nil, metrics: MetricsFile? = nil, now: UTCTime
    ) {
        self.options = options
        self.inboxDirectory = inboxDirectory
        self.metrics = metrics
        self.now = now
    }

    /// In the order in which a run meets things.
    package func findings() -> [Finding] {
        var options = options
        let inbox = inboxDirectory.map { InboxCheck($0, options) }
        let oldest = inbox?.oldestFeed
        if let oldest { options.feedPath = oldest.path }
        let feed = FeedCheck(options, of: oldest, now: now)
        let database = DatabaseCheck(options)

        var findings = (inbox?.findings ?? []) + feed.findings + LockCheck.findings(options) + database.findings
        if let opened = database.database {
            findings += ReferencesCheck.findings(opened) + JournalCheck.findings(opened, feed: feed, now: now)
        }
        findings += ConfigsCheck.findings(options, database.database)
        findings += LiveCheck.findings(options, database.database)
        if let opened = database.database { findings += ClusterCheck.findings(opened, now: now) }
        findings += ReportCheck.findings(options) + metricsFindings
        return findings + DiskSpaceCheck.findings(options, entries: feed.entries ?? 0)
    }

    private var metricsFindings: [Finding] {
        guard let metrics else { return [] }
        do throws(MetricsNotWritten) {
            try metrics.examine()
            return [.ok("metrics", "their file can be written")]
        } catch {
            return [.problem("metrics", error)]
        }
    }
}
