import ArgumentParser
import Reconcile

struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Print what a run would do, and touch nothing.",
        discussion: "Exits as the run would, as far as that can be known without removing anything.")

    @OptionGroup var options: RunOptions

    @Flag(help: "Print the plan as JSON, for programs.")
    var json = false

    @OptionGroup var logging: LoggingOptions

    func run() throws {
        let environment = EnvironmentVariables()
        let console = try Console(logging, environment)
        try console.reportingErrors {
            try Self.printPlan(options.resolved(environment), asJSON: json || environment.flag("json"), console)
        }
    }

    /// Ends in the plan's exit status.
    static func printPlan(_ options: Reconciliation.Options, asJSON: Bool, _ console: Console) throws {
        let planned = try console.withSurroundings { surroundings in
            try Reconciliation(options, surroundings).plan()
        }
        try console.show(planned, asJSON: asJSON)
        throw ExitCode(planned.exitStatus.rawValue)
    }
}
