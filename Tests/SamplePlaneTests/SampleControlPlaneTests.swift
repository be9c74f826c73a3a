import Foundation
import GRDB
import Testing

@testable import SamplePlane
@testable import Support

@Suite("A sample database")
struct SampleControlPlaneTests {
    static let now = UTCTime(seconds: 1_795_441_471, nanoseconds: 622_707_000)

    private func makeSample(
        accounts: Int = 120, seed: UInt64 = 7, _ body: (DatabaseQueue, SampleInventory) throws -> Void
    ) throws {
        try withSampleScratch { folder in
            let sample = SampleControlPlane(accounts: accounts, sessions: 400, seed: seed, now: Self.now)
            let inventory = try sample.write(to: folder + "/db.sqlite3")
            var configuration = Configuration()
            configuration.readonly = true
            try body(DatabaseQueue(path: folder + "/db.sqlite3", configuration: configuration), inventory)
        }
    }

    /// Every table as text, in the order in which the rows were written.
    private func dump(_ queue: DatabaseQueue) throws -> [String: [String]] {
        try queue.read { db in
            let tables = try String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
            return try Dictionary(
                uniqueKeysWithValues: tables.map { table in
                    (table, try Row.fetchAll(db, sql: "SELECT * FROM \"\(table)\"").map(\.description))
                })
        }
    }

    @Test("is the same for the same seed, and another for another")
    func seeded() throws {
        var dumps: [[String: [String]]] = []
        for seed: UInt64 in [7, 7, 8] {
            try makeSample(seed: seed) { queue, _ in dumps.append(try dump(queue)) }
        }
        #expect(dumps[0] == dumps[1])
        #expect(dumps[0]["wireguard_peer"] != dumps[2]["wireguard_peer"])
    }

    @Test("has no dangling reference and no broken page", arguments: [1, 2, 3] as [UInt64])
    func sound(seed: UInt64) throws {
        try makeSample(seed: seed) { queue, _ in
            try queue.read { db throws in
                #expect(try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").isEmpty)
                #expect(try String.fetchOne(db, sql: "PRAGMA integrity_check") == "ok")
                #expect(try String.fetchOne(db, sql: "PRAGMA journal_mode") == "delete")
            }
        }
    }

    @Test("has a row in every table that refers to a customer's rows")
    func covers() throws {
        try makeSample { queue, _ in
            let referring = try queue.read { db in
                try String.fetchAll(
                    db,
                    sql: """
                        SELECT DISTINCT m.name FROM sqlite_master m, pragma_foreign_key_list(m.name) f
                        WHERE m.type = 'table' AND f."table" IN ('wireguard_wireguardinstance', 'wireguard_peer',
                        'wireguard_peergroup', 'auth_user', 'user_manager_useracl', 'firewall_firewallrule',
                        'account_emailaddress', 'socialaccount_socialaccount')
                        """)
            }
            #expect(referring.count >= 18)
            let rows = try dump(queue)
            for table in referring {
                #expect(rows[table]?.isEmpty == false, "\(table) is empty")
            }
        }
    }

    @Test("holds what its inventory says")
    func inventory() throws {
        try makeSample { queue, inventory in
            let accounts = inventory.accounts
            #expect(accounts.count == 120)
            #expect(accounts.contains { $0.userIDs.isEmpty })
            #expect(accounts.contains { $0.instances.isEmpty })
            #expect(accounts.contains { $0.groupUUID == nil })
            #expect(accounts.contains { !$0.hasACL && !$0.userIDs.isEmpty })
            try queue.read { db throws in
                for account in accounts {
                    let instances = try String.fetchAll(
                        db, sql: "SELECT uuid FROM wireguard_wireguardinstance WHERE name = ? ORDER BY instance_id",
                        arguments: [account.email])
                    #expect(instances == account.instances.map(\.uuid))
                    let users = try Int64.fetchAll(
                        db, sql: "SELECT id FROM auth_user WHERE email = ? ORDER BY id", arguments: [account.email])
                    #expect(users == account.userIDs)
                    let group = try String.fetchOne(
                        db, sql: "SELECT uuid FROM wireguard_peergroup WHERE name = ?",
                        arguments: [account.email + "_group"])
                    #expect(group == account.groupUUID)
                }
                #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM django_session") == inventory.sessionCount)
                let rules = try Int.fetchOne(db, sql: "SELECT count(*) FROM firewall_firewallrule")
                #expect(rules == inventory.firewallRuleCount)
                let administrator = try Row.fetchOne(
                    db,
                    sql: """
                        SELECT is_superuser, user_level FROM auth_user JOIN user_manager_useracl ON user_id = id
                        WHERE email = ?
                        """, arguments: [inventory.administratorEmail])
                #expect(administrator == ["is_superuser": 1, "user_level": 50])
            }
        }
    }

    @Test("has rules whose only peer on a side is one account's")
    func rulesToOrphan() throws {
        try makeSample { queue, _ in
            let count = try queue.read { db in
                try Int.fetchOne(
                    db,
                    sql: """
                        SELECT count(*) FROM firewall_firewallrule r WHERE source_ip IS NULL AND (
                        SELECT count(DISTINCT wireguard_instance_id) FROM firewall_firewallrule_source_peer s
                        JOIN wireguard_peer p ON p.uuid = s.peer_id WHERE s.firewallrule_id = r.uuid) = 1
                        """)
            }
            #expect(try #require(count) > 0)
        }
    }

    @Test("is readable by its owner alone, and never written over another file")
    func privateAndNew() throws {
        try withSampleScratch { folder throws in
            let path = folder + "/db.sqlite3"
            let sample = SampleControlPlane(accounts: 1, sessions: 1, now: Self.now)
            _ = try sample.write(to: path)
            let permissions = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(permissions == 0o600)
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            #expect(throws: SampleError.databaseExists(path: path)) { try sample.write(to: path) }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
            #expect(throws: SampleError.tooManyPeers(asked: 254)) {
                try SampleControlPlane(peersPerAccount: 0...254, now: Self.now).write(to: folder + "/other.sqlite3")
            }
        }
    }
}
