import ArgumentParser
import Reconcile
import SamplePlane

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Print what a run would do, and touch nothing.",
        discussion: """
            Takes what `run` takes, so that one word turns a run into its plan; how a run goes about it, its metrics and its \
            summary change nothing here. Exits as the run would, as far as that can \
            be known without removing anything.
            """)

    @OptionGroup var options: RunOptions
    @OptionGroup var pace: PaceOptions
    @OptionGroup var ending: RunEndOptions
    @OptionGroup var metrics: MetricsOptions

    @Flag(help: "Print the plan as JSON, for programs.")
    var json = false

    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    func run() throws {
        let (console, settings) = try Console.open(configuration, logging)
        try console.reportingErrors {
            try Self.printPlan(options, pace, settings, asJSON: json || settings.flag(.json), console)
        }
    }

    /// Prints the plan and exits with its status.
    static func printPlan(
        _ options: RunOptions, _ pace: PaceOptions, _ settings: Settings, asJSON: Bool, _ console: Console
    ) throws -> Never {
        switch try options.source(settings) {
        case .feed:
            var resolved = try options.resolved(settings)
            // These options do not change the plan, but wrong values are still reported.
            try pace.apply(to: &resolved, settings)
            let planned = try console.withSurroundings { try Reconciliation(resolved, $0).plan() }
            try console.show(planned, asJSON: asJSON)
            throw ExitCode(planned.exitStatus.rawValue)
        case .inbox(let directory):
            var (inbox, resolved) = try options.resolvedInbox(directory, settings)
            try pace.apply(to: &resolved, settings)
            let plans = try console.withSurroundings { try InboxPlan(inbox, resolved, $0) }
            try console.show(plans, asJSON: asJSON)
            throw ExitCode(plans.exitStatus.rawValue)
        }
    }
}
