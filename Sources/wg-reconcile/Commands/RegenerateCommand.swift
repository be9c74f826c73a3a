import ArgumentParser
import Reconcile

struct RegenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "regenerate",
        abstract: "Bring the WireGuard configs and live interfaces up to date from the database, and nothing else.")

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var wireguard: WireGuardOptions
    @OptionGroup(title: "Live interfaces") var live: LiveOptions
    @OptionGroup var logging: LoggingOptions

    func run() throws {
        let environment = EnvironmentVariables()
        let console = try Console(logging, environment)
        try console.reportingErrors {
            let trust = try database.trust(environment)
            let access = try live.access(environment, trust: trust)
            let result = try console.withSurroundings { surroundings in
                try Regeneration(
                    databasePath: database.path(environment), wireguardDirectory: wireguard.directory(environment),
                    busyTimeout: database.timeout(environment), mtu: wireguard.mtu(environment), trust: trust,
                    live: access, surroundings
                ).perform()
            }
            try console.show(result)
            throw ExitCode(result.exitStatus.rawValue)
        }
    }
}
