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

    @OptionGroup var options: RunOptions
    @OptionGroup var pace: PaceOptions
    @OptionGroup var ending: RunEndOptions
    @OptionGroup var metrics: MetricsOptions
    @OptionGroup var finish: FinishOptions

    @OptionGroup var file: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    func perform(_ console: Console) throws {
        try Self.printPlan(options, asJSON: ending.json, console)
    }

    /// Prints the plan and exits with its status.
    static func printPlan(_ options: RunOptions, asJSON: Bool, _ console: Console) throws -> Never {
        try options.requireGiven(reports: false)
        switch try options.source() {
        case .feed:
            let planned = try console.withSurroundings { try Reconciliation(options.resolved(), $0).plan() }
            try console.show(planned, asJSON: asJSON)
            throw ExitCode(planned.exitStatus.rawValue)
        case .inbox(let directory):
            let (inbox, resolved) = try options.resolvedInbox(directory)
            let plans = try console.withSurroundings { try InboxPlan(inbox, resolved, $0) }
            try console.show(plans, asJSON: asJSON)
            throw ExitCode(plans.exitStatus.rawValue)
        }
    }
}
