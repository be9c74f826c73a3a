import Foundation
import GRDB
import Testing

@testable import Reconcile

/// The application is updated without asking this program. Whatever becomes of a table or a column, the database is
/// refused before anything is removed, or a run on it does all that a run has to do.
@Suite("A schema that has drifted")
struct SchemaDriftTests {
    enum Change: Hashable, CustomStringConvertible {
        case dropped(table: String)
        case renamed(column: String, of: String)

        var table: String {
            switch self {
            case .dropped(let table), .renamed(_, let table): table
            }
        }

        var sql: String {
            switch self {
            case .dropped(let table): "DROP TABLE \(table)"
            case .renamed(let column, let table):
                "ALTER TABLE \(table) RENAME COLUMN \"\(column)\" TO \"\(column)_new\""
            }
        }

        /// As the message names it.
        var description: String {
            switch self {
            case .dropped(let table): "table \(table)"
            case .renamed(let column, let table): "column \(table).\(column)"
            }
        }
    }

    /// Every table dropped, and every column renamed, each by itself.
    private func changes(_ db: Database) throws -> [Change] {
        try EditionFixture.tables(db).flatMap { table in
            try [.dropped(table: table)] + db.columns(in: table).map { .renamed(column: $0.name, of: table) }
        }
    }

    /// What a database is refused for that differs from the edition in this alone; nil where it is not refused.
    private func refusal(after change: String, _ db: Database) throws -> DatabaseFailure? {
        var refusal: DatabaseFailure?
        try db.inSavepoint {
            try db.execute(sql: change)
            do { _ = try ControlPlaneSchema(of: db, at: "it") } catch let failure as DatabaseFailure {
                refusal = failure
            }
            return .rollback
        }
        return refusal
    }

    private static let isLong = ProcessInfo.processInfo.environment["WG_RECONCILE_LONG_TESTS"] == "1"

    @Test("is refused by name, or does no harm", arguments: Edition.allCases)
    func everyTableAndColumn(edition: Edition) throws {
        try withBench { original in
            try EditionFixture.fill(original, edition)
            let known = Set(edition.tables.map(\.name))
            let (refused, accepted) = try original.work { plane in
                let changes = try changes(plane.db)
                var accepted: [Change] = []
                for change in changes {
                    // A column of a table that the program never names is tried in a run alone.
                    if case .renamed(_, let table) = change, !known.contains(table) {
                        accepted.append(change)
                        continue
                    }
                    guard let refusal = try refusal(after: change.sql, plane.db) else {
                        accepted.append(change)
                        continue
                    }
                    #expect(refusal.exitStatus == .databaseUnusable)
                    #expect(refusal.description.contains(change.description), "\(refusal)")
                }
                return (changes.count - accepted.count, accepted)
            }
            #expect(refused > 100)
            #expect(accepted.count > 150)
            for changes in runs(of: accepted, known) { try expectWholeRun(on: original, after: changes) }
        }
    }

    /// A run after several changes at once shows that none of what they took away is needed. The long tests give each
    /// change a run of its own.
    private func runs(of changes: [Change], _ known: Set<String>) -> [[Change]] {
        if Self.isLong { return changes.map { [$0] } }
        let drops = changes.filter { if case .dropped = $0 { true } else { false } }
        let optional = drops.filter { known.contains($0.table) }
        return [changes.filter { !drops.contains($0) }, drops.filter { !optional.contains($0) }] + optional.map { [$0] }
    }

    private func expectWholeRun(on original: Bench, after changes: [Change]) throws {
        try withBench { bench in
            try FileManager.default.copyItem(atPath: original.database, toPath: bench.database)
            try bench.put("", at: "wg1.conf")
            for change in changes { try bench.execute(change.sql) }
            let finished = try bench.run(["ann@example.com"])
            #expect(finished.exitStatus == .success, "\(changes)")
            #expect(finished.outcomes == [.removed], "\(changes)")
            #expect(finished.record.configs.regenerated, "\(changes)")
            #expect(finished.record.configs.firewallWritten, "\(changes)")
            #expect(try bench.configNames() == ["wg2.conf"], "\(changes)")
        }
    }

    @Test("is refused where a column more might decide who connects or what passes", arguments: Edition.allCases)
    func columnMore(edition: Edition) throws {
        try withBench { bench in
            try EditionFixture.fill(bench, edition)
            try bench.work { plane in
                var exact: [String] = []
                for table in try EditionFixture.tables(plane.db) {
                    for column in ["blocked bool NOT NULL DEFAULT 1", "blocked AS (1)"] {
                        let refusal = try refusal(after: "ALTER TABLE \(table) ADD COLUMN \(column)", plane.db)
                        guard let refusal else { continue }
                        #expect(refusal.reason == .unknownSchema(missing: [], unknown: ["column \(table).blocked"]))
                        exact.append(table)
                    }
                }
                let tables = [
                    "firewall_firewallrule", "firewall_firewallrule_destination_peer",
                    "firewall_firewallrule_source_peer", "firewall_firewallsettings", "firewall_redirectrule",
                    "routing_templates_routingtemplate", "wireguard_peer", "wireguard_peerallowedip",
                    "wireguard_wireguardinstance",
                ].filter { edition == .of2026 || !$0.hasPrefix("routing") }
                #expect(exact == tables.flatMap { [$0, $0] })
            }
        }
    }

    @Test("is told apart from the edition that it comes closest to")
    func closestEdition() throws {
        for (edition, change, missing, unknown) in [
            (
                Edition.of2025, "ALTER TABLE wireguard_peer ADD COLUMN suspended bool NOT NULL DEFAULT 0", [],
                ["column wireguard_peer.suspended"]
            ),
            (
                .of2026, "ALTER TABLE wireguard_peer RENAME COLUMN disabled_by_schedule TO enabled_by_schedule",
                ["column wireguard_peer.disabled_by_schedule"], ["column wireguard_peer.enabled_by_schedule"]
            ),
            (
                .of2026, "DROP TABLE routing_templates_routingtemplate", ["table routing_templates_routingtemplate"], []
            ),
            (.of2025, "DROP TABLE auth_group", ["table auth_group, to which auth_user_groups refers"], []),
        ] {
            try withBench { bench in
                try EditionFixture.fill(bench, edition)
                try bench.work { plane in
                    let refusal = try refusal(after: change, plane.db)
                    #expect(refusal?.reason == .unknownSchema(missing: missing, unknown: unknown))
                }
            }
        }
    }

    @Test("is recognised as it is", arguments: Edition.allCases)
    func recognised(edition: Edition) throws {
        let queue = try DatabaseQueue()
        try queue.write { db in
            for statement in try EditionFixture.schema(edition) { try db.execute(sql: statement) }
            #expect(try ControlPlaneSchema(of: db, at: "it").edition == edition)
        }
    }
}
