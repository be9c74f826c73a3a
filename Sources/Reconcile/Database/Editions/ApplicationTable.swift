/// A table of the application's, as far as this program has to know it.
struct ApplicationTable: Hashable, Sendable {
    /// What a database may have beyond the columns that stand here.
    enum Extent: Hashable, Sendable {
        /// Nothing. The table decides who may connect or what the packet filter lets through, so a column that this
        /// program does not look at could be the one that says no.
        case exactly
        /// Other columns, which are none of the program's business.
        case atLeast
        /// The same, and the table need not be there at all.
        case ifPresent
    }

    let name: String
    let extent: Extent
    private(set) var columns: [String]

    init(_ name: String, _ extent: Extent, _ columns: [String]) {
        self.name = name
        self.extent = extent
        self.columns = columns
    }

    func with(_ more: [String]) -> ApplicationTable { ApplicationTable(name, extent, columns + more) }
}

extension ApplicationTable {
    /// What every edition has. Of a table that is not known exactly, the columns are those that the program's SQL names.
    static let common = [
        ApplicationTable("account_emailaddress", .ifPresent, ["id", "user_id"]),
        ApplicationTable("account_emailconfirmation", .ifPresent, ["email_address_id"]),
        ApplicationTable(
            "auth_user", .atLeast, ["id", "username", "email", "is_superuser", "is_staff", "date_joined"]),
        ApplicationTable("auth_user_groups", .atLeast, ["user_id"]),
        ApplicationTable("auth_user_user_permissions", .atLeast, ["user_id"]),
        ApplicationTable("django_admin_log", .atLeast, ["user_id"]),
        ApplicationTable("django_session", .atLeast, ["session_key", "session_data"]),
        ApplicationTable(
            "firewall_firewallrule", .exactly,
            [
                "description", "in_interface", "out_interface", "source_ip", "source_netmask",
                "source_peer_include_networks", "not_source", "destination_ip", "destination_netmask",
                "destination_peer_include_networks", "not_destination", "protocol", "destination_port", "state_new",
                "state_related", "state_established", "state_invalid", "state_untracked", "not_state", "rule_action",
                "sort_order", "created", "updated", "uuid", "firewall_chain",
            ]),
        ApplicationTable(
            "firewall_firewallrule_destination_peer", .exactly, ["id", "firewallrule_id", "peer_id"]),
        ApplicationTable("firewall_firewallrule_source_peer", .exactly, ["id", "firewallrule_id", "peer_id"]),
        ApplicationTable(
            "firewall_firewallsettings", .exactly,
            [
                "id", "default_forward_policy", "default_output_policy", "allow_peer_to_peer",
                "allow_instance_to_instance", "wan_interface", "created", "updated", "pending_changes", "name",
                "last_firewall_reset",
            ]),
        ApplicationTable(
            "firewall_redirectrule", .exactly,
            [
                "description", "protocol", "port", "add_forward_rule", "ip_address", "created", "updated", "uuid",
                "peer_id", "wireguard_instance_id", "masquerade_source", "port_forward",
            ]),
        ApplicationTable("socialaccount_socialaccount", .ifPresent, ["id", "user_id"]),
        ApplicationTable("socialaccount_socialtoken", .ifPresent, ["account_id"]),
        ApplicationTable("user_manager_authenticationtoken", .atLeast, ["user_id"]),
        ApplicationTable("user_manager_useracl", .atLeast, ["uuid", "user_id", "user_level"]),
        ApplicationTable("user_manager_useracl_peer_groups", .atLeast, ["useracl_id", "peergroup_id"]),
        ApplicationTable("vpn_invite_peerinvite", .atLeast, ["peer_id"]),
        ApplicationTable(
            "wireguard_peer", .exactly,
            [
                "name", "public_key", "pre_shared_key", "persistent_keepalive", "created", "updated", "uuid",
                "wireguard_instance_id", "private_key", "sort_order",
            ]),
        ApplicationTable(
            "wireguard_peerallowedip", .exactly,
            ["priority", "allowed_ip", "netmask", "created", "updated", "uuid", "peer_id", "config_file"]),
        ApplicationTable("wireguard_peergroup", .atLeast, ["uuid", "name"]),
        ApplicationTable("wireguard_peergroup_peer", .atLeast, ["peergroup_id", "peer_id"]),
        ApplicationTable(
            "wireguard_peergroup_server_instance", .atLeast, ["peergroup_id", "wireguardinstance_id"]),
        ApplicationTable("wireguard_peerstatus", .atLeast, ["peer_id"]),
        ApplicationTable(
            "wireguard_wireguardinstance", .exactly,
            [
                "name", "instance_id", "private_key", "hostname", "listen_port", "address", "netmask", "post_up",
                "post_down", "created", "updated", "uuid", "public_key", "pending_changes",
                "peer_list_refresh_interval", "dns_primary", "dns_secondary", "legacy_firewall",
            ]),
    ]
}
