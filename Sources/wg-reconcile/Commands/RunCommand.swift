import ArgumentParser
import Reconcile

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Remove the accounts of a feed, regenerate the configs, write the report.")

    @OptionGroup var options: RunOptions
    @OptionGroup var pace: PaceOptions

    @Flag(help: "Make the plan, print it and touch nothing; the same as `plan`.")
    var dryRun = false

    @Flag(help: "Print the readable summary also where there is no terminal.")
    var summary = false

    @OptionGroup var logging: LoggingOptions

    func run() throws {
        let environment = EnvironmentVariables()
        let console = try Console(logging, environment)
        try console.reportingErrors {
            var resolved = try options.resolved(environment)
            try pace.apply(to: &resolved, environment)
            if try dryRun || environment.flag("dry-run") {
                try PlanCommand.printPlan(resolved, asJSON: false, console)
                return
            }
            // Looked at before anything is removed: a variable that holds nonsense ends the run here.
            let wantsSummary = try summary || environment.flag("summary")
            let finished = try console.withSurroundings { surroundings in
                try Reconciliation(resolved, surroundings).run()
            }
            console.show(finished, wantsSummary: wantsSummary)
            throw ExitCode(finished.exitStatus.rawValue)
        }
    }
}
