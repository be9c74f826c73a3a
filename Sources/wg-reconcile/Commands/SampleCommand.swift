import ArgumentParser
import Reconcile
import SamplePlane
import WireGuard

struct SampleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample", abstract: "Write a sample database, configs and feeds to try the program on.")

    @Argument(help: "The folder to make; it must not hold anything yet.")
    var dir: String

    @Option(help: ArgumentHelp("How many accounts the database gets. (default: 100)", valueName: "n"))
    var accounts: PositiveNumber?

    @OptionGroup var logging: LoggingOptions

    func run() throws {
        let (console, settings) = try Console.open(nil, logging)
        try console.reportingErrors {
            let count = try (accounts ?? settings.value(.accounts))?.value ?? 100
            let sample = SampleFolder(
                controlPlane: SampleControlPlane(
                    accounts: count, now: SystemClock.now()))
            let inventory = try sample.write(to: dir) { database, configs in
                _ = try console.withSurroundings { surroundings in
                    try Regeneration(
                        databasePath: database, wireguardDirectory: configs, busyTimeout: 20, live: nil, surroundings
                    ).perform()
                }
            }
            try console.print(
                """
                \(dir): a database of \(inventory.accounts.count) accounts, their configs in wireguard/, the feeds \
                feed.csv, feed.json, feed.jsonl and, not whole, feed-broken.csv
                """)
        }
    }
}
