import Foundation
import GRDB

/// The whole schema of a recorded database, as the application made it, and a small control plane in it.
package enum SchemaFixture: String, CaseIterable {
    /// Of `fixtures/reference`.
    case of2025 = "2025"
    case of2026 = "2026"

    /// Every statement that makes a table or an index, without rows.
    package static func schema(_ fixture: SchemaFixture) throws -> [String] {
        let name = fixture.rawValue
        var configuration = Configuration()
        configuration.readonly = true
        let original = try DatabaseQueue(
            path: Fixtures.path("reference/\(name)/before.sqlite3"), configuration: configuration)
        return try original.read { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite!_%' ESCAPE '!'
                    ORDER BY type = 'index'
                    """)
        }
    }

    package static func tables(_ db: Database) throws -> [String] {
        try String.fetchAll(
            db,
            sql: """
                SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY 1
                """)
    }

    /// Ann, who goes, with rows in whatever table a removal reaches, and Bob, who stays.
    package static func fill(_ bench: Bench, _ fixture: SchemaFixture) throws {
        let queue = try DatabaseQueue(path: bench.database)
        try queue.write { db in
            for statement in try schema(fixture) { try db.execute(sql: statement) }
        }
        try queue.close()
        try bench.work { plane in
            let ann = try plane.account("ann@example.com", peers: 2)
            let bob = try plane.account("bob@example.com")
            try plane.db.execute(
                sql: "UPDATE wireguard_wireguardinstance SET legacy_firewall = 1 WHERE instance_id = 2")
            try plane.rule(sources: ann.peers, destinations: bob.peers)
            try plane.redirect(port: 1, of: ann.instance, to: ann.peers[0])
            try plane.redirect(port: 2, of: bob.instance, to: ann.peers[1])
            try plane.redirect(port: 3, of: bob.instance, to: bob.peers[0])
            try plane.insert(
                "firewall_firewallsettings",
                [
                    "name": "global", "default_forward_policy": "accept", "default_output_policy": "accept",
                    "allow_peer_to_peer": 1, "allow_instance_to_instance": 1, "wan_interface": "eth0",
                    "pending_changes": 0,
                ])
            let tables = try Self.tables(plane.db)
            if tables.contains("account_emailaddress") {
                try plane.insert(
                    "account_emailaddress",
                    ["verified": 1, "primary": 1, "user_id": ann.user, "email": "ann@example.com"])
            }
            if fixture == .of2026 { try fillLaterTables(plane, ann) }
        }
    }

    private static func fillLaterTables(_ plane: SmallControlPlane, _ ann: SmallControlPlane.Account) throws {
        try plane.insert(
            "routing_templates_routingtemplate",
            [
                "default_template": 0, "name": "office", "route_type": "default", "allow_peer_custom_routes": 0,
                "uuid": plane.uuid(), "wireguard_instance_id": ann.instance, "enforce_route_policy": 1,
            ])
        try plane.db.execute(
            sql: "UPDATE wireguard_peer SET routing_template_id = 1 WHERE uuid = ?", arguments: [ann.peers[0]])
        try plane.insert("scheduler_peerscheduling", ["uuid": plane.uuid(), "peer_id": ann.peers[0]])
        try plane.db.execute(
            sql: "UPDATE firewall_firewallsettings SET instance_to_execute_firewall_id = ?", arguments: [ann.instance])
    }
}
