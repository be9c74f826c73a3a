import ArgumentParser
import Journal
import Reconcile
import SamplePlane
import WireGuard

struct DeferredCommand: FileConfiguredCommand {
    static let configuration = CommandConfiguration(
        commandName: "deferred", abstract: "List the removals that are kept until they are due, or withdraw one.",
        discussion: """
            A removal whose effective_at is in the future is kept in the journal of the database. The first run after \
            that time carries it out, unless a later feed has said anything else about the account.
            """)

    @OptionGroup var withdrawal: WithdrawalOptions

    @Flag(help: "Print the list as JSON, for programs.")
    var json = false

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var file: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    func perform(_ console: Console) throws {
        if let email = withdrawal.withdraw {
            try DeferredList.withdraw(
                email, inDatabaseAt: database.path(), busyTimeout: database.busyTimeout.value,
                accepting: database.acceptedColumns, trust: database.trust, now: SystemClock.now())
            return try console.print("The removal of \(printable(email)) is withdrawn.")
        }
        let list = try DeferredList(
            inDatabaseAt: database.path(), busyTimeout: database.busyTimeout.value,
            accepting: database.acceptedColumns, now: SystemClock.now())
        if json {
            try console.write(list.bytes())
        } else {
            try console.printText(DeferredListing(list: list).text)
        }
    }
}

struct WithdrawalOptions: CommandLineOnly {
    @Option(help: ArgumentHelp("Drop the removal of this account.", valueName: "email"))
    var withdraw: String?
}
