import ArgumentParser
import Journal
import Reconcile

struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history", abstract: "Print when an account was removed, by which feed and entry, and what went.")

    @Argument(help: "The account's email.")
    var email: String

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    func run() throws {
        let (console, settings) = try Console.open(configuration, logging)
        try console.reportingErrors {
            let history = try AccountHistory(
                of: email, inDatabaseAt: database.path(settings), busyTimeout: database.timeout(settings),
                accepting: database.acceptedColumns(settings))
            try console.print(HistoryListing(email: email, history: history).text, terminator: "")
        }
    }
}
