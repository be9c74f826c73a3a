import GRDB

/// The row `global` of the firewall settings. If it is missing, the application's defaults.
struct FirewallSettings: Sendable {
    /// The outside interface. Nil where the name is not valid; rules that need the interface are left out.
    private(set) var wanInterface: FirewallWord?
    private(set) var policy: FirewallTraits.Policy
    private var allowsPeerToPeer = true
    private var allowsInstanceToInstance = true
    private let interfacesBesideInstances: Range<Int64>

    init(reading db: Database, of traits: FirewallTraits, _ tables: inout FirewallTables) throws {
        interfacesBesideInstances = traits.interfacesBesideInstances
        var policyName = "accept"
        var wanName: String? = "eth0"
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT default_forward_policy, wan_interface, allow_peer_to_peer, allow_instance_to_instance
                FROM firewall_firewallsettings WHERE name = 'global'
                """)
        if let row {
            policyName = row.text(0) ?? ""
            wanName = row.text(1)
            allowsPeerToPeer = row.flag(2)
            allowsInstanceToInstance = row.flag(3)
        }
        wanInterface = .interface(wanName)
        if wanInterface == nil {
            tables.report(
                "firewall settings: wan_interface is not the name of an interface; every rule that needs it is left "
                    + "out")
        }
        if let known = traits.policies[policyName] {
            policy = known
        } else {
            policy = FirewallTraits.Policy(forward: nil, denial: "DROP")
            tables.report("firewall settings: default_forward_policy is not a policy; that of FORWARD is left as it is")
        }
    }

    /// Traffic from an interface to itself, and from one interface to another. These rules follow all administrators'
    /// rules.
    func limitTraffic(betweenPeersOf instances: [FirewallInstance], _ tables: inout FirewallTables) {
        tables.explainFilter("Between peers of one instance")
        let verdict = allowsPeerToPeer ? "ACCEPT" : policy.denial
        for instance in instances.sorted(by: { $0.number < $1.number }) {
            tables.forward(["-i", instance.interface, "-o", instance.interface, "-j", verdict])
        }
        if allowsPeerToPeer {
            for interface in interfacesBesideInstances.compactMap(FirewallWord.wireGuard) {
                tables.forward(["-i", interface, "-o", interface, "-j", "ACCEPT"])
            }
        }
        tables.explainFilter("Between instances")
        tables.forward(["-i", "wg+", "-o", "wg+", "-j", allowsInstanceToInstance ? "ACCEPT" : policy.denial])
    }
}
