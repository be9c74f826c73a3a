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

    @OptionGroup var options: RunOptions
    @OptionGroup var pace: PaceOptions

    @OptionGroup var ending: RunEndOptions
    @OptionGroup var metrics: MetricsOptions
    @OptionGroup var finish: FinishOptions
    @OptionGroup var file: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    func perform(_ console: Console) throws {
        try ending.requireOneForm()
        if ending.dryRun { try PlanCommand.printPlan(options, asJSON: ending.json, console) }
        if ending.rehearse { try rehearse(console) }
        try console.reportingErrors(of: call) { finished in
            try options.requireGiven()
            return switch try options.source() {
            case .feed: try runFeed(console, &finished)
            case .inbox(let directory): try runInbox(directory, console, &finished)
            }
        }
    }

    var dryRun: Bool { ending.dryRun || ending.rehearse }
    var metricsFile: MetricsFile? { metrics.file }

    private func rehearse(_ console: Console) throws -> Never {
        try console.reportingErrors(ofRehearsal: call) { call, metrics in
            try options.requireGiven()
            switch try options.source() {
            case .feed:
                let resolved = try settledForReport(options.resolved())
                let finished = try console.withSurroundings { try Rehearsal(resolved, $0).perform() }
                metrics.add(finished)
                call.add(finished)
                try console.show(finished, as: ending.form)
                return finished.exitStatus
            case .inbox(let directory):
                let (inbox, resolved) = try options.resolvedInbox(directory)
                var isIndexed = true
                let plans = try console.withSurroundings { surroundings in
                    try Rehearsal(settledForReport(resolved), surroundings).perform(inbox) { finished in
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

    /// How long reports are kept holds for those of rehearsals as well.
    private func settledForReport(_ options: Reconciliation.Options) -> Reconciliation.Options {
        var options = options
        pace.apply(to: &options)
        return options
    }

    private func runFeed(_ console: Console, _ call: inout FinishedCall) throws -> ExitStatus {
        var resolved = try options.resolved()
        pace.apply(to: &resolved)
        let finished = try console.withSurroundings { try Reconciliation(resolved, $0).run() }
        call.add(finished)
        try console.show(finished, as: ending.form)
        return finished.exitStatus
    }

    private func runInbox(
        _ directory: String, _ console: Console, _ call: inout FinishedCall
    ) throws -> ExitStatus {
        var (inbox, resolved) = try options.resolvedInbox(directory)
        pace.apply(to: &resolved)
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
