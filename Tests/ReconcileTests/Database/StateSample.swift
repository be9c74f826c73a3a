import GRDB
import TestSupport
import Testing

@testable import ControlPlane
@testable import SamplePlane
@testable import Support

/// The same small control plane in whatever tables and columns a state of the application has: Ann, who goes, with a row
/// of hers in every table that refers to an account; Bob, who stays; and Carl, who is limited to what is Ann's.
///
/// Rows and values for which a state has no place are left out.
struct StateSample {
    static let ann = "ann@example.com"

    /// Keys of Ann's rows, as they stand in columns that refer to them.
    private(set) var annsKeys: [String] = []
    /// The same of Bob's.
    private(set) var bobsKeys: [String] = []
    private(set) var annsUser: Int64 = 0
    /// Bob's public keys, by the column that stops this peer; "" for the peer that nothing stops.
    private(set) var bobsPeers: [String: String] = [:]
    private let plane: SmallControlPlane
    private let places: SchemaCapabilities

    /// Columns by which the application leaves a peer out of the config, and the value that does it.
    static let stops = [("suspended", 1), ("disabled_by_schedule", 1), ("enabled_by_schedule", 0)]

    init(in plane: SmallControlPlane) throws {
        self.plane = plane
        places = try SchemaCapabilities(reading: plane.db)
        try fill()
    }

    typealias Values = [String: (any DatabaseValueConvertible)?]

    /// Puts in a row, with what the table has of these columns, and something in every other that needs a value.
    ///
    /// - Returns: its row; nil where there is no such table.
    @discardableResult
    private func put(_ table: String, _ values: Values) throws -> Int64? {
        guard places.has(table) else { return nil }
        var row: Values = [:]
        for column in try Row.fetchAll(
            plane.db, sql: "SELECT name, type, \"notnull\", dflt_value IS NULL FROM pragma_table_info(?)",
            arguments: [table])
        {
            let name: String = column[0]
            if let value = values[name] {
                row[name] = value
            } else if column[2] as Bool, column[3] as Bool, name != "id" {
                row[name] = Self.filling(name, type: column[1])
            }
        }
        try plane.insert(table, row)
        return plane.db.lastInsertedRowID
    }

    private static func filling(_ column: String, type: String) -> any DatabaseValueConvertible {
        if column == "enabled_by_schedule" { return 1 }
        if column == "uuid" { return SmallControlPlane.newUUID() }
        if column == "extra_data" { return "{}" }
        if type.hasPrefix("datetime") { return "2026-01-01 00:00:00" }
        return type.hasPrefix("varchar") || type.hasPrefix("char") || type.hasPrefix("text") ? "" : 0
    }

    private mutating func fill() throws {
        let (ann, bob) = (plane.uuid(), plane.uuid())
        try putInstance(ann, 1, Self.ann)
        try putInstance(bob, 2, "bob@example.com")
        let template = try put(
            "routing_templates_routingtemplate",
            ["name": "office", "route_type": "default", "wireguard_instance_id": ann, "enforce_route_policy": 0])
        let (annsPeer, other) = (plane.uuid(), plane.uuid())
        try putPeer(annsPeer, of: ann, "ANN=", ["routing_template_id": template])
        try putPeer(other, of: ann, "ANNS OTHER=")
        var bobs: [String] = []
        for (column, value) in [("", 0)] + Self.stops
        where column.isEmpty || places.has("wireguard_peer", columns: [column]) {
            bobs.append(plane.uuid())
            bobsPeers[column] = "BOB\(column)="
            try putPeer(bobs[bobs.count - 1], of: bob, "BOB\(column)=", [column: value])
        }
        annsKeys = [ann, annsPeer, other]
        bobsKeys = [bob] + bobs
        try putUsers(ann: ann, annsPeer, bob: bob, bobs[0])
        try putFirewall(ann: ann, annsPeer, bob: bob, bobs[0])
        try putPeersThings(annsPeer, bobs[0])
    }

    private func putInstance(_ uuid: String, _ number: Int, _ name: String) throws {
        try put(
            "wireguard_wireguardinstance",
            [
                "name": name, "instance_id": number, "private_key": SmallControlPlane.privateKey(number),
                "hostname": "vpn.example.com", "listen_port": 20_000 + number, "address": "10.0.\(number).1",
                "netmask": 24, "uuid": uuid, "legacy_firewall": number == 2, "bandwidth_limit_mbps": 50,
            ])
    }

    private func putPeer(_ uuid: String, of instance: String, _ key: String, _ values: Values = [:]) throws {
        let row: Values = [
            "name": "device", "public_key": key, "persistent_keepalive": 25, "uuid": uuid,
            "wireguard_instance_id": instance, "hostname": "device",
        ]
        try put("wireguard_peer", row.merging(values) { $1 })
        try put(
            "wireguard_peerallowedip",
            [
                "priority": 0, "allowed_ip": "10.0.9.\(key.utf8.count)", "netmask": 32, "uuid": plane.uuid(),
                "peer_id": uuid, "config_file": "server",
            ])
        try put("wireguard_peerstatus", ["uuid": plane.uuid(), "peer_id": uuid])
    }

