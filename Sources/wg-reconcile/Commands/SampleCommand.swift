import ArgumentParser
import Reconcile
import SamplePlane
import WireGuard

struct SampleCommand: ConfiguredCommand {
    static let configuration = CommandConfiguration(
        commandName: "sample", abstract: "Write a sample database, configs and feeds to try the program on.")

    @Argument(help: "The folder to create; it must not contain anything yet.")
    var dir: String

    @Option(help: ArgumentHelp("How many accounts the database gets.", valueName: "n"))
    var accounts = PositiveNumber(100)

    @OptionGroup var logging: LoggingOptions

    func perform(_ console: Console) throws {
        let sample = SampleFolder(controlPlane: SampleControlPlane(accounts: accounts.value, now: SystemClock.now()))
        let inventory = try console.withSurroundings { surroundings in
            surroundings.observe(.began(.sample))
            return try sample.write(to: dir) { database, configs in
                _ = try Regeneration(
                    databasePath: database, wireguardDirectory: configs, busyTimeout: 20, live: nil, surroundings
                ).perform()
            } progress: {
                surroundings.observe(.progress(done: $0, of: $1))
            }
        }
        try console.print(
            """
            \(dir): a database of \(inventory.accounts.count) accounts, their configs in wireguard/, the feeds \
            feed.csv, feed.json, feed.jsonl and feed-broken.csv, which is malformed
            """)
    }
}
