extension Generation {
    /// All known generations, the oldest first.
    static let all = [upTo9968, from9970, fork, from9972, from9973, from9974, from9975]

    static let upstream = [upTo9968, from9970, from9972, from9973, from9974, from9975]

    static let upTo9968 = Generation(
        name: "9968", releases: "releases up to 9968", marks: [], layout: .withEmptyCommands, firewall: .upTo9968)

    static let from9970 = Generation(
        name: "9970", releases: "releases 9970 and 9971",
        marks: [
            Mark(table: "cluster_clustersettings"), Mark(table: "api_wireguardstatuscache"),
            Mark(table: "routing_templates_routingtemplate"),
        ],
        layout: .withEmptyCommands, firewall: .from9970)

    /// Every release of the fork that has the removal endpoint.
    static let fork = Generation(
        name: "fork", releases: "the fork with the removal endpoint",
        marks: [
            Mark(table: "orders_paymenttoken"), Mark(table: "user_manager_cancelurl"),
            Mark(table: "wireguard_wireguardinstance", column: "bandwidth_limit_enabled"),
        ],
        layout: .ofFork, firewall: .fork)

    static let from9972 = Generation(
        name: "9972", releases: "release 9972",
        // Routing templates could enforce routes before peers had routing templates.
        marks: [Mark(table: "wireguard_peer", column: "routing_template_id")],
        layout: .withEmptyCommands, firewall: .from9972)

    static let from9973 = Generation(
        name: "9973", releases: "release 9973",
        marks: [Mark(table: "wireguard_wireguardinstance", column: "enforce_route_policy")],
        layout: .withEmptyCommands, firewall: .from9973)

    /// The filter is that of 9973, the configs are those of 9975.
    static let from9974 = Generation(
        name: "9974", releases: "release 9974",
        marks: [
            Mark(table: "wireguard_peer", column: "suspended"), Mark(table: "wireguard_peer", column: "suspend_reason"),
            Mark(table: "wireguard_peer", column: "disabled_by_schedule"),
            Mark(table: "wireguard_peer", column: "enabled_by_schedule"), Mark(table: "scheduler_peerscheduling"),
            Mark(table: "api_v2_apikey"),
        ],
        layout: .withComments, firewall: .from9973, suspendsPeers: true)

    static let from9975 = Generation(
        name: "9975", releases: "releases from 9975", marks: from9974.marks, layout: .withComments,
        firewall: .from9975, suspendsPeers: true)
}

extension FirewallTraits {
    fileprivate static let upTo9968 = FirewallTraits(
        filterChains: ["WGWADM_FORWARD"],
        hooks: natHooks + [Hook(table: "filter", chain: "FORWARD", rule: ["-j", "WGWADM_FORWARD"])],
        clientGuard: nil,
        forwardPreamble: [established],
        interfacesBesideInstances: 0..<0,
        routePolicy: nil,
        // The application sets the policy REJECT, which iptables does not know and refuses. FORWARD keeps the policy
        // that it had.
        policies: [
            "accept": Policy(forward: "ACCEPT", denial: "REJECT"),
            "drop": Policy(forward: "DROP", denial: "DROP"),
            "reject": Policy(forward: nil, denial: "REJECT"),
        ])

    /// Turns `reject` into `drop`, and denies with DROP under every policy.
    fileprivate static let from9970 = upTo9968.with {
        $0.policies = [
            "accept": Policy(forward: "ACCEPT", denial: "DROP"),
            "drop": Policy(forward: "DROP", denial: "DROP"),
            "reject": Policy(forward: "DROP", denial: "DROP"),
        ]
    }

    /// The recordings have a second rule for wg0 to wg9, whether or not there is such an instance.
    fileprivate static let fork = upTo9968.with { $0.interfacesBesideInstances = 0..<10 }

    fileprivate static let from9972 = from9970.with {
        $0.filterChains.append("WGWADM_ROUTE_POLICY")
        $0.routePolicy = RoutePolicyTraits(verdict: "ACCEPT", isEnteredAfterRules: true)
    }

    fileprivate static let from9973 = from9972.with {
        $0.hooks =
            natHooks + [
                Hook(table: "filter", chain: "FORWARD", rule: established),
                Hook(table: "filter", chain: "FORWARD", rule: ["-i", "wg+", "-j", "WGWADM_ROUTE_POLICY"]),
                Hook(table: "filter", chain: "FORWARD", rule: ["-j", "WGWADM_FORWARD"]),
            ]
        $0.forwardPreamble = []
        $0.routePolicy = RoutePolicyTraits(verdict: "ACCEPT", isEnteredAfterRules: false)
    }

    fileprivate static let from9975 = from9973.with {
        $0.clientGuard = Hook(
            table: "filter", chain: "INPUT", rule: ["-i", "wg+", "-p", "tcp", "--dport", "8000", "-j", "REJECT"])
        $0.routePolicy = RoutePolicyTraits(verdict: "RETURN", isEnteredAfterRules: false)
    }

    private func with(_ change: (inout FirewallTraits) -> Void) -> FirewallTraits {
        var traits = self
        change(&traits)
        return traits
    }
}
