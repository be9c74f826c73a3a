import ArgumentParser
import Journal
import Reconcile
import Support

struct HistoryCommand: FileConfiguredCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Print when an account was removed, by which feed and entry, and what went.",
        discussion: """
            Takes it from the journal in the database, which it only reads: it needs no right to write. Ends with status 1 \
            if the journal knows of no removal.
            """)

    @Argument(help: "The account's email.")
    var email: String

    @Flag(help: "Print the removals as JSON, for programs.")
    var json = false

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var file: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    func perform(_ console: Console) throws {
        let history = try AccountHistory(
            of: email, inDatabaseAt: database.path(), busyTimeout: database.busyTimeout.value,
            accepting: database.acceptedColumns, now: SystemClock.now())
        if json {
            try console.write(HistoryDocument(history).bytes())
        } else {
            try console.printText(HistoryListing(history: history).text)
        }
        if history.removals.isEmpty { throw ExitCode(ExitStatus.attentionNeeded.rawValue) }
    }
}
