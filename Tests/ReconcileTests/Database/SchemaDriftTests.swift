import Foundation
import GRDB
import TestSupport
import Testing

@testable import ControlPlane
@testable import Journal
@testable import Reconcile
@testable import Report
@testable import Support
@testable import WireGuard

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
        try SchemaFixture.tables(db).flatMap { table in
            try [.dropped(table: table)] + db.columns(in: table).map { .renamed(column: $0.name, of: table) }
        }
    }

    /// What a database is refused for that differs from the recorded one in this alone; nil where it is not refused.
    private func refusal(
        after change: String, accepting accepted: Set<AcceptedColumn> = [], _ db: Database
    ) throws -> DatabaseFailure? {
        var refusal: DatabaseFailure?
        try db.inSavepoint {
            try db.execute(sql: change)
            do { _ = try ControlPlaneSchema(of: db, at: "it", accepting: accepted) } catch let failure
                as DatabaseFailure
            {
                refusal = failure
            }
            return .rollback
        }
        return refusal
    }

    private static let isLong = ProcessInfo.processInfo.environment["WG_RECONCILE_LONG_TESTS"] == "1"

    @Test("is refused by name, or does no harm", arguments: SchemaFixture.allCases)
    func everyTableAndColumn(fixture: SchemaFixture) throws {
        try withBench { original in
            try SchemaFixture.fill(original, fixture)
            let known = Set(ApplicationTable.all.map(\.name))
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

    @Test("is refused where a column more might decide who connects or what passes", arguments: SchemaFixture.allCases)
    func columnMore(fixture: SchemaFixture) throws {
        try withBench { bench in
            try SchemaFixture.fill(bench, fixture)
            try bench.work { plane in
                var guarded: [String] = []
                for table in try SchemaFixture.tables(plane.db) {
                    for column in ["blocked bool NOT NULL DEFAULT 1", "blocked AS (1)"] {
                        let refusal = try refusal(after: "ALTER TABLE \(table) ADD COLUMN \(column)", plane.db)
                        guard let refusal else { continue }
                        #expect(refusal.description.contains("; unknown: column \(table).blocked; the nearest known"))
                        #expect(refusal.hint.hasSuffix(": --accept-column \(table).blocked"))
                        guarded.append(table)
                        let blocked = try #require(AcceptedColumn("\(table).Blocked"))
                        let accepted = "ALTER TABLE \(table) ADD COLUMN \(column)"
                        #expect(try self.refusal(after: accepted, accepting: [blocked], plane.db) == nil)
                    }
                }
                let tables = [
                    "api_v2_apikey_allowed_instances", "firewall_firewallrule",
                    "firewall_firewallrule_destination_peer",
                    "firewall_firewallrule_source_peer", "firewall_firewallsettings", "firewall_redirectrule",
                    "routing_templates_routingtemplate", "scheduler_peerscheduling", "scheduler_scheduleprofile",
                    "scheduler_scheduleslot", "user_manager_useracl", "user_manager_useracl_peer_groups",
                    "wireguard_peer",
                    "wireguard_peerallowedip", "wireguard_peergroup", "wireguard_peergroup_peer",
                    "wireguard_peergroup_server_instance", "wireguard_webadminsettings", "wireguard_wireguardinstance",
                ].filter { name in
                    fixture == .of2026 || !["routing", "api", "scheduler"].contains(where: name.hasPrefix)
                }
                #expect(guarded == tables.flatMap { [$0, $0] })
            }
        }
    }

    @Test("is refused where something is renamed, or where a table that others need is gone")
    func refused() throws {
        for (fixture, change, missing, unknown) in [
            (
                SchemaFixture.of2026, "ALTER TABLE wireguard_peer RENAME COLUMN suspended TO stopped", [],
                ["wireguard_peer.stopped"]
            ),
            (
                .of2026, "DROP TABLE routing_templates_routingtemplate",
                ["table routing_templates_routingtemplate, to which wireguard_peer refers"], []
            ),
            (.of2025, "DROP TABLE auth_group", ["table auth_group, to which auth_user_groups refers"], []),
            (.of2025, "DROP TABLE wireguard_peerallowedip", ["table wireguard_peerallowedip"], []),
        ] as [(SchemaFixture, String, [String], [String])] {
            try withBench { bench in
                try SchemaFixture.fill(bench, fixture)
                try bench.work { plane in
                    guard case .unknownSchema(let schema)? = try refusal(after: change, plane.db)?.reason else {
                        Issue.record("\(change) is accepted")
                        return
                    }
                    #expect(schema.difference.missing == missing)
                    #expect(schema.difference.unknown.map(\.description) == unknown)
                }
            }
        }
    }

    @Test(
        "is refused where a schedule or a cluster is there and not the column or table that says who is switched off or told",
        arguments: [
            (
                "upstream-2026-01-28-d3033d3", "ALTER TABLE wireguard_peer DROP COLUMN enabled_by_schedule",
                "missing: column wireguard_peer.disabled_by_schedule"
            ),
            (
                "upstream-2026-01-27-20d5387", "CREATE TABLE scheduler_peerscheduling (peer_id)",
                "missing: column wireguard_peer.disabled_by_schedule"
            ),
            (
                "upstream-2026-02-09-a7985ba", "DROP TABLE cluster_clustersettings",
                "missing: table cluster_clustersettings"
            ),
            (
                "fork-2025-10-14-ded07b1", "CREATE TABLE cluster_worker (id, name, enabled)",
                "missing: table cluster_clustersettings, table cluster_workerstatus"
            ),
            (
                "upstream-2026-02-09-a7985ba", "ALTER TABLE cluster_clustersettings DROP COLUMN enabled",
                "missing: column cluster_clustersettings.enabled"
            ),
            (
                "upstream-2025-08-14-0f5dda6", "ALTER TABLE cluster_clustersettings DROP COLUMN config_version",
                "missing: column cluster_clustersettings.config_version"
            ),
        ])
    func halfGone(state: String, change: String, says: String) throws {
        try withBench { bench in
            try StateSchema(state).create(at: bench.database)
            try bench.work { plane in
                let refusal = try refusal(after: change, plane.db)
                #expect(refusal?.cause.contains("; \(says);") == true, "\(refusal?.cause ?? "accepted")")
                #expect(refusal?.exitStatus == .databaseUnusable)
            }
        }
    }

    @Test(
        "is refused where two columns say in opposite words who is switched off; if that is accepted, the newer one decides"
    )
    func bothSchedules() throws {
        try withBench { bench in
            try StateSchema("upstream-2026-02-09-a7985ba").create(at: bench.database)
            try bench.work { plane in
                let change = "ALTER TABLE wireguard_peer ADD COLUMN enabled_by_schedule bool NOT NULL DEFAULT 0"
                let refusal = try refusal(after: change, plane.db)
                #expect(refusal?.cause.contains("; unknown: column wireguard_peer.enabled_by_schedule;") == true)
                let column = try #require(AcceptedColumn("wireguard_peer.enabled_by_schedule"))
                try plane.db.execute(sql: change)
                let schema = try ControlPlaneSchema(of: plane.db, at: "it", accepting: [column])
                #expect(
                    schema.capabilities.conditionsToConnect == [
                        "NOT peer.suspended", "NOT peer.disabled_by_schedule",
                    ])
            }
        }
    }

    @Test("is refused with a table more that the packet filter could come from, unless each of its columns is accepted")
    func tableMore() throws {
        try withBench { bench in
            try SchemaFixture.fill(bench, .of2026)
            try bench.work { plane in
                let change = "CREATE TABLE firewall_Zone (id INTEGER PRIMARY KEY, Blocked)"
                let refusal = try refusal(after: change, plane.db)
                #expect(
                    refusal?.cause.contains("; unknown: column firewall_zone.blocked, column firewall_zone.id;") == true
                )
                let columns = ["firewall_zone.id", "firewall_zone.blocked"].compactMap { AcceptedColumn($0) }
                #expect(try self.refusal(after: change, accepting: Set(columns), plane.db) == nil)
                #expect(try self.refusal(after: "CREATE TABLE dns_zone (id)", plane.db) == nil)
            }
        }
    }

    @Test("is refused with a table more that could decide who connects")
    func peerTableMore() throws {
        try withBench { bench in
            try SchemaFixture.fill(bench, .of2026)
            try bench.work { plane in
                for change in [
                    "CREATE TABLE wireguard_peerban (peer_id REFERENCES wireguard_peer (uuid))",
                    "CREATE TABLE wireguard_peerban (peer_id)",
                ] {
                    let refusal = try refusal(after: change, plane.db)
                    #expect(refusal?.cause.contains("; unknown: column wireguard_peerban.peer_id;") == true)
                    let column = try #require(AcceptedColumn("wireguard_peerban.peer_id"))
                    #expect(try self.refusal(after: change, accepting: [column], plane.db) == nil)
                }
            }
        }
    }

    @Test("is told apart from the known state that it comes closest to")
    func nearest() throws {
        try withBench { bench in
            try SchemaFixture.fill(bench, .of2026)
            try bench.work { plane in
                let refusal = try refusal(
                    after: """
                        ALTER TABLE wireguard_peer RENAME COLUMN suspended TO stopped;
                        ALTER TABLE dns_dnssettings ADD COLUMN note;
                        DROP TABLE user_manager_authenticationtoken
                        """, plane.db)
                #expect(
                    refusal?.cause == """
                        it is not a database of wireguard_webadmin as this version knows it; missing: table \
                        user_manager_authenticationtoken; unknown: column wireguard_peer.stopped; the nearest known state \
                        is upstream-2026-03-24-09bb86d, of which this one lacks table user_manager_authenticationtoken, \
                        column wireguard_peer.suspended and has besides column dns_dnssettings.note, column \
                        wireguard_peer.stopped
                        """)
                #expect(refusal?.hint.contains("/usr/share/doc/wg-reconcile/articles/Supported-versions.md") == true)
            }
        }
    }
}
