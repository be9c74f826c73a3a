import ArgumentParser
import Reconcile

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Print what a run would do, and touch nothing.",
        discussion: "Exits as the run would, as far as that can be known without removing anything.")

    @OptionGroup var options: RunOptions

    @Flag(help: "Print the plan as JSON, for programs.")
    var json = false

    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    func run() throws {
        let (console, settings) = try Console.open(configuration, logging)
        try console.reportingErrors {
            try Self.printPlan(options, settings, asJSON: json || settings.flag(.json), console)
        }
    }

    /// Ends in the plan's exit status.
    static func printPlan(
        _ options: RunOptions, _ settings: Settings, asJSON: Bool, _ console: Console
    ) throws -> Never {
        switch try options.source(settings) {
        case .feed:
            let resolved = try options.resolved(settings)
            let planned = try console.withSurroundings { try Reconciliation(resolved, $0).plan() }
            try console.show(planned, asJSON: asJSON)
            throw ExitCode(planned.exitStatus.rawValue)
        case .inbox(let directory):
            let (inbox, resolved) = try options.resolvedInbox(directory, settings)
            let plans = try console.withSurroundings { try InboxPlan(inbox, resolved, $0) }
            try console.show(plans, asJSON: asJSON)
            throw ExitCode(plans.exitStatus.rawValue)
        }
    }
}
