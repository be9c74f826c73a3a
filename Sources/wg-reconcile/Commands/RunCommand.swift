import ArgumentParser
import Reconcile
import Support

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Remove the accounts of a feed, regenerate the configs, write the report.",
        discussion: """
            Safe to run again at any time: what is gone already is already_absent, and a run of the same feed that was \
            cut short is continued under its run id. What is not given here is taken from the environment and from \
            /etc/wg-reconcile/config.json, which the Debian package installs.

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
    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    func run() throws {
        let (console, settings) = try Console.open(configuration, logging)
        try console.reportingErrors {
            if try ending.dryRun || settings.flag(.dryRun) {
                try PlanCommand.printPlan(options, pace, settings, asJSON: false, console)
            }
            // If a variable has an invalid value, the database stays unknown here. The run below reports the error.
            let database = try? JournalSource(
                path: options.database.path(settings), accepting: options.database.acceptedColumns(settings),
                trust: options.database.trust(settings))
            try console.reportingErrors(to: metrics.file(settings), database: database) { metrics in
                // Checked before anything is removed.
                let wantsSummary = try ending.summary || settings.flag(.summary)
                return switch try options.source(settings) {
                case .feed: try runFeed(settings, console, wantsSummary, &metrics)
                case .inbox(let directory): try runInbox(directory, settings, console, wantsSummary, &metrics)
                }
            }
        }
    }

    private func runFeed(
        _ settings: Settings, _ console: Console, _ wantsSummary: Bool, _ metrics: inout RunMetrics
    ) throws -> ExitStatus {
        var resolved = try options.resolved(settings)
        try pace.apply(to: &resolved, settings)
        let finished = try console.withSurroundings { try Reconciliation(resolved, $0).run() }
        metrics.add(finished)
        console.show(finished, wantsSummary: wantsSummary)
        return finished.exitStatus
    }

    private func runInbox(
        _ directory: String, _ settings: Settings, _ console: Console, _ wantsSummary: Bool,
        _ metrics: inout RunMetrics
    ) throws -> ExitStatus {
        var (inbox, resolved) = try options.resolvedInbox(directory, settings)
        try pace.apply(to: &resolved, settings)
        // Also counted where the run cannot begin. If the inbox cannot be read, the run reports that.
        defer { metrics.inbox = try? InboxCensus(of: inbox) }
        let end = try console.withSurroundings { surroundings in
            try InboxRun(inbox, resolved, surroundings).perform(found: console.show) { end in
                if case .success(let run) = end.run { metrics.add(run) }
                console.show(end, wantsSummary: wantsSummary)
            }
        }
        if let regeneration = end.regeneration { metrics.add(regeneration) }
        if let run = end.runWithoutFeed { metrics.add(run) }
        console.show(end, wantsSummary: wantsSummary)
        return end.exitStatus
    }
}
