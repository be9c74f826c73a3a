import TestSupport
import Testing

@testable import WireGuard

/// What the recordings do not show. The facts come from how the application writes its script.
@Suite("Settings of the firewall, redirected ports, name lookups")
struct FirewallSettingsTests {
    @Test(
        "default policies: 2025 denies as its policy says; 2026 always drops, and turns reject into drop",
        arguments: [
            (SchemaFixture.of2025, "accept", "ACCEPT", "REJECT"), (.of2025, "drop", "DROP", "DROP"),
            // iptables knows no policy REJECT, so the application's command leaves FORWARD as it is.
            (.of2025, "reject", nil, "REJECT"),
            (.of2026, "accept", "ACCEPT", "DROP"), (.of2026, "drop", "DROP", "DROP"),
            (.of2026, "reject", "DROP", "DROP"),
        ] as [(SchemaFixture, String, String?, String)])
    func policies(edition: SchemaFixture, policy: String, forward: String?, denial: String) throws {
        let script = try FirewallBench.script(edition) { bench in
            try bench.settings([
                "default_forward_policy": policy, "allow_peer_to_peer": 0, "allow_instance_to_instance": 0,
            ])
            try bench.instance(12)
            try bench.instance(3)
        }
        #expect(script.problems == [])
        #expect(
            script.text.split(separator: "\n").filter { $0.contains("-P ") }.map(String.init)
                == (forward.map { ["run -t filter -P FORWARD \($0)"] } ?? []))
        #expect(
            script.rules("FORWARD").suffix(3) == [
                "-i wg3 -o wg3 -j \(denial)", "-i wg12 -o wg12 -j \(denial)", "-i wg+ -o wg+ -j \(denial)",
            ])
    }

    @Test("2025: wg0 to wg9 are allowed once more, instance or not; not where peers may not talk to each other")
    func besideInstances() throws {
        func rules(_ edition: SchemaFixture, allows: Bool) throws -> [String] {
            try FirewallBench.script(edition) { bench in
                try bench.settings(["allow_peer_to_peer": allows])
                // An instance's own setting has no say.
                try bench.instance(4, edition == .of2025 ? ["allow_peer_to_peer": !allows] : [:])
            }.rules("FORWARD").filter { $0.wholeMatch(of: /-i (wg\d+) -o \1 .*/) != nil }
        }
        #expect(
            try rules(.of2025, allows: true) == ["-i wg4 -o wg4 -j ACCEPT"]
                + (0...9).map { "-i wg\($0) -o wg\($0) -j ACCEPT" })
        #expect(try rules(.of2025, allows: false) == ["-i wg4 -o wg4 -j REJECT"])
        #expect(try rules(.of2026, allows: true) == ["-i wg4 -o wg4 -j ACCEPT"])
    }

    @Test("no row of settings: what the application would fill in", arguments: SchemaFixture.allCases)
    func noSettings(edition: SchemaFixture) throws {
        let with = try FirewallBench.script(edition) { bench in
            try bench.settings()
            try bench.instance(1)
        }
        #expect(try FirewallBench.script(edition) { try $0.instance(1) }.text == with.text)
    }

    @Test("the WAN interface stands in redirects and name lookups")
    func wanInterface() throws {
        let script = try FirewallBench.script { bench in
            try bench.settings(["wan_interface": "ens3"])
            try bench.instance(1)
            try bench.redirect(81, ["ip_address": "10.0.1.9", "add_forward_rule": 1])
        }
        #expect(!script.text.contains("eth0"))
        #expect(
            script.rules("FORWARD").dropFirst().prefix(2) == [
                "-i wg1 -o ens3 -d $dns_address -j ACCEPT",
                "-i ens3 -o wg+ -d 10.0.1.9 -p tcp --dport 81 -j ACCEPT",
            ])
    }

    @Test("name lookups: in the order of rows, also of instances with commands of their own")
    func nameLookups() throws {
        let script = try FirewallBench.script { bench in
            try bench.instance(7)
            try bench.instance(2, ["legacy_firewall": 1])
        }
        #expect(
            script.rules("PREROUTING") == [
                "-i wg7 -d 10.0.7.1 -p udp --dport 53 -j DNAT --to-destination $dns_address:53",
                "-i wg7 -d 10.0.7.1 -p tcp --dport 53 -j DNAT --to-destination $dns_address:53",
                "-i wg2 -d 10.0.2.1 -p udp --dport 53 -j DNAT --to-destination $dns_address:53",
                "-i wg2 -d 10.0.2.1 -p tcp --dport 53 -j DNAT --to-destination $dns_address:53",
            ])
    }

    @Test("a redirect leads to the peer's own /32, else to its own address, else nowhere; by port, then transport")
    func redirects() throws {
        let script = try FirewallBench.script { bench in
            let instance = try bench.instance(1)
            let own = try bench.peer(of: instance, own: ["10.0.1.2/32", "192.168.3.0/24"])
            let network = try bench.peer(of: instance, own: ["10.0.1.128/25"])
            try bench.redirect(90, ["protocol": "udp", "peer_id": own, "ip_address": "10.0.1.77"])
            try bench.redirect(90, ["peer_id": own])
            try bench.redirect(80, ["peer_id": network, "ip_address": "10.0.1.77"])
            try bench.redirect(70, ["peer_id": network])
            try bench.redirect(60)
            try bench.redirect(50, ["ip_address": ""])
        }
        #expect(script.problems == [])
        #expect(
            script.rules("PREROUTING").filter { !$0.contains("dns") } == [
                "-i eth0 -d wireguard-webadmin -p tcp --dport 80 -j DNAT --to-destination 10.0.1.77:80",
                "-i eth0 -d wireguard-webadmin -p tcp --dport 90 -j DNAT --to-destination 10.0.1.2:90",
                "-i eth0 -d wireguard-webadmin -p udp --dport 90 -j DNAT --to-destination 10.0.1.2:90",
            ])
    }

    /// The application takes a `port_forward` that is no number for none.
    @Test(
        "port_forward changes the port behind",
        arguments: [("8443", "8443"), ("", "443"), ("https", "443"), (nil, "443")] as [(String?, String)])
    func portForward(_ column: String?, _ port: String) throws {
        let script = try FirewallBench.script { bench in
            try bench.redirect(
                443, ["ip_address": "10.0.1.2", "port_forward": column, "add_forward_rule": 1, "masquerade_source": 1])
        }
        #expect(
            script.rules("PREROUTING") == [
                "-i eth0 -d wireguard-webadmin -p tcp --dport 443 -j DNAT --to-destination 10.0.1.2:\(port)"
            ])
        #expect(script.rules("POSTROUTING") == ["-o wg+ -d 10.0.1.2 -p tcp --dport \(port) -j MASQUERADE"])
        #expect(script.administratorRules == ["-i eth0 -o wg+ -d 10.0.1.2 -p tcp --dport \(port) -j ACCEPT"])
    }

    @Test("in the order: name lookups, redirects, administrators' rules, settings")
    func order() throws {
        let script = try FirewallBench.script { bench in
            try bench.settings(["allow_peer_to_peer": 0])
            try bench.rule()
            try bench.redirect(80, ["ip_address": "10.0.1.2", "add_forward_rule": 1])
            try bench.instance(1)
        }
        #expect(
            script.rules("FORWARD") == [
                "-m state --state RELATED,ESTABLISHED -j ACCEPT",
                "-i wg1 -o eth0 -d $dns_address -j ACCEPT",
                "-i eth0 -o wg+ -d 10.0.1.2 -p tcp --dport 80 -j ACCEPT",
                "-j ACCEPT",
                "-i wg1 -o wg1 -j REJECT",
                "-i wg+ -o wg+ -j ACCEPT",
            ])
    }
}
