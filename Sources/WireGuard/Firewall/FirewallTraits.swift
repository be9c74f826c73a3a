/// Where the packet filters of the generations differ; which one has what stands in `Generation+Releases`. Nothing else of
/// the filter asks for the generation.
struct FirewallTraits: Sendable {
    /// Chains that the application calls its own, in the table `filter`.
    var filterChains: [FirewallWord]
    /// What the built-in chains begin with, first rule first.
    var hooks: [Hook]
    /// A hook more, which keeps clients of the VPN away from the application's own pages; nil where no release has it. The
    /// application leaves it out where its environment says `VPN_CLIENTS_CAN_ACCESS_DJANGO`.
    var clientGuard: Hook?
    /// Rules at the beginning of WGWADM_FORWARD.
    var forwardPreamble: [[FirewallWord]]
    /// Interfaces that may pass on between their own peers even though no instance in the database has them, as long as
    /// the setting allows it at all.
    var interfacesBesideInstances: Range<Int64>
    /// How peers are kept to their routes; nil where they are not.
    var routePolicy: RoutePolicyTraits?
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

    struct RoutePolicyTraits: Sendable {
        /// What traffic over a peer's routes gets: ACCEPT lets it pass whatever the rules say, RETURN leaves it to them.
        var verdict: FirewallWord
        /// Whether WGWADM_ROUTE_POLICY is entered behind the rules of administrators, and only where a peer has routes
        /// that are enforced; otherwise one of the ``hooks`` leads there.
        var isEnteredAfterRules: Bool
    }

    /// Answers to connections that are there already.
    static let established: [FirewallWord] = ["-m", "state", "--state", "RELATED,ESTABLISHED", "-j", "ACCEPT"]
    /// What every generation has in the table `nat`.
    static let natHooks = [
        Hook(table: "nat", chain: "POSTROUTING", rule: ["-j", "WGWADM_POSTROUTING"]),
        Hook(table: "nat", chain: "PREROUTING", rule: ["-j", "WGWADM_PREROUTING"]),
    ]
    /// The application's chains in the table `nat`, in every generation.
    static let natChains: [FirewallWord] = ["WGWADM_POSTROUTING", "WGWADM_PREROUTING"]
}
