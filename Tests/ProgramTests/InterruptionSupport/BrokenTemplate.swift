import Foundation
import GRDB
import SamplePlane
import Support

/// A control plane and a feed for it, in memory; benches are copies of it.
struct BrokenTemplate: Sendable {
    var database: Data
    var configs: [String: Data]
    var feed: String
    var inventory: SampleInventory
    /// The accounts that the feed ends and that can be removed, in feed order.
    var ended: [SampleAccount]

    /// 40 accounts, and a feed with every kind of entry. Made once; the same wherever the tests run.
    static let standard = Result { try BrokenTemplate(accounts: 40, ending: 15) }

    /// - Parameter change: a last change to the database.
    init(
        accounts: Int, ending count: Int, sessions: Int = 120, change: (Database) throws -> Void = { _ in }
    ) throws {
        let folder = NSTemporaryDirectory() + "/wg-reconcile-template-" + UUID().uuidString
        // What cannot be deleted stays in the temporary folder, and the test has its result either way.
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // Long before the feed, so that nobody has signed up again.
        let sample = SampleFolder(
            controlPlane: SampleControlPlane(
                accounts: accounts, peersPerAccount: 1...4, sessions: sessions,
                now: UTCTime(rfc3339: "2025-06-01T00:00:00Z") ?? UTCTime(seconds: 1_748_736_000)))
        let inventory = try sample.write(to: folder)
        let path = folder + "/db.sqlite3"
        let whole = inventory.accounts.filter { $0.isComplete && !$0.instances[0].peerUUIDs.isEmpty }
        let lacking = inventory.accounts.filter { !$0.isComplete && !($0.instances.isEmpty && $0.userIDs.isEmpty) }
        let ended = Array(whole.prefix(count - count / 4)) + lacking.prefix(count / 4)
        let rest = whole.dropFirst(count - count / 4)

        let queue = try DatabaseQueue(path: path)
        try queue.write { db in
            if let failing = rest.first { try Self.makeFail(failing, db) }
            try change(db)
        }
        try queue.close()
        try Program.regenerate(path, folder + "/wireguard")

        (self.inventory, self.ended) = (inventory, ended)
        feed = Self.feed(ended: ended, failing: rest.first, staying: Array(rest.dropFirst()), inventory)
        database = try Data(contentsOf: URL(filePath: path))
        configs = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder + "/wireguard").sorted()
        where !name.hasSuffix(".pending") {
            configs[name] = try Data(contentsOf: URL(filePath: folder + "/wireguard/" + name))
        }
        leaveEditsUnapplied()
    }

    /// The same with the database in WAL mode.
    func inWriteAheadMode() throws -> BrokenTemplate {
        let path = NSTemporaryDirectory() + "/wg-reconcile-template-" + UUID().uuidString
        // What cannot be deleted stays in the temporary folder, and the test has its result either way.
        defer { try? FileManager.default.removeItem(atPath: path) }
        try database.write(to: URL(filePath: path))
        let queue = try DatabaseQueue(path: path)
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = WAL") }
        try queue.close()
        var template = self
        template.database = try Data(contentsOf: URL(filePath: path))
        return template
    }

    /// Some configs differ from the database before the run, so that there is something to write.
    private mutating func leaveEditsUnapplied() {
        for (index, name) in configs.keys.sorted().enumerated() where index % 4 == 0 {
            configs[name]?.append(contentsOf: Data("# edited by hand\n".utf8))
        }
        for (index, name) in configs.keys.sorted().enumerated() where index % 7 == 3 { configs[name] = nil }
    }

    /// The account's rows cannot be deleted.
    private static func makeFail(_ account: SampleAccount, _ db: Database) throws {
        try db.execute(
            sql: """
                CREATE TRIGGER keep_one BEFORE DELETE ON auth_user WHEN old.id = \(account.userIDs[0])
                BEGIN SELECT RAISE(ABORT, 'this one stays'); END
                """)
    }

    private static func feed(
        ended: [SampleAccount], failing: SampleAccount?, staying: [SampleAccount], _ inventory: SampleInventory
    ) -> String {
        var lines = ["account_id,email,status,effective_at,reason"]
        func add(_ email: String, _ status: String, _ time: String = "2025-06-02T00:00:00Z") {
            lines.append("acct-\(lines.count),\(email),\(status),\(time),\"left, for good\"")
        }
        for (index, account) in ended.enumerated() {
            add(account.email, ["cancelled", "suspended", "payment_failed", "deletion_requested"][index % 4])
            if index == 2 { add("nobody@example.org", "cancelled") }
            if index == 4 { add("without-at.example.com", "cancelled") }
            if index == 6 { add(inventory.administratorEmail, "cancelled") }
            if index == 8, let failing { add(failing.email, "cancelled") }
            if index == 9 { add(ended[1].email, "cancelled", "2025-06-01T00:00:00Z") }
        }
        if let first = staying.first {
            add(first.email, "active")
            add("C" + first.email.dropFirst(), "cancelled")
        }
        if let last = staying.last { add(last.email, "cancelled", "2199-01-01") }
        return lines.joined(separator: "\n") + "\n"
    }
}
