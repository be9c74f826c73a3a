import ArgumentParser
import Journal
import Reconcile
import SamplePlane
import WireGuard

struct DeferredCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deferred", abstract: "List the removals that are kept until they are due, or withdraw one.",
        discussion: """
            A removal whose effective_at is in the future is kept in the journal of the database. The first run after that \
            time carries it out, unless a later feed has said anything else of the account.
            """)

    @Option(help: ArgumentHelp("Drop the removal of this account.", valueName: "email"))
    var withdraw: String?

    @Flag(help: "Print the list as JSON, for programs.")
    var json = false

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var configuration: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    func run() throws {
        let (console, settings) = try Console.open(configuration, logging)
        try console.reportingErrors {
            let (path, timeout) = (try database.path(settings), try database.timeout(settings))
            let columns = try database.acceptedColumns(settings)
            if let withdraw {
                try DeferredList.withdraw(
                    withdraw, inDatabaseAt: path, busyTimeout: timeout, accepting: columns,
                    trust: database.trust(settings), now: SystemClock.now())
                return try console.print("The removal of \(printable(withdraw)) is withdrawn.")
            }
            let list = try DeferredList(
                inDatabaseAt: path, busyTimeout: timeout, accepting: columns, now: SystemClock.now())
            if try json || settings.flag(.json) {
                try console.write(list.bytes())
            } else {
                try console.print(DeferredListing(list: list).text, terminator: "")
            }
        }
    }
}
