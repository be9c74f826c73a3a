import ArgumentParser
import Reconcile

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Remove the accounts of a feed, regenerate the configs, write the report.",
        discussion: """
            Safe to run again at any time: what is gone already is already_absent, and a run of the same feed that was \
            cut short is continued under its run id.

            EXAMPLE
              wg-reconcile run feed.csv --database /var/lib/wireguard_webadmin/db.sqlite3 \
            --wireguard-dir /etc/wireguard --report-dir /var/lib/wg-reconcile/reports

            EXIT STATUS
            \(ExitStatus.table)
            """)

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
