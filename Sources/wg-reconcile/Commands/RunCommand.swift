import ArgumentParser
import Reconcile
import Support

struct RunCommand: FeedCommand, FinishingCommand {
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

    @OptionGroup var source: SourceOptions
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var wireguard: WireGuardOptions
    @OptionGroup var reports: ReportOptions
    @OptionGroup(title: "How feeds are laid out") var layout: FeedOptions
    @OptionGroup(title: "Guards") var removalGuards: RemovalGuardOptions
    @OptionGroup(title: "Guards") var feedGuards: FeedGuardOptions
    @OptionGroup(title: "Guards") var oneRun: OneRunOptions
    @OptionGroup(title: "Live interfaces") var live: LiveOptions
    @OptionGroup(title: "Removed accounts") var archive: ArchiveOptions
    @OptionGroup(title: "Removed accounts") var restoring: RestoreActiveOptions
    @OptionGroup var pace: PaceOptions

    @OptionGroup var ending: RunEndOptions
    @OptionGroup var metrics: MetricsOptions
    @OptionGroup var finish: FinishOptions
    @OptionGroup var file: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    func perform(_ console: Console) throws {
        try ending.requireOneForm()
        if ending.dryRun { try printPlan(asJSON: ending.json, console) }
        if ending.rehearse { try rehearse(console) }
        try console.reportingErrors(of: call) { finished in
            try requireGiven()
            return switch try source.place() {
            case .feed: try runFeed(console, &finished)
            case .inbox(let directory): try runInbox(directory, console, &finished)
            }
        }
    }

    var dryRun: Bool { ending.dryRun || ending.rehearse }
    var metricsFile: MetricsFile? { metrics.file }

    private func rehearse(_ console: Console) throws -> Never {
        try console.reportingErrors(ofRehearsal: call) { call, metrics in
            try requireGiven()
            switch try source.place() {
            case .feed:
                let resolved = try resolved()
                let finished = try console.withSurroundings { try Rehearsal(resolved, $0).perform() }
                metrics.add(finished)
                call.add(finished)
                try console.show(finished, as: ending.form)
                return finished.exitStatus
            case .inbox(let directory):
                let (inbox, resolved) = try resolvedInbox(directory)
                var isIndexed = true
                let plans = try console.withSurroundings { surroundings in
                    try Rehearsal(resolved, surroundings).perform(inbox) { finished in
                        metrics.add(finished)
                        call.add(finished)
                        if finished.indexFailure != nil { isIndexed = false }
                        try console.show(finished, as: ending.form)
                    }
                }
                console.showUnplanned(plans)
                return plans.exitStatus == .success && !isIndexed ? .attentionNeeded : plans.exitStatus
            }
        }
    }

    private func runFeed(_ console: Console, _ call: inout FinishedCall) throws -> ExitStatus {
        let resolved = try resolved()
        let finished = try console.withSurroundings { try Reconciliation(resolved, $0).run() }
        call.add(finished)
        try console.show(finished, as: ending.form)
        return finished.exitStatus
    }

    private func runInbox(
        _ directory: String, _ console: Console, _ call: inout FinishedCall
    ) throws -> ExitStatus {
        let (inbox, resolved) = try resolvedInbox(directory)
        // Also counted where the run cannot begin. If the inbox cannot be read, the run reports that.
        defer { call.metrics.inbox = try? InboxCensus(of: inbox) }
        // The other feeds are run all the same.
        var unprinted: (any Error)?
        let end = try console.withSurroundings { surroundings in
            try InboxRun(inbox, resolved, surroundings).perform(found: console.show) { end in
                call.add(end)
                do { try console.show(end, as: ending.form) } catch { unprinted = unprinted ?? error }
            }
        }
        if let regeneration = end.regeneration { call.add(regeneration) }
        if let run = end.runWithoutFeed { call.add(run) }
        try console.show(end, as: ending.form)
        if let unprinted { throw unprinted }
        return end.exitStatus
    }
}
