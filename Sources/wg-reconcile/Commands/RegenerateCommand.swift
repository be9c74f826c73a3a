import ArgumentParser
import Reconcile

struct RegenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "regenerate",
        abstract: "Bring the WireGuard configs and live interfaces up to date from the database, and nothing else.")

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var wireguard: WireGuardOptions
    @OptionGroup(title: "Live interfaces") var live: LiveOptions
    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    func run() throws {
        let (console, settings) = try Console.open(configuration, logging)
        try console.reportingErrors {
            let trust = try database.trust(settings)
            let access = try live.access(settings, trust: trust)
            let result = try console.withSurroundings { surroundings in
                try Regeneration(
                    databasePath: database.path(settings), wireguardDirectory: wireguard.directory(settings),
                    busyTimeout: database.timeout(settings), mtu: wireguard.mtu(settings),
                    keepsFirewall: wireguard.keepsFirewall(settings), accepting: database.acceptedColumns(settings),
                    trust: trust, live: access, workersTimeLimit: live.workersTimeLimit(settings), surroundings
                ).perform()
            }
            try console.show(result)
            throw ExitCode(result.exitStatus.rawValue)
        }
    }
}
