import Foundation
import GRDB
import SamplePlane
import Support

/// Puts single rows into a database, with values that do not matter where a test does not give them.
package struct SmallControlPlane {
    /// The rows of one account.
    package struct Account: Sendable {
        package var email: String
        package var instance: String
        package var peers: [String]
        package var group: String
        package var user: Int64
        package var acl: String
        package var session: String
    }

    package let db: Database

    package init(db: Database) { self.db = db }

    /// A whole account: an instance with peers, the group, and a user with an ACL, a token and a session.
    @discardableResult
    package func account(_ email: String, peers count: Int = 1, level: Int = 20) throws -> Account {
        let instance = try instance(email)
        let peers = try (0..<count).map { _ in try peer(of: instance) }
        let group = try group(email + "_group", peers: peers, instances: [instance])
        let user = try user(email)
        let acl = try acl(of: user, level: level, groups: [group])
        try insert("user_manager_authenticationtoken", ["uuid": uuid(), "user_id": user])
        let session = try session(of: user)
        return Account(
            email: email, instance: instance, peers: peers, group: group, user: user, acl: acl, session: session)
    }

    /// A valid key, always the same for a number.
    package static func privateKey(_ number: Int) -> String {
        Data(repeating: UInt8(truncatingIfNeeded: number), count: 32).base64EncodedString()
    }

    @discardableResult
    package func instance(_ name: String?, _ values: [String: (any DatabaseValueConvertible)?] = [:]) throws -> String {
        let number =
            try Int.fetchOne(
                db, sql: "SELECT coalesce(max(instance_id), 0) + 1 FROM wireguard_wireguardinstance") ?? 1
        let key = uuid()
        var row: [String: (any DatabaseValueConvertible)?] = [
            "name": name, "instance_id": number, "private_key": Self.privateKey(number), "hostname": "vpn.example.com",
            "listen_port": 20_000 + number, "address": "10.0.\(number).1", "netmask": 24, "post_up": "",
            "post_down": "", "uuid": key, "public_key": "PUBLIC\(number)=", "pending_changes": 0,
            "peer_list_refresh_interval": 10, "legacy_firewall": 0,
        ]
        for flag in ["allow_peer_to_peer", "enforce_route_policy", "bandwidth_limit_enabled", "bandwidth_limit_mbps"]
        where try has(flag, in: "wireguard_wireguardinstance") { row[flag] = 0 }
        try insert("wireguard_wireguardinstance", row.merging(values) { $1 })
        return key
    }

    /// The UUIDs of the peers of an account's instances, in the order in which they were made.
    package func peers(of email: String) throws -> [String] {
        try String.fetchAll(
            db,
            sql: """
                SELECT peer.uuid FROM wireguard_peer AS peer JOIN wireguard_wireguardinstance AS instance
                ON instance.uuid = peer.wireguard_instance_id WHERE instance.name = ? ORDER BY peer.rowid
                """, arguments: [email])
    }

    @discardableResult
    package func peer(
        of instance: String, address: String? = "10.0.0.9", _ values: [String: (any DatabaseValueConvertible)?] = [:]
    ) throws -> String {
        let key = uuid()
        var row: [String: (any DatabaseValueConvertible)?] = [
            "name": "device", "public_key": "PEER=", "pre_shared_key": "", "persistent_keepalive": 25, "uuid": key,
            "wireguard_instance_id": instance, "sort_order": 0,
        ]
        for flag in ["suspended", "disabled_by_schedule"] where try has(flag, in: "wireguard_peer") { row[flag] = 0 }
        try insert("wireguard_peer", row.merging(values) { $1 })
        if let address { try allowedIP(address, 32, of: key) }
        try insert("wireguard_peerstatus", ["transfer_rx": 1, "transfer_tx": 2, "uuid": uuid(), "peer_id": key])
        return key
    }

    package func allowedIP(
        _ address: String, _ netmask: Int, priority: Int = 0, file: String = "server", of peer: String
    )
        throws
    {
        try insert(
            "wireguard_peerallowedip",
            [
                "priority": priority, "allowed_ip": address, "netmask": netmask, "uuid": uuid(), "peer_id": peer,
                "config_file": file,
            ])
    }

    @discardableResult
    package func group(_ name: String, peers: [String] = [], instances: [String] = []) throws -> String {
        let key = uuid()
        try insert("wireguard_peergroup", ["name": name, "uuid": key])
        for peer in peers { try insert("wireguard_peergroup_peer", ["peergroup_id": key, "peer_id": peer]) }
        for instance in instances {
            try insert(
                "wireguard_peergroup_server_instance", ["peergroup_id": key, "wireguardinstance_id": instance])
        }
        return key
    }

    @discardableResult
    package func user(_ email: String, isSuperuser: Bool = false, isStaff: Bool = false) throws -> Int64 {
        try insert(
            "auth_user",
            [
                "password": "!", "is_superuser": isSuperuser, "username": uuid(), "last_name": "", "email": email,
                "is_staff": isStaff, "is_active": 1, "date_joined": "2026-01-01 00:00:00", "first_name": "",
            ])
        return db.lastInsertedRowID
    }

    @discardableResult
    package func acl(of user: Int64, level: Int, groups: [String] = []) throws -> String {
        let key = uuid()
        try insert(
            "user_manager_useracl",
            [
                "user_level": level, "user_id": user, "uuid": key, "enable_console": 1, "enable_enhanced_filter": 0,
                "enable_reload": 1, "enable_restart": 1,
            ])
        for group in groups {
            try insert("user_manager_useracl_peer_groups", ["useracl_id": key, "peergroup_id": group])
        }
        return key
    }

    /// The key of a new login session.
    @discardableResult
    package func session(of user: Int64) throws -> String {
        let key = String(uuid())
        var random = SplitMix64(seed: UInt64(user))
        let session = SampleSession(owner: user, stranger: user + 1, using: &random)
        try insert(
            "django_session",
            [
                "session_key": key, "session_data": session.encoded(at: UTCTime(seconds: 0), using: &random),
                "expire_date": "2027-01-01 00:00:00",
            ])
        return key
    }

    @discardableResult
    package func rule(
        sources: [String] = [], destinations: [String] = [], sourceIP: String? = nil, destinationIP: String? = nil,
        negated: Set<String> = [], action: String = "accept", chain: String = "forward"
    ) throws -> String {
        let key = uuid()
        var row: [String: (any DatabaseValueConvertible)?] = [
            "source_ip": sourceIP, "source_netmask": 32, "source_peer_include_networks": 0,
            "destination_ip": destinationIP,
            "destination_netmask": 32, "destination_peer_include_networks": 0, "rule_action": action,
            "sort_order": 0, "uuid": key, "firewall_chain": chain,
        ]
        for flag in ["source", "destination", "state"] { row["not_\(flag)"] = negated.contains(flag) ? 1 : 0 }
        for state in ["new", "related", "established", "invalid", "untracked"] { row["state_\(state)"] = 0 }
        try insert("firewall_firewallrule", row)
        for peer in sources {
            try insert("firewall_firewallrule_source_peer", ["firewallrule_id": key, "peer_id": peer])
        }
        for peer in destinations {
            try insert("firewall_firewallrule_destination_peer", ["firewallrule_id": key, "peer_id": peer])
        }
        return key
    }

    @discardableResult
    package func redirect(
        port: Int, of instance: String?, to peer: String?, address: String? = nil, transport: String = "tcp",
        forward: Bool = false, masquerade: Bool = false
    ) throws -> String {
        let key = uuid()
        try insert(
            "firewall_redirectrule",
            [
                "protocol": transport, "port": port, "add_forward_rule": forward, "ip_address": address, "uuid": key,
                "peer_id": peer, "wireguard_instance_id": instance, "masquerade_source": masquerade,
            ])
        return key
    }

    private func has(_ column: String, in table: String) throws -> Bool {
        try db.columns(in: table).contains { $0.name == column }
    }

    /// One row with these values, and with something in every other column that needs a value.
    package func fill(_ table: String, _ values: [String: (any DatabaseValueConvertible)?]) throws {
        var row = values
        for column in try Row.fetchAll(
            db, sql: "SELECT name, type FROM pragma_table_info(?) WHERE \"notnull\" AND NOT pk AND dflt_value IS NULL",
            arguments: [table])
        {
            let (name, type): (String, String) = (column[0], column[1])
            guard row[name] == nil else { continue }
            row[name] =
                name == "uuid" || name == "token"
                ? uuid() : type.contains("char") || type.contains("text") || type.contains("date") ? "" : 0
        }
        try insert(table, row)
    }

    /// One row; `created` and `updated` are filled in where the table has them.
    package func insert(_ table: String, _ values: [String: (any DatabaseValueConvertible)?]) throws {
        var row = values
        for name in try db.columns(in: table).map(\.name) where ["created", "updated"].contains(name) {
            row[name] = row[name] ?? "2026-01-01 00:00:00"
        }
        let names = row.keys.sorted()
        try db.execute(
            sql: """
                INSERT INTO \(table) (\(names.map { "\"\($0)\"" }.joined(separator: ", ")))
                VALUES (\(names.map { _ in "?" }.joined(separator: ", ")))
                """, arguments: StatementArguments(names.map { row[$0] ?? nil }))
    }

    /// As the application stores one: 32 hex digits.
    package func uuid() -> String { Self.newUUID() }

    package static func newUUID() -> String { UUID().uuidString.replacing("-", with: "").lowercased() }
}

extension String {
    /// As people write a UUID; computed apart from the program's own.
    package var withHyphens: String {
        UUID(
            uuidString: [(0, 8), (8, 4), (12, 4), (16, 4), (20, 12)].map { dropFirst($0.0).prefix($0.1) }
                .joined(separator: "-"))?.uuidString.lowercased() ?? self
    }
}
