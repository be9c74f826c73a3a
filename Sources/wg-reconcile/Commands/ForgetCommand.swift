import ArgumentParser
import Journal
import Reconcile
import Support

struct ForgetCommand: FileConfiguredCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Delete what is kept of a removed account, for good.",
        discussion: """
            Deletes what `restore` would bring back, and takes the account's names out of the journal of the database. \
            Reports and copies of the database that are there already still name it.
            """)

    @Argument(help: "The account's email.")
    var email: String

    @Flag(
        help: ArgumentHelp(
            "Forget the account even if no run has seen its tunnel down.",
            discussion: "Later results of the account then do not depend on that tunnel."))
    var unseen = false

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var file: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    func perform(_ console: Console) throws {
        let forgotten = try ForgottenAccount(
            email, evenUnseen: unseen, inDatabaseAt: database.path(), busyTimeout: database.busyTimeout.value,
            accepting: database.acceptedColumns, trust: database.trust, now: SystemClock.now())
        guard forgotten.entries + forgotten.archives > 0 else {
            try console.printText("The journal knows nothing of \(printable(email)).\n")
            throw ExitCode(ExitStatus.attentionNeeded.rawValue)
        }
        try console.printText(
            "\(printable(email)) is forgotten: \(forgotten.archives) archived "
                + "\(forgotten.archives == 1 ? "removal" : "removals") and \(forgotten.entries) "
                + "\(forgotten.entries == 1 ? "entry" : "entries") of the journal. Earlier reports and copies of the database still "
                + "name the account.\n")
    }
}
