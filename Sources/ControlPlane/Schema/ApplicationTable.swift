/// A table of the application, with the details that this program depends on.
struct ApplicationTable: Hashable, Sendable {
    let name: String
    /// Whether every release of the application has it. Other tables may be missing.
    let isRequired: Bool
    /// The columns that the table always has. For a table that is not guarded, only those that the program's SQL names.
    let columns: [String]
    /// The only other columns that it may have; some releases added or dropped them. nil if any other column is
    /// allowed.
    ///
    /// A table with such a list is guarded: it decides who may connect, what the packet filter lets through, or whether
    /// an empty relation means everything. A column that this program does not know might be the one that denies
    /// access.
    let optionalColumns: [String]?

    private init(_ name: String, isRequired: Bool, _ columns: [String], optional: [String]?) {
        self.name = name
        self.isRequired = isRequired
        self.columns = columns
        self.optionalColumns = optional
    }

    private static func required(_ name: String, _ columns: [String]) -> Self {
        ApplicationTable(name, isRequired: true, columns, optional: nil)
    }

    private static func optional(_ name: String, _ columns: [String]) -> Self {
        ApplicationTable(name, isRequired: false, columns, optional: nil)
    }

    private static func guarded(_ name: String, _ columns: [String], optional: [String] = []) -> Self {
        ApplicationTable(name, isRequired: true, columns, optional: optional)
    }

    private static func guardedWherePresent(_ name: String, _ columns: [String], optional: [String] = []) -> Self {
        ApplicationTable(name, isRequired: false, columns, optional: optional)
    }

    /// A table that is guarded, with the columns that recorded states have as the only other ones.
    private static func recorded(_ name: String, isRequired: Bool = false, _ columns: [String]) -> Self {
        let others = KnownState.columns(of: name).subtracting(columns)
        return ApplicationTable(name, isRequired: isRequired, columns, optional: others.sorted())
    }
}

extension ApplicationTable {
    /// Name prefixes of the tables from which the application builds its configs and its packet filter. What this
    /// program writes would ignore a further table of this kind, so one that no known state has is refused.
    static let guardedPrefixes = ["firewall_", "routing_templates_", "wireguard_"]

    /// The tables of a cluster. Every state with a cluster has all of them.
    static let cluster = ["cluster_clustersettings", "cluster_worker", "cluster_workerstatus"]

    /// Every table that the program reads or writes, by name.
    static let all = [
        optional("account_emailaddress", ["id", "user_id"]),
        optional("account_emailconfirmation", ["email_address_id"]),
        guardedWherePresent("api_v2_apikey_allowed_instances", ["id", "apikey_id", "wireguardinstance_id"]),
        required("auth_user", ["id", "username", "email", "is_superuser", "is_staff", "date_joined"]),
        required("auth_user_groups", ["user_id"]),
        required("auth_user_user_permissions", ["user_id"]),
        optional("cluster_clustersettings", ["name", "enabled", "config_version", "primary_enable_wireguard"]),
        optional("cluster_worker", ["id", "name", "enabled"]),
        optional("cluster_workerstatus", ["worker_id", "config_version", "last_seen"]),
        required("django_admin_log", ["user_id"]),
        required("django_session", ["session_key", "session_data"]),
        optional("dns_peerhostnamemapping", ["peer_id"]),
        guarded(
            "firewall_firewallrule",
            [
                "description", "in_interface", "out_interface", "source_ip", "source_netmask",
                "source_peer_include_networks", "not_source", "destination_ip", "destination_netmask",
                "destination_peer_include_networks", "not_destination", "protocol", "destination_port", "state_new",
                "state_related", "state_established", "state_invalid", "state_untracked", "not_state", "rule_action",
                "sort_order", "created", "updated", "uuid", "firewall_chain",
            ]),
        guarded("firewall_firewallrule_destination_peer", ["id", "firewallrule_id", "peer_id"]),
        guarded("firewall_firewallrule_source_peer", ["id", "firewallrule_id", "peer_id"]),
        guarded(
            "firewall_firewallsettings",
            [
                "id", "default_forward_policy", "default_output_policy", "allow_peer_to_peer",
                "allow_instance_to_instance", "wan_interface", "created", "updated", "pending_changes", "name",
                "last_firewall_reset",
            ], optional: ["instance_to_execute_firewall_id"]),
        guarded(
            "firewall_redirectrule",
            [
                "description", "protocol", "port", "add_forward_rule", "ip_address", "created", "updated", "uuid",
                "peer_id", "wireguard_instance_id", "masquerade_source",
            ], optional: ["port_forward"]),
        guardedWherePresent(
            "routing_templates_routingtemplate",
            [
                "id", "default_template", "name", "route_type", "custom_routes", "allow_peer_custom_routes", "uuid",
                "created", "updated", "wireguard_instance_id",
            ], optional: ["enforce_route_policy"]),
        recorded("scheduler_peerscheduling", ["peer_id"]),
        recorded("scheduler_scheduleprofile", []),
        recorded("scheduler_scheduleslot", []),
        optional("socialaccount_socialaccount", ["id", "user_id"]),
        optional("socialaccount_socialtoken", ["account_id"]),
        required("user_manager_authenticationtoken", ["user_id"]),
        recorded("user_manager_useracl", isRequired: true, ["uuid", "user_id", "user_level"]),
        guardedWherePresent("user_manager_useracl_peer_groups", ["id", "useracl_id", "peergroup_id"]),
        optional("vpn_invite_peerinvite", ["peer_id"]),
        guarded(
            "wireguard_peer",
            [
                "name", "public_key", "pre_shared_key", "persistent_keepalive", "created", "updated", "uuid",
                "wireguard_instance_id", "private_key",
            ],
            optional: [
                "sort_order", "routing_template_id", "suspended", "suspend_reason", "disabled_by_schedule",
                "enabled_by_schedule",
                // A name for the fork's DNS.
                "hostname",
            ]),
        guarded(
            "wireguard_peerallowedip",
            ["priority", "allowed_ip", "netmask", "created", "updated", "uuid", "peer_id", "config_file"]),
        recorded("wireguard_peergroup", ["uuid", "name", "created", "updated"]),
        guardedWherePresent("wireguard_peergroup_peer", ["id", "peergroup_id", "peer_id"]),
        guardedWherePresent(
            "wireguard_peergroup_server_instance", ["id", "peergroup_id", "wireguardinstance_id"]),
        required("wireguard_peerstatus", ["peer_id"]),
        recorded("wireguard_webadminsettings", []),
        guarded(
            "wireguard_wireguardinstance",
            [
                "name", "instance_id", "private_key", "hostname", "listen_port", "address", "netmask", "post_up",
                "post_down", "created", "updated", "uuid", "public_key", "pending_changes",
                "peer_list_refresh_interval", "dns_primary", "dns_secondary", "legacy_firewall",
            ],
            optional: [
                "enforce_route_policy",
                // The fork's columns. They decide neither who may connect nor what passes.
                "bandwidth_limit_enabled", "bandwidth_limit_mbps",
                // No recorded export reads it. The setting of the same name in firewall_firewallsettings decides.
                "allow_peer_to_peer",
            ]),
    ]
}
