import ArgumentParser
import Reconcile

struct RegenerateCommand: PlacedCommand {
    static let configuration = CommandConfiguration(
        commandName: "regenerate",
        abstract: "Bring the WireGuard configs and live interfaces up to date from the database, and nothing else.")

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var wireguard: WireGuardOptions
    @OptionGroup(title: "Live interfaces") var live: LiveOptions
    @OptionGroup var file: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    func perform(_ console: Console) throws {
        try MissingOptions.require([
            ("database", database.database), ("wireguard-dir", wireguard.wireguardDir),
        ])
        let result = try console.withSurroundings { surroundings in
            try Regeneration(
                databasePath: database.path(), wireguardDirectory: wireguard.directory(),
                busyTimeout: database.busyTimeout.value, mtu: wireguard.mtu?.value,
                keepsFirewall: wireguard.keepFirewall, accepting: database.acceptedColumns, trust: database.trust,
                live: live.access(trust: database.trust), workersTimeLimit: live.waitForWorkers.value, surroundings
            ).perform()
        }
        try console.show(result)
        throw ExitCode(result.exitStatus.rawValue)
    }
}
