/// Where the packet filters of the releases differ. Nothing else of the filter asks for the release.
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

    /// Answers to connections that are there already.
    static let established: [FirewallWord] = ["-m", "state", "--state", "RELATED,ESTABLISHED", "-j", "ACCEPT"]
    /// What every edition has in the table `nat`.
    static let natHooks = [
        Hook(table: "nat", chain: "POSTROUTING", rule: ["-j", "WGWADM_POSTROUTING"]),
        Hook(table: "nat", chain: "PREROUTING", rule: ["-j", "WGWADM_PREROUTING"]),
    ]
}
