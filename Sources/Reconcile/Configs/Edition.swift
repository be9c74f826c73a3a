/// How a release writes its configs and its packet filter.
enum Edition: String, CaseIterable, Sendable {
    case of2025
    case of2026

    init(of schema: SchemaCapabilities) {
        self = schema.has("wireguard_peer", columns: ["suspended"]) ? .of2026 : .of2025
    }

    var configLayout: ConfigLayout {
        switch self {
        case .of2025:
            ConfigLayout(
                keepsEmptyCommands: true, namesPeers: false, commentsOutPeersWithoutAllowedIPs: false,
                firewallRunner: .firstWithoutLegacyFirewall)
        case .of2026:
            ConfigLayout(
                keepsEmptyCommands: false, namesPeers: true, commentsOutPeersWithoutAllowedIPs: true,
                firewallRunner: .chosenInSettings)
        }
    }

    /// What is particular to the application's packet filter.
    var firewall: FirewallEdition {
        switch self {
        case .of2025: .of2025
        case .of2026: .of2026
        }
    }
}

extension FirewallEdition {
    fileprivate static let of2025 = FirewallEdition(
        filterChains: ["WGWADM_FORWARD"],
        hooks: FirewallEdition.natHooks + [
            FirewallEdition.Hook(table: "filter", chain: "FORWARD", rule: ["-j", "WGWADM_FORWARD"])
        ],
        forwardPreamble: [FirewallEdition.established],
        // Seen in the recordings: wg0 to wg9 have a second rule there, whether there is such an instance or not.
        interfacesBesideInstances: 0..<10,
        enforcesRoutes: false,
        // The application asks for a policy REJECT, which iptables does not know and refuses; FORWARD keeps the
        // policy that it had.
        policies: [
            "accept": FirewallEdition.Policy(forward: "ACCEPT", denial: "REJECT"),
            "drop": FirewallEdition.Policy(forward: "DROP", denial: "DROP"),
            "reject": FirewallEdition.Policy(forward: nil, denial: "REJECT"),
        ])
    fileprivate static let of2026 = FirewallEdition(
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
        ])
}
