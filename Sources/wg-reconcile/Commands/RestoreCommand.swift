import ArgumentParser
import Feed
import Reconcile
import Support

struct RestoreCommand: FinishingCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Bring removed accounts back as they were.",
        discussion: """
            A removal keeps what it deletes for --archive-days of `run` and `remove`. An account comes back as a whole \
            or not at all, with its keys, addresses, memberships and password; configs, firewall and interfaces follow. \
            People sign in anew. A feed that still says that the account is ended does not remove it again, unless it \
            has a later date.

            EXAMPLES
              wg-reconcile restore ada@example.com --dry-run
              wg-reconcile restore ada@example.com
            """)

    @Argument(help: ArgumentHelp("The emails of the accounts.", valueName: "email"))
    var emails: [String]

    @OptionGroup var undone: UndoneRemovalOptions

    @Flag(help: "Say what would come back, and change nothing.")
    var dryRun = false

    @Flag(help: "Give an instance a free number where its own belongs to another one. Clients do not notice.")
    var renumber = false

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var wireguard: WireGuardOptions
    @OptionGroup(title: "Live interfaces") var live: LiveOptions
    @OptionGroup var finish: FinishOptions
    @OptionGroup var file: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    func perform(_ console: Console) throws {
        if dryRun {
            let result = try restore(console)
            try console.show(result, isDry: true)
            throw ExitCode(result.exitStatus.rawValue)
        }
        try console.reportingErrors(of: call) { call in
            let result = try restore(console)
            if let regeneration = result.regeneration { call.add(regeneration) }
            if let refused = result.firstRefusal { call.note(refused) }
            try console.show(result, isDry: false)
            return result.exitStatus
        }
    }

    private func restore(_ console: Console) throws -> RestoreRun.Result {
        try MissingOptions.require([("database", database.database), ("wireguard-dir", wireguard.wireguardDir)])
        let options = Reconciliation.Options(
            placedBy: self, reportDirectory: "", .named(NamedAccounts(emails.uniqued)), live)
        return try console.withSurroundings { surroundings in
            try RestoreRun(
                options, of: NamedAccounts(emails.uniqued), removedBy: undone.run, isDry: dryRun, renumbers: renumber,
                surroundings
            ).perform()
        }
    }
}

/// Which removal to undo. It is for one call, so it is for the command line only.
struct UndoneRemovalOptions: CommandLineOnly {
    @Option(help: ArgumentHelp("The run whose removal to undo. (default: the last one)", valueName: "id"))
    var run: String?
}
