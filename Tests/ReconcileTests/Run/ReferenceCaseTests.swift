import Foundation
import GRDB
import Testing

@testable import Reconcile

@Suite("A run leaves what the application's own removal left")
struct ReferenceCaseTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("fixtures/reference/2025").path

    /// Columns that the application's export writes, and that the reference leaves out.
    private static let touchedByExport: Set = [
        "wireguard_wireguardinstance", "wireguard_webadminsettings", "dns_dnssettings", "firewall_firewallsettings",
    ]

    private func json(_ name: String) throws -> Any {
        try JSONSerialization.jsonObject(
            with: Data(contentsOf: URL(fileURLWithPath: Self.folder + "/" + name)), options: .fragmentsAllowed)
    }

    private func withReference(_ body: (Bench, FinishedRun) throws -> Void) throws {
        try withBench { bench in
            let files = FileManager.default
            try files.copyItem(atPath: Self.folder + "/before.sqlite3", toPath: bench.database)
            try files.removeItem(atPath: bench.wireguard)
            try files.copyItem(atPath: Self.folder + "/wireguard-before", toPath: bench.wireguard)
            let identifiers = try #require(try json("identifiers.json") as? [String])
            try body(bench, try bench.run(identifiers))
        }
    }

    @Test("in every table")
    func tables() throws {
        try withReference { bench, finished in
            #expect(finished.exitStatus == .success)
            let expected = try #require(try json("after.json") as? [String: [[Any]]])
            #expect(expected.count > 30)
            let image = try bench.image()
            var compared = 0
            for (table, rows) in image.withoutJournal.rows {
                if ["django_migrations", "django_content_type", "auth_permission"].contains(table) { continue }
                let kept = (image.columns[table] ?? []).enumerated().filter { _, column in
                    !(Self.touchedByExport.contains(table) && ["pending_changes", "updated"].contains(column))
                }.map(\.offset)
                let found = Set(rows.map { row in kept.map { row[$0] } })
                let reference = try #require(expected[table], "\(table) is in the reference")
                #expect(found == Set(reference.map { $0.map(literal) }), "\(table)")
                compared += 1
            }
            #expect(compared == expected.count)
            #expect(image.danglingRows == 0)
        }
    }

    @Test("in every config, byte for byte, readable by the owner alone")
    func configs() throws {
        try withReference { bench, _ in
            let expected = try FileManager.default.contentsOfDirectory(atPath: Self.folder + "/wireguard").sorted()
            #expect(try bench.configNames() == expected)
            for name in expected {
                #expect(
                    try Data(contentsOf: URL(fileURLWithPath: bench.wireguard + "/" + name))
                        == Data(contentsOf: URL(fileURLWithPath: Self.folder + "/wireguard/" + name)), "\(name)")
                let attributes = try FileManager.default.attributesOfItem(atPath: bench.wireguard + "/" + name)
                #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
            }
        }
    }

    @Test("and answers as the endpoint did, with the real identifiers")
    func responses() throws {
        try withReference { bench, finished in
            let recorded = try #require(try json("responses.json") as? [[String: Any]])
            let answers = try bench.responses()
            try #require(answers.count == recorded.count)
            let (instances, acls) = try identifiersBefore()
            for (index, reference) in recorded.enumerated() {
                let email = try #require(reference["identifier"] as? String)
                var body = try #require(reference["body"] as? [String: Any])
                var results = try #require(body["results"] as? [String: Any])
                var items = try #require(results["removed_items"] as? [[String: Any]])
                for place in items.indices {
                    switch items[place]["type"] as? String {
                    case "wireguard_instance": items[place]["identifier"] = instances[email]
                    case "user_acl": items[place]["identifier"] = acls[email]
                    default: break
                    }
                }
                results["removed_items"] = items
                body["results"] = results
                let answer = try #require(answers[index])
                #expect(NSDictionary(dictionary: answer) == NSDictionary(dictionary: body), "\(email)")
                #expect(finished.results[index].outcome.statusCode == reference["http_status"] as? Int, "\(email)")
            }
        }
    }

    private func identifiersBefore() throws -> (instances: [String: String], acls: [String: String]) {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: Self.folder + "/before.sqlite3", configuration: configuration)
        return try queue.read { db in
            func pairs(_ sql: String) throws -> [String: String] {
                Dictionary(
                    try Row.fetchAll(db, sql: sql).map { ($0[0] as String, ($0[1] as String).withHyphens) },
                    uniquingKeysWith: { first, _ in first })
            }
            return (
                try pairs("SELECT name, uuid FROM wireguard_wireguardinstance WHERE name <> ''"),
                try pairs("SELECT u.email, a.uuid FROM user_manager_useracl a JOIN auth_user u ON u.id = a.user_id")
            )
        }
    }

    private func literal(_ value: Any) -> String {
        switch value {
        case is NSNull: "NULL"
        case let text as String: "'" + text.replacing("'", with: "''") + "'"
        case let number as NSNumber: number.stringValue
        default: "?"
        }
    }
}
