import Foundation
import GRDB
import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Support

@Suite("A run leaves what the application's own removal left")
struct ReferenceCaseTests {
    /// Both editions; each is recognised by its tables.
    private static let editions = ["2025", "2026"]

    private static func folder(_ edition: String) -> String { Fixtures.path("reference/" + edition) }

    /// Columns that the application's export writes, and that the reference leaves out.
    private static let touchedByExport: Set = [
        "wireguard_wireguardinstance", "wireguard_webadminsettings", "dns_dnssettings", "firewall_firewallsettings",
    ]

    /// Columns whose value the application chooses at its next export: any remaining instance, or none.
    private static let chosenAtExport = ["firewall_firewallsettings": "instance_to_execute_firewall_id"]

    private func json(_ name: String, of edition: String) throws -> Any {
        try JSONSerialization.jsonObject(
            with: Data(contentsOf: URL(fileURLWithPath: Self.folder(edition) + "/" + name)),
            options: .fragmentsAllowed)
    }

    private func withReference(_ edition: String, _ body: (Bench, FinishedRun) throws -> Void) throws {
        try withBench { bench in
            let files = FileManager.default
            try files.copyItem(atPath: Self.folder(edition) + "/before.sqlite3", toPath: bench.database)
            try files.removeItem(atPath: bench.wireguard)
            try files.copyItem(atPath: Self.folder(edition) + "/wireguard-before", toPath: bench.wireguard)
            let identifiers = try #require(try json("identifiers.json", of: edition) as? [String])
            // After the accounts of either recording were created, or they count as signed up again.
            try body(bench, try bench.run(identifiers, in: .still(at: UTCTime(seconds: 1_795_478_400))))
        }
    }

    @Test("in every table", arguments: editions)
    func tables(edition: String) throws {
        try withReference(edition) { bench, finished in
            #expect(finished.exitStatus == .success)
            let expected = try #require(try json("after.json", of: edition) as? [String: [[Any]]])
            #expect(expected.count > 30)
            let image = try bench.image()
            var compared = 0
            for (table, rows) in image.withoutJournal.rows {
                if ["django_migrations", "django_content_type", "auth_permission"].contains(table) { continue }
                let kept = (image.columns[table] ?? []).enumerated().filter { _, column in
                    !(Self.touchedByExport.contains(table) && ["pending_changes", "updated"].contains(column))
                }.map(\.offset)
                let chosen = kept.firstIndex { image.columns[table]?[$0] == Self.chosenAtExport[table] }
                func comparable(_ row: [String]) -> [String] {
                    row.enumerated().map { $0.offset == chosen ? "chosen at export" : $0.element }
                }
                let found = Set(rows.map { row in comparable(kept.map { row[$0] }) })
                let reference = try #require(expected[table], "\(table) is in the reference")
                #expect(found == Set(reference.map { comparable($0.map(literal)) }), "\(table)")
                compared += 1
            }
            #expect(compared == expected.count)
            #expect(image.danglingRows == 0)
        }
    }

    @Test("in every config, byte for byte, readable by the owner alone", arguments: editions)
    func configs(edition: String) throws {
        try withReference(edition) { bench, _ in
            let expected = try FileManager.default.contentsOfDirectory(atPath: Self.folder(edition) + "/wireguard")
                .sorted()
            #expect(try bench.configNames() == expected)
            for name in expected {
                #expect(
                    try Data(contentsOf: URL(fileURLWithPath: bench.wireguard + "/" + name))
                        == Data(contentsOf: URL(fileURLWithPath: Self.folder(edition) + "/wireguard/" + name)),
                    "\(name)")
                let attributes = try FileManager.default.attributesOfItem(atPath: bench.wireguard + "/" + name)
                #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
            }
        }
    }

    @Test("and answers as the endpoint did, with the real identifiers")
    func responses() throws {
        // The later edition has no such endpoint any more.
        try withReference("2025") { bench, finished in
            let recorded = try #require(try json("responses.json", of: "2025") as? [[String: Any]])
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
        let queue = try DatabaseQueue(path: Self.folder("2025") + "/before.sqlite3", configuration: configuration)
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
