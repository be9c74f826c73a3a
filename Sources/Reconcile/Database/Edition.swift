/// A generation of the application's schema. What differs between them is told here and nowhere else: by which columns
/// each is known, what it has to have, and how it writes its configs. Its additions to the cascade stand in
/// ``Cascade`` beside the others, where a table or column that is not there is passed over.
enum Edition: String, CaseIterable, Sendable {
    /// As the application was when the removal endpoint was written.
    case of2025
    /// With routing templates, schedules, API keys, and peers that are suspended or disabled.
    case of2026

    /// Columns that this edition has and no other, as `table.column`.
    var marks: [String] {
        switch self {
        case .of2025: ["wireguard_wireguardinstance.allow_peer_to_peer"]
        case .of2026:
            [
                "wireguard_peer.suspended", "wireguard_peer.disabled_by_schedule", "wireguard_peer.routing_template_id",
                "firewall_firewallsettings.instance_to_execute_firewall_id",
                "routing_templates_routingtemplate.wireguard_instance_id",
            ]
        }
    }

    /// How the application writes the WireGuard configs.
    var configLayout: ConfigLayout {
        switch self {
        case .of2025:
            ConfigLayout(
                keepsEmptyCommands: true, namesPeers: false, leavesOutSuspendedPeers: false,
                commentsOutPeersWithoutAllowedIPs: false, firewallRunner: .firstWithoutLegacyFirewall)
        case .of2026:
            ConfigLayout(
                keepsEmptyCommands: false, namesPeers: true, leavesOutSuspendedPeers: true,
                commentsOutPeersWithoutAllowedIPs: true, firewallRunner: .chosenInSettings)
        }
    }
}

extension Edition {
    /// Why a database is of no edition that is known.
    struct Unrecognised: Error {
        var missing: [String] = []
        /// Columns of an edition that decide who may connect, in a database that is not wholly of that edition. A program
        /// that did not look at them would write a suspended peer into a config.
        var unknown: [String] = []
    }

    /// Recognises the edition by its tables and columns.
    ///
    /// - Parameter columns: of every table; names in lower case.
    init(ofTables columns: [String: Set<String>]) throws(Unrecognised) {
        func isThere(_ name: String) -> Bool {
            let parts = name.split(separator: ".")
            return columns[String(parts[0])]?.contains(String(parts[1])) == true
        }
        // A later edition is told by any of its marks, so that a database half-way between two is of neither.
        let edition = Edition.allCases.last { $0.marks.contains(where: isThere) } ?? .of2025
        var flaw = Unrecognised()
        for (table, needed) in Self.needed.sorted(by: { $0.key < $1.key }) {
            guard columns[table] != nil else {
                flaw.missing.append("table \(table)")
                continue
            }
            flaw.missing += needed.filter { !isThere("\(table).\($0)") }.map { "column \(table).\($0)" }
        }
        flaw.missing += edition.marks.filter { !isThere($0) }.map { "column \($0)" }
        for other in Edition.allCases where other != edition {
            flaw.unknown += other.marks.filter(isThere).map { "column \($0)" }
        }
        guard flaw.missing.isEmpty, flaw.unknown.isEmpty else { throw flaw }
        self = edition
    }

    /// What every edition has and this program reads or deletes from.
    private static let needed: [String: [String]] = [
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
            "uuid", "name", "public_key", "pre_shared_key", "persistent_keepalive", "wireguard_instance_id",
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
