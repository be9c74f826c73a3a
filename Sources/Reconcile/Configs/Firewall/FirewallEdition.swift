/// Where the packet filters of the editions differ. Nothing else of the filter asks for the edition.
struct FirewallEdition: Sendable {
    /// Chains that the application calls its own, in the table `filter`.
    var filterChains: [FirewallWord]
    /// What the built-in chains begin with, first rule first.
    var hooks: [Hook]
    /// Rules at the beginning of WGWADM_FORWARD.
    var forwardPreamble: [[FirewallWord]]
    /// Interfaces that may pass on between their own peers even though no instance in the database has them, as long as
    /// the setting allows it at all.
    var interfacesBesideInstances: Range<Int64>
    /// Peers whose routes are enforced.
    var enforcesRoutes: Bool
    /// What becomes of a default policy in `firewall_firewallsettings`.
    var policies: [String: Policy]

    struct Hook: Sendable {
        var table: FirewallWord
        var chain: FirewallWord
        var rule: [FirewallWord]
    }

    struct Policy: Sendable {
        /// The policy of FORWARD; nil leaves it as it is.
        var forward: FirewallWord?
        /// What traffic between peers gets that the settings do not allow.
        var denial: FirewallWord
    }

    /// The commands that make these the first rules of the table's built-in chains, the last one first.
    func hooks(_ table: FirewallWord) -> [FirewallTables.Line] {
        hooks.filter { $0.table == table }.reversed().map { .rule(["-I", $0.chain] + $0.rule) }
    }

    private static let established: [FirewallWord] = ["-m", "state", "--state", "RELATED,ESTABLISHED", "-j", "ACCEPT"]
    private static let natHooks = [
        Hook(table: "nat", chain: "POSTROUTING", rule: ["-j", "WGWADM_POSTROUTING"]),
        Hook(table: "nat", chain: "PREROUTING", rule: ["-j", "WGWADM_PREROUTING"]),
    ]

    init(_ edition: Edition) {
        switch edition {
        case .of2025:
            filterChains = ["WGWADM_FORWARD"]
            hooks = Self.natHooks + [Hook(table: "filter", chain: "FORWARD", rule: ["-j", "WGWADM_FORWARD"])]
            forwardPreamble = [Self.established]
            // Seen in the recordings: wg0 to wg9 have a second rule there, whether there is such an instance or not.
            interfacesBesideInstances = 0..<10
            enforcesRoutes = false
            // The application asks for a policy REJECT, which iptables does not know and refuses; FORWARD keeps the
            // policy that it had.
            policies = [
                "accept": Policy(forward: "ACCEPT", denial: "REJECT"),
                "drop": Policy(forward: "DROP", denial: "DROP"),
                "reject": Policy(forward: nil, denial: "REJECT"),
            ]
        case .of2026:
            filterChains = ["WGWADM_FORWARD", "WGWADM_ROUTE_POLICY"]
            hooks =
                Self.natHooks + [
                    // The application's own pages are not for customers.
                    Hook(
                        table: "filter", chain: "INPUT",
                        rule: ["-i", "wg+", "-p", "tcp", "--dport", "8000", "-j", "REJECT"]),
                    Hook(table: "filter", chain: "FORWARD", rule: Self.established),
                    Hook(table: "filter", chain: "FORWARD", rule: ["-i", "wg+", "-j", "WGWADM_ROUTE_POLICY"]),
                    Hook(table: "filter", chain: "FORWARD", rule: ["-j", "WGWADM_FORWARD"]),
                ]
            forwardPreamble = []
            interfacesBesideInstances = 0..<0
            enforcesRoutes = true
            // This edition turns `reject` into `drop`, and drops whatever the policy is.
            policies = [
                "accept": Policy(forward: "ACCEPT", denial: "DROP"),
                "drop": Policy(forward: "DROP", denial: "DROP"),
                "reject": Policy(forward: "DROP", denial: "DROP"),
            ]
        }
    }
}
