import ArgumentParser
import Journal
import Reconcile

struct HistoryCommand: FileConfiguredCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Print when an account was removed, by which feed and entry, and what was deleted.")

    @Argument(help: "The account's email.")
    var email: String

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var file: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    func perform(_ console: Console) throws {
        let history = try AccountHistory(
            of: email, inDatabaseAt: database.path(), busyTimeout: database.busyTimeout.value,
            accepting: database.acceptedColumns)
        try console.printText(HistoryListing(email: email, history: history).text)
    }
}
