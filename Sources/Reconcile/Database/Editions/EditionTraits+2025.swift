extension EditionTraits {
    static let of2025 = EditionTraits(
        columns: ["wireguard_wireguardinstance": ["allow_peer_to_peer"]],
        tables: [],
        configLayout: ConfigLayout(
            keepsEmptyCommands: true, namesPeers: false, leavesOutSuspendedPeers: false,
            commentsOutPeersWithoutAllowedIPs: false, firewallRunner: .firstWithoutLegacyFirewall),
        firewall: FirewallEdition(
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
            ]))
}
