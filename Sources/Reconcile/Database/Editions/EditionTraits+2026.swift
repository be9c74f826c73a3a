extension EditionTraits {
    static let of2026 = EditionTraits(
        columns: [
            "firewall_firewallsettings": ["instance_to_execute_firewall_id"],
            "wireguard_peer": ["routing_template_id", "suspend_reason", "suspended", "disabled_by_schedule"],
            "wireguard_wireguardinstance": ["enforce_route_policy"],
        ],
        tables: [
            // The first releases of this edition had no API keys.
            ApplicationTable("api_v2_apikey_allowed_instances", .ifPresent, ["wireguardinstance_id"]),
            ApplicationTable(
                "routing_templates_routingtemplate", .exactly,
                [
                    "id", "default_template", "name", "route_type", "custom_routes", "allow_peer_custom_routes", "uuid",
                    "created", "updated", "wireguard_instance_id", "enforce_route_policy",
                ]),
            ApplicationTable("scheduler_peerscheduling", .atLeast, ["peer_id"]),
        ],
        configLayout: ConfigLayout(
            keepsEmptyCommands: false, namesPeers: true, leavesOutSuspendedPeers: true,
            commentsOutPeersWithoutAllowedIPs: true, firewallRunner: .chosenInSettings),
        firewall: FirewallEdition(
            filterChains: ["WGWADM_FORWARD", "WGWADM_ROUTE_POLICY"],
            hooks: FirewallEdition.natHooks + [
                // The application's own pages are not for customers.
                FirewallEdition.Hook(
                    table: "filter", chain: "INPUT",
                    rule: ["-i", "wg+", "-p", "tcp", "--dport", "8000", "-j", "REJECT"]),
                FirewallEdition.Hook(table: "filter", chain: "FORWARD", rule: FirewallEdition.established),
                FirewallEdition.Hook(
                    table: "filter", chain: "FORWARD", rule: ["-i", "wg+", "-j", "WGWADM_ROUTE_POLICY"]),
                FirewallEdition.Hook(table: "filter", chain: "FORWARD", rule: ["-j", "WGWADM_FORWARD"]),
            ],
            forwardPreamble: [],
            interfacesBesideInstances: 0..<0,
            enforcesRoutes: true,
            // This edition turns `reject` into `drop`, and drops whatever the policy is.
            policies: [
                "accept": FirewallEdition.Policy(forward: "ACCEPT", denial: "DROP"),
                "drop": FirewallEdition.Policy(forward: "DROP", denial: "DROP"),
                "reject": FirewallEdition.Policy(forward: "DROP", denial: "DROP"),
            ]))
}