    /// What is a peer's alone, and may be there once for each.
    private func putPeersThings(_ peers: String...) throws {
        let profile = try put("scheduler_scheduleprofile", ["name": "nights"])
        for peer in peers {
            try put("vpn_invite_peerinvite", ["peer_id": peer])
            try put("scheduler_peerscheduling", ["peer_id": peer, "profile_id": profile])
            try put("dns_peerhostnamemapping", ["peer_id": peer, "hostname": "device"])
        }
    }

    private func putUser(_ email: String) throws -> Int64 {
        try #require(
            try put(
                "auth_user",
                ["username": email, "email": email, "is_active": 1, "date_joined": "2026-01-01 00:00:00"]))
    }

    private func putSession(of user: Int64) throws -> String {
        let key = plane.uuid()
        var random = SplitMix64(seed: UInt64(user))
        let session = SampleSession(owner: user, stranger: user + 1, using: &random)
        try put(
            "django_session",
            ["session_key": key, "session_data": session.encoded(at: UTCTime(seconds: 0), using: &random)])
        return key
    }

    private mutating func putUsers(ann: String, _ annsPeer: String, bob: String, _ bobsPeer: String) throws {
        let group = try put("auth_group", ["name": "customers"])
        let type = try put("django_content_type", ["app_label": "wireguard", "model": "peer"])
        let permission = try put("auth_permission", ["content_type_id": type, "codename": "view", "name": "view"])
        for (email, instance, peer) in [(Self.ann, ann, annsPeer), ("bob@example.com", bob, bobsPeer)] {
            let user = try putUser(email)
            if email == Self.ann { annsUser = user }
            let (acl, peerGroup) = (plane.uuid(), plane.uuid())
            try put("user_manager_useracl", ["uuid": acl, "user_id": user, "user_level": 20])
            try put("wireguard_peergroup", ["uuid": peerGroup, "name": email + "_group"])
            try put("wireguard_peergroup_peer", ["peergroup_id": peerGroup, "peer_id": peer])
            try put(
                "wireguard_peergroup_server_instance", ["peergroup_id": peerGroup, "wireguardinstance_id": instance])
            try put("user_manager_useracl_peer_groups", ["useracl_id": acl, "peergroup_id": peerGroup])
            try put("user_manager_authenticationtoken", ["uuid": plane.uuid(), "user_id": user])
            try put("auth_user_groups", ["user_id": user, "group_id": group])
            try put("auth_user_user_permissions", ["user_id": user, "permission_id": permission])
            try put("django_admin_log", ["user_id": user, "content_type_id": type, "action_flag": 1])
            let address = try put(
                "account_emailaddress", ["user_id": user, "email": email, "verified": 1, "primary": 1])
            try put("account_emailconfirmation", ["email_address_id": address, "key": email])
            let social = try put("socialaccount_socialaccount", ["user_id": user, "provider": "x", "uid": email])
            try put("socialaccount_socialtoken", ["account_id": social])
            let session = try putSession(of: user)
            let keys = [acl, session] + (places.hasPeerGroups ? [peerGroup] : [])
            if email == Self.ann { annsKeys += keys } else { bobsKeys += keys }
            let apiKey = try put("api_v2_apikey", ["name": email, "enabled": 1, "token": plane.uuid()])
            try put("api_v2_apikey_allowed_instances", ["apikey_id": apiKey, "wireguardinstance_id": instance])
            guard email == Self.ann else { continue }
            let carl = plane.uuid()
            try put(
                "user_manager_useracl",
                ["uuid": carl, "user_id": try putUser("carl@example.org"), "user_level": 30])
            try put("user_manager_useracl_peer_groups", ["useracl_id": carl, "peergroup_id": peerGroup])
        }
    }

    private mutating func putFirewall(ann: String, _ annsPeer: String, bob: String, _ bobsPeer: String) throws {
        for (sources, destinations) in [([annsPeer], [bobsPeer]), ([bobsPeer], [bobsPeer, annsPeer])] {
            let rule = plane.uuid()
            // With her peer the first loses its only source.
            if sources == [annsPeer] { annsKeys.append(rule) }
            try put("firewall_firewallrule", ["uuid": rule, "rule_action": "accept", "firewall_chain": "forward"])
            for peer in sources {
                try put("firewall_firewallrule_source_peer", ["firewallrule_id": rule, "peer_id": peer])
            }
            for peer in destinations {
                try put("firewall_firewallrule_destination_peer", ["firewallrule_id": rule, "peer_id": peer])
            }
        }
        for (port, instance, peer) in [(1, ann, annsPeer), (2, bob, annsPeer), (3, bob, bobsPeer)] {
            try put(
                "firewall_redirectrule",
                [
                    "uuid": plane.uuid(), "protocol": "tcp", "port": port, "peer_id": peer,
                    "wireguard_instance_id": instance,
                ])
        }
        try put(
            "firewall_firewallsettings",
            [
                "name": "global", "default_forward_policy": "accept", "default_output_policy": "accept",
                "allow_peer_to_peer": 1, "allow_instance_to_instance": 1, "wan_interface": "eth0",
                "instance_to_execute_firewall_id": ann,
            ])
    }
}
