import ArgumentParser
import Reconcile
import SamplePlane

struct PlanCommand: FeedCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Print what a run would do, and change nothing.",
        discussion: """
            Takes what `run` takes, so that one word turns a run into its plan; how a run goes about it, its metrics, its \
            summary and --on-finish change nothing here. Exits as the run would, as far as that can \
            be known without removing anything.
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
        try printPlan(asJSON: ending.json, console)
    }
}

extension FeedCommand {
    /// Prints the plan and exits with its status.
    func printPlan(asJSON: Bool, _ console: Console) throws -> Never {
        try requireGiven(reports: false)
        switch try source.place() {
        case .feed:
            let planned = try console.withSurroundings { try Reconciliation(resolved(), $0).plan() }
            try console.show(planned, asJSON: asJSON)
            throw ExitCode(planned.exitStatus.rawValue)
        case .inbox(let directory):
            let (inbox, resolved) = try resolvedInbox(directory)
            let plans = try console.withSurroundings { try InboxPlan(inbox, resolved, $0) }
            try console.show(plans, asJSON: asJSON)
            throw ExitCode(plans.exitStatus.rawValue)
        }
    }
}
