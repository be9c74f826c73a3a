import Foundation
import TestSupport
import Testing

@testable import WireGuard

/// What the recordings do not show. The facts come from how the application writes its script.
@Suite("Rules that administrators made")
struct FirewallRuleTests {
    private func rules(
        _ edition: SchemaFixture = .of2025, _ fill: (FirewallBench) throws -> Void
    ) throws -> [String] {
        let script = try FirewallBench.script(edition, fill)
        #expect(script.problems == [])
        return script.administratorRules
    }

    @Test("every value has its place", arguments: SchemaFixture.allCases)
    func everything(edition: SchemaFixture) throws {
        let found = try rules(edition) { bench in
            try bench.rule([
                "in_interface": "wg+", "out_interface": "eth0.100", "source_ip": "10.1.0.0", "source_netmask": 16,
                "destination_ip": "192.0.2.7", "protocol": "tcp", "destination_port": "80:90", "rule_action": "reject",
                "state_new": 1, "state_untracked": 1,
            ])
        }
        #expect(
            found == [
                "-i wg+ -o eth0.100 -s 10.1.0.0/16 -d 192.0.2.7/32 -m state --state NEW,UNTRACKED -p tcp "
                    + "--dport 80:90 -j REJECT"
            ])
    }

    @Test("negation stands before what it negates, and nowhere where there is nothing to negate")
    func negation() throws {
        let all: FirewallBench.Values = ["not_source": 1, "not_destination": 1, "not_state": 1]
        let found = try rules { bench in
            try bench.rule(all)
            let rest: FirewallBench.Values = [
                "state_invalid": 1, "state_related": 1, "state_established": 1, "source_ip": "10.1.2.3",
                "destination_ip": "10.4.5.6", "sort_order": 1,
            ]
            try bench.rule(all.merging(rest) { $1 })
        }
        #expect(
            found == [
                "-j ACCEPT",
                "! -s 10.1.2.3/32 ! -d 10.4.5.6/32 -m state ! --state RELATED,ESTABLISHED,INVALID -j ACCEPT",
            ])
    }

    @Test("both transports, every source and every destination, nested in this order; the rule's own address last")
    func product() throws {
        let found = try rules { bench in
            let instance = try bench.instance(1)
            // The keys decide on the order, whichever was added first.
            let sources = try ["b", "a"].map { try bench.peer(of: instance, own: ["10.0.1.\($0)".ip], key: $0.key) }
            let destination = try bench.peer(of: instance, own: ["10.0.1.30/32"], key: "c".key)
            try bench.rule(
                from: sources, to: [destination],
                ["protocol": "both", "source_ip": "10.9.0.0", "source_netmask": 24, "rule_action": "drop"])
        }
        #expect(
            found == [
                "-s 10.0.1.10/32 -d 10.0.1.30/32 -p tcp -j DROP", "-s 10.0.1.11/32 -d 10.0.1.30/32 -p tcp -j DROP",
                "-s 10.9.0.0/24 -d 10.0.1.30/32 -p tcp -j DROP",
                "-s 10.0.1.10/32 -d 10.0.1.30/32 -p udp -j DROP", "-s 10.0.1.11/32 -d 10.0.1.30/32 -p udp -j DROP",
                "-s 10.9.0.0/24 -d 10.0.1.30/32 -p udp -j DROP",
            ])
    }

    @Test("the networks behind a peer only where the rule includes them, by priority; never the client's routes")
    func networks() throws {
        let found = try rules { bench in
            let instance = try bench.instance(1)
            let peer = try bench.peer(of: instance, client: ["10.200.0.0/16"])
            try bench.address("192.168.7.0/24", of: peer, priority: 2)
            try bench.address("192.168.6.0/24", of: peer, priority: 1)
            try bench.address("10.0.1.2/32", of: peer, priority: 0)
            try bench.rule(from: [peer], ["sort_order": 1])
            try bench.rule(to: [peer], ["sort_order": 2, "destination_peer_include_networks": 1])
        }
        #expect(
            found == [
                "-s 10.0.1.2/32 -j ACCEPT",
                "-d 10.0.1.2/32 -j ACCEPT", "-d 192.168.6.0/24 -j ACCEPT", "-d 192.168.7.0/24 -j ACCEPT",
            ])
    }

    /// The application writes a comment in place of such a peer. A rule without the peer would hold for everybody.
    @Test("a peer without an address limits the rule to nothing")
    func peerWithoutAddress() throws {
        let found = try rules { bench in
            let instance = try bench.instance(1)
            let none = try bench.peer(of: instance)
            let network = try bench.peer(of: instance, own: [], key: "a".key)
            try bench.address("192.168.6.0/24", of: network, priority: 1)
            let one = try bench.peer(of: instance, own: ["10.0.1.4/32"])
            try bench.rule(from: [none], ["sort_order": 1])
            try bench.rule(from: [network], ["sort_order": 2])
            try bench.rule(from: [none, network, one], ["sort_order": 3])
            try bench.rule(from: [one], to: [none], ["sort_order": 4])
        }
        #expect(found == ["-s 10.0.1.4/32 -j ACCEPT"])
    }

    @Test("suspended and disabled peers count like others")
    func suspendedPeers() throws {
        let found = try rules(.of2026) { bench in
            let instance = try bench.instance(1)
            let peer = try bench.peer(of: instance, own: ["10.0.1.2/32"], ["suspended": 1, "disabled_by_schedule": 1])
            try bench.rule(from: [peer])
        }
        #expect(found == ["-s 10.0.1.2/32 -j ACCEPT"])
    }

    @Test("by their order; equal ones as they were made. Chains apart")
    func order() throws {
        let script = try FirewallBench.script { bench in
            try bench.rule(["sort_order": 10, "out_interface": "wg1"])
            try bench.rule(["sort_order": 9, "out_interface": "wg2"])
            try bench.rule(["sort_order": 10, "out_interface": "wg3"])
            try bench.rule([
                "firewall_chain": "postrouting", "rule_action": "masquerade", "out_interface": "eth0", "sort_order": 2,
            ])
            try bench.rule(["firewall_chain": "postrouting", "destination_ip": "10.0.0.0", "destination_netmask": 8])
        }
        #expect(script.administratorRules == ["-o wg2 -j ACCEPT", "-o wg1 -j ACCEPT", "-o wg3 -j ACCEPT"])
        #expect(script.rules("POSTROUTING") == ["-d 10.0.0.0/8 -j ACCEPT", "-o eth0 -j MASQUERADE"])
    }

    @Test("icmp; no transport; ports as text and as a number")
    func transports() throws {
        let found = try rules { bench in
            try bench.rule(["protocol": "icmp", "sort_order": 1])
            try bench.rule(["protocol": nil, "sort_order": 2])
            try bench.rule(["protocol": "udp", "destination_port": "53", "sort_order": 3])
            try bench.rule(["protocol": "udp", "destination_port": "", "sort_order": 4])
        }
        #expect(found == ["-p icmp -j ACCEPT", "-j ACCEPT", "-p udp --dport 53 -j ACCEPT", "-p udp -j ACCEPT"])
    }
}

extension String {
    /// A key of 32 hex digits that begins with this.
    fileprivate var key: String { self + String(repeating: "0", count: 32 - count) }
    /// `10.0.1.a` as an address.
    fileprivate var ip: String { replacing(/[a-z]$/) { $0.output == "a" ? "10/32" : "11/32" } }
}
