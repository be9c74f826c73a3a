import ArgumentParser
import Reconcile

struct RegenerateCommand: FinishingCommand {
    static let configuration = CommandConfiguration(
        commandName: "regenerate",
        abstract: "Bring the WireGuard configs and live interfaces up to date from the database, and nothing else.")

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var wireguard: WireGuardOptions
    @OptionGroup(title: "Live interfaces") var live: LiveOptions
    @OptionGroup var finish: FinishOptions
    @OptionGroup var file: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    func perform(_ console: Console) throws {
        try console.reportingErrors(of: call) { finished in
            try MissingOptions.require([
                ("database", database.database), ("wireguard-dir", wireguard.wireguardDir),
            ])
            let options = Reconciliation.Options(placedBy: self, reportDirectory: "", .deferred, live)
            let result = try console.withSurroundings { try Regeneration(options, $0).perform() }
            finished.add(result)
            try console.show(result)
            return result.exitStatus
        }
    }
}
