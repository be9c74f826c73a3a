import ArgumentParser
import Reconcile
import Support

struct RunCommand: FeedCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Remove the accounts of a feed, regenerate the configs, write the report.",
        discussion: """
            Safe to run again at any time: accounts that are already gone are already_absent, and a run of the same \
            feed that was cut short is continued under its run id. Options that are not given here are taken from the \
            environment and from /etc/wg-reconcile/config.json, which the Debian package installs.

            EXAMPLES
              wg-reconcile run feed.csv --database /etc/wireguard/wireguard-webadmin-db.sqlite3 \
            --wireguard-dir /etc/wireguard --report-dir /var/lib/wg-reconcile/reports
              wg-reconcile run --inbox /var/spool/wg-reconcile

            EXIT STATUS
            \(ExitStatus.table)
            """)

    @OptionGroup var options: RunOptions
    @OptionGroup var pace: PaceOptions

    @OptionGroup var ending: RunEndOptions
    @OptionGroup var metrics: MetricsOptions
    @OptionGroup var file: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    func perform(_ console: Console) throws {
        try ending.requireOneForm()
        if ending.dryRun { try PlanCommand.printPlan(options, asJSON: ending.json, console) }
        try console.reportingErrors(to: metrics.file, database: journal) { metrics in
            try options.requireGiven()
            return switch try options.source() {
            case .feed: try runFeed(console, &metrics)
            case .inbox(let directory): try runInbox(directory, console, &metrics)
            }
        }
    }

    /// The metrics say that the run could not begin.
    func refuse(_ flaw: any ExplainedError, _ console: Console) throws {
        if ending.dryRun { throw flaw }
        try console.reportingErrors(to: metrics.file, database: journal) { _ in throw flaw }
    }

    /// nil where no database is named.
    private var journal: JournalSource? {
        let database = options.controlPlane.database
        return database.database.map {
            JournalSource(path: $0, accepting: database.acceptedColumns, trust: database.trust)
        }
    }

    private func runFeed(_ console: Console, _ metrics: inout RunMetrics) throws -> ExitStatus {
        var resolved = try options.resolved()
        pace.apply(to: &resolved)
        let finished = try console.withSurroundings { try Reconciliation(resolved, $0).run() }
        metrics.add(finished)
        try console.show(finished, as: ending.form)
        return finished.exitStatus
    }

    private func runInbox(
        _ directory: String, _ console: Console, _ metrics: inout RunMetrics
    ) throws -> ExitStatus {
        var (inbox, resolved) = try options.resolvedInbox(directory)
        pace.apply(to: &resolved)
        // Also counted where the run cannot begin. If the inbox cannot be read, the run reports that.
        defer { metrics.inbox = try? InboxCensus(of: inbox) }
        // The other feeds are run all the same.
        var unprinted: (any Error)?
        let end = try console.withSurroundings { surroundings in
            try InboxRun(inbox, resolved, surroundings).perform(found: console.show) { end in
                if case .success(let run) = end.run { metrics.add(run) }
                do { try console.show(end, as: ending.form) } catch { unprinted = unprinted ?? error }
            }
        }
        if let regeneration = end.regeneration { metrics.add(regeneration) }
        if let run = end.runWithoutFeed { metrics.add(run) }
        try console.show(end, as: ending.form)
        if let unprinted { throw unprinted }
        return end.exitStatus
    }
}
