import ArgumentParser
import Foundation
import Report
import SamplePlane
import Support
import WireGuard

/// Makes a database, and the feed of accounts to remove from it.
struct DatabaseMaking: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "make-database", shouldDisplay: false)

    /// The fixed creation time of everything, so that equal seeds make equal databases.
    static let time = UTCTime(seconds: 1_735_689_600)

    @Argument var folder: String
    @Option var instances: Int
    @Option var sessions: Int
    @Option var accounts: Int
    @Option var seed: UInt64

    func run() throws {
        let sample = SampleControlPlane(
            accounts: instances, peersPerAccount: 5...5, sessions: sessions, seed: seed, now: Self.time)
        let inventory = try sample.write(to: folder + "/db.sqlite3")
        var random = SplitMix64(seed: seed)
        let leaving = inventory.accounts.shuffled(using: &random).prefix(accounts)
        let lines = leaving.enumerated().map { index, account in
            "acct-\(index),\(account.email),cancelled,\(Self.time.rfc3339),customer left\n"
        }
        let text = "account_id,email,status,effective_at,reason\n" + lines.joined()
        try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/feed.csv"))
        try ["instances": Double(inventory.accounts.reduce(0) { $0 + $1.instances.count })].send()
    }
}
