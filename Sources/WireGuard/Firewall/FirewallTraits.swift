/// The differences between the packet filters of the generations; their values are in `Generation+Releases`. No other
/// code of the filter depends on the generation.
struct FirewallTraits: Sendable {
    /// The application's own chains in the table `filter`.
    var filterChains: [FirewallWord]
    /// The first rules of the built-in chains, in order.
    var hooks: [Hook]
    /// An additional hook that keeps VPN clients away from the application's own pages; nil where the generation has
    /// none. The application leaves it out if its environment sets `VPN_CLIENTS_CAN_ACCESS_DJANGO`.
    var clientGuard: Hook?
    /// The first rules of WGWADM_FORWARD.
    var forwardPreamble: [[FirewallWord]]
    /// Interfaces that may forward between their own peers even if the database has no such instance, as long as the
    /// settings allow peer-to-peer traffic.
    var interfacesBesideInstances: Range<Int64>
    /// How peers are limited to their routes; nil where they are not.
    var routePolicy: RoutePolicyTraits?
    /// What each default policy in `firewall_firewallsettings` means.
    var policies: [String: Policy]

    struct Hook: Sendable {
        var table: FirewallWord
        var chain: FirewallWord
        var rule: [FirewallWord]
    }

    struct Policy: Sendable {
        /// The policy of FORWARD; nil leaves it unchanged.
        var forward: FirewallWord?
        /// The verdict on traffic between peers that the settings do not allow.
        var denial: FirewallWord
    }

    struct RoutePolicyTraits: Sendable {
        /// The verdict on traffic over a peer's routes: ACCEPT lets it pass whatever the other rules say, RETURN
        /// leaves it to them.
        var verdict: FirewallWord
        /// Whether WGWADM_ROUTE_POLICY is entered after administrators' rules, and only if a peer has enforced
        /// routes. Otherwise one of the ``hooks`` leads there.
        var isEnteredAfterRules: Bool
    }

    /// Matches packets of existing connections.
    static let established: [FirewallWord] = ["-m", "state", "--state", "RELATED,ESTABLISHED", "-j", "ACCEPT"]
    /// The hooks in the table `nat`, the same in every generation.
    static let natHooks = [
        Hook(table: "nat", chain: "POSTROUTING", rule: ["-j", "WGWADM_POSTROUTING"]),
        Hook(table: "nat", chain: "PREROUTING", rule: ["-j", "WGWADM_PREROUTING"]),
    ]
    /// The application's chains in the table `nat`, the same in every generation.
    static let natChains: [FirewallWord] = ["WGWADM_POSTROUTING", "WGWADM_PREROUTING"]
}
