import ArgumentParser
import Reconcile

struct RegenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "regenerate",
        abstract: "Bring the WireGuard configs up to date from the database, and nothing else.")

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var wireguard: WireGuardOptions
    @OptionGroup var logging: LoggingOptions

    func run() throws {
        let environment = EnvironmentVariables()
        let console = try Console(logging, environment)
        try console.reportingErrors {
            let result = try Regeneration(
                databasePath: database.path(environment), wireguardDirectory: wireguard.directory(environment),
                busyTimeout: database.timeout(environment), now: SystemClock.now(), mtu: wireguard.mtu(environment),
                trust: database.trust(environment)
            ).perform()
            try console.show(result)
            throw ExitCode(result.exitStatus.rawValue)
        }
    }
}
