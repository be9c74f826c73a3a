import GRDB

/// What the database's tables say of themselves: which edition of wireguard_webadmin it is, which of the optional
/// tables it has, and which of its references this program does not know.
public struct ControlPlaneSchema: Sendable {
    /// A foreign key, from a column of a table to a column of another.
    struct Reference: Hashable, Sendable {
        var table: String
        var column: String
        var parentTable: String
        var parentColumn: String
    }

    /// A generation of the application's schema that this program knows.
    enum Edition: String, CaseIterable, Sendable {
        /// As the application was when the removal endpoint was written.
        case of2025
        /// With routing templates, schedules, API keys, and peers that are suspended or disabled.
        case of2026
    }

    let edition: Edition
    /// The names of all tables, lower case.
    let tables: Set<String>
    /// Foreign keys to tables that the cascade deletes from, in tables or columns that the cascade does not know.
    let unknownReferences: [Reference]

    func has(_ table: String) -> Bool { tables.contains(table) }

    /// - Throws: ``DatabaseFailure`` where a table or column that the removal needs is missing.
    init(of db: Database, at path: String) throws {
        let names = try String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        tables = Set(names.map { $0.lowercased() })

        edition = .of2025
        var missing: [String] = []
        for (table, columns) in Self.required.sorted(by: { $0.key < $1.key }) {
            guard tables.contains(table) else {
                missing.append("table \(table)")
                continue
            }
            let present = Set(try db.columns(in: table).map { $0.name.lowercased() })
            missing += columns.filter { !present.contains($0) }.map { "column \(table).\($0)" }
        }
        var unknown: [String] = []
        for (table, columns) in Self.foreign where tables.contains(table) {
            let present = Set(try db.columns(in: table).map { $0.name.lowercased() })
            unknown += columns.filter(present.contains).map { "column \(table).\($0)" }
        }
        guard missing.isEmpty, unknown.isEmpty else {
            throw DatabaseFailure(
                .unknownSchema(missing: missing, unknown: unknown), while: "use the database", on: path)
        }

        let parents = Cascade.deletedTables.intersection(tables)
        unknownReferences = try names.flatMap { try Self.references(from: $0, to: parents, db) }.filter { reference in
            !Cascade.knownReferences.contains("\(reference.table).\(reference.column)")
        }
    }

    private static func references(
        from table: String, to parents: Set<String>, _ db: Database
    ) throws -> [Reference] {
        let keys = try Row.fetchAll(
            db, sql: "SELECT \"table\", \"from\", \"to\", seq FROM pragma_foreign_key_list(?)", arguments: [table])
        return try keys.compactMap { key in
            // GRDB's `foreignKeys(on:)` throws where any table refers to one that is gone, which is no matter here.
            guard let parent = key.text(0)?.lowercased(), parents.contains(parent),
                let column = key.text(1), let position = key.integer(3)
            else { return nil }
            let primaryKey = try key.text(2) == nil ? db.primaryKey(parent).columns : []
            guard let parentColumn = key.text(2) ?? primaryKey.dropFirst(Int(position)).first else { return nil }
            return Reference(
                table: table.lowercased(), column: column.lowercased(), parentTable: parent,
                parentColumn: parentColumn.lowercased())
        }
    }

    /// Columns of later editions that decide who may connect. A program that does not look at them would write a
    /// suspended peer into a config, so a database that has them is refused.
    private static let foreign: [String: [String]] = [
        "wireguard_peer": ["suspended", "disabled_by_schedule"]
    ]

    /// What the 2025 edition has and this program reads or deletes from.
    private static let required: [String: [String]] = [
        "auth_user": ["id", "email", "is_superuser", "is_staff", "date_joined"],
        "auth_user_groups": ["user_id"],
        "auth_user_user_permissions": ["user_id"],
        "django_admin_log": ["user_id"],
        "django_session": ["session_key", "session_data"],
        "firewall_firewallrule": ["uuid", "source_ip", "destination_ip"],
        "firewall_firewallrule_destination_peer": ["firewallrule_id", "peer_id"],
        "firewall_firewallrule_source_peer": ["firewallrule_id", "peer_id"],
        "firewall_redirectrule": [
            "uuid", "protocol", "port", "add_forward_rule", "ip_address", "peer_id", "wireguard_instance_id",
            "masquerade_source",
        ],
        "user_manager_authenticationtoken": ["user_id"],
        "user_manager_useracl": ["uuid", "user_id", "user_level"],
        "user_manager_useracl_peer_groups": ["useracl_id", "peergroup_id"],
        "vpn_invite_peerinvite": ["peer_id"],
        "wireguard_peer": [
            "uuid", "public_key", "pre_shared_key", "persistent_keepalive", "wireguard_instance_id",
        ],
        "wireguard_peerallowedip": ["peer_id", "allowed_ip", "netmask", "priority", "config_file"],
        "wireguard_peergroup": ["uuid", "name"],
        "wireguard_peergroup_peer": ["peergroup_id", "peer_id"],
        "wireguard_peergroup_server_instance": ["peergroup_id", "wireguardinstance_id"],
        "wireguard_peerstatus": ["peer_id"],
        "wireguard_wireguardinstance": [
            "uuid", "name", "instance_id", "private_key", "listen_port", "address", "netmask", "post_up", "post_down",
            "legacy_firewall", "created",
        ],
    ]
}
