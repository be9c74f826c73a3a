import Foundation
import GRDB
import Synchronization
import TestSupport
import Testing

@testable import WireGuard

@Suite("The script wg-firewall.sh")
struct FirewallScriptTests {
    @Test("is known by its second line: the application's and ours, and no other")
    func known() throws {
        func kind(_ text: String) -> String {
            switch ScriptOnDisk(Array(text.utf8)) {
            case .none: "none"
            case .own: "own"
            case .application: "application"
            case .somebodyElses: "somebody else's"
            }
        }
        for edition in SchemaFixture.allCases { #expect(try kind(FirewallBench.script(edition).text) == "own") }
        let mark = "# Description: Firewall rules for WireGuard_WebAdmin"
        #expect(kind("#!/bin/bash\n\(mark)\n# more\n") == "application")
        #expect(kind("") == "none", "the application's, cut short")
        for other in [
            "\n", "#!/bin/bash\n", "#!/bin/sh\niptables -F\n", "#!/bin/bash\n\n\(mark)\n", "\(mark)\n\(mark)\n",
            "#!/bin/bash\n\(mark), changed\n", "#!/bin/bash\n \(mark)\n", "#!/bin/bash\n# Written by wg-reconcile\n",
        ] {
            #expect(kind(other) == "somebody else's", "\(other)")
        }
    }

    @Test("is the same as long as the rules are: no time, no order that chance made")
    func deterministic() throws {
        func text(_ created: String) throws -> String {
            try FirewallBench.script(.of2026) { bench in
                try bench.run(fixture: "2026-before.sql")
                try bench.db.execute(
                    sql: """
                        UPDATE firewall_firewallrule SET created = ?1, updated = ?1;
                        UPDATE firewall_firewallsettings SET updated = ?1, pending_changes = 1;
                        UPDATE wireguard_wireguardinstance SET updated = ?1
                        """.replacing("?1", with: "'\(created)'"))
            }.text
        }
        #expect(try text("2026-01-01") == text("2027-02-02"))
    }

    @Test("takes as many queries for many rows as for few", arguments: SchemaFixture.allCases)
    func queries(edition: SchemaFixture) throws {
        func count(_ instances: Int) throws -> Int {
            let count = Shared(0)
            _ = try FirewallBench.script(edition) { bench in
                for number in 1...instances {
                    let instance = try bench.instance(number)
                    let peer = try bench.peer(of: instance, own: ["10.0.\(number).2/32"], client: ["10.200.0.0/16"])
                    try bench.rule(from: [peer], to: [peer])
                    try bench.redirect(number, ["peer_id": peer])
                }
                bench.db.trace { event in
                    // The schema is read once, when the database is opened.
                    guard case .statement(let statement) = event, !statement.sql.contains("pragma_table_xinfo") else {
                        return
                    }
                    count.change { $0 += 1 }
                }
            }
            return count.value
        }
        let few = try count(1)
        #expect((5...12).contains(few))
        #expect(try count(40) == few)
    }

    @Test("holds descriptions as comments")
    func descriptions() throws {
        let script = try FirewallBench.script { bench in
            try bench.rule(["description": "Büro → Lager \u{202E}\u{7}\n2"])
        }
        #expect(script.text.contains(": Büro → Lager 2\n"))
    }

    @Test("is bash without a fault", arguments: SchemaFixture.allCases)
    func syntax(edition: SchemaFixture) throws {
        try withBench { bench in
            let script = try FirewallBench.script(edition) { try $0.instance(1) }
            try script.text.write(toFile: bench.folder + "/script", atomically: false, encoding: .utf8)
            let outcome = try FirewallNamespace.run("bash", ["-n", bench.folder + "/script"])
            #expect(outcome.status == 0)
            #expect(outcome.errors == "")
        }
    }
}

@Suite(
    "The script in a namespace",
    .enabled(if: FirewallNamespace.isExpected, "\(FirewallNamespace.obstacle ?? "")"))
struct FirewallRunTests {
    private func script(_ edition: SchemaFixture = .of2026) throws -> FirewallScript {
        try FirewallBench.script(edition) { bench in
            try bench.settings(["default_forward_policy": "drop"])
            try bench.instance(1)
            try bench.redirect(80, ["ip_address": "10.0.1.2", "add_forward_rule": 1])
        }
    }

    @Test("where a host is unknown, the other rules stand nevertheless; the status tells on request only")
    func unknownHosts() throws {
        for (arguments, status) in [("", Int32(0)), ("strict", 1)] {
            let outcome = try FirewallNamespace.filter(after: script().text, arguments: arguments, hosts: "")
            #expect(outcome.status == status)
            #expect(outcome.errors.contains("wireguard-webadmin"))
            #expect(outcome.output.contains("--to-destination 127.0.0.250:53"))
            #expect(!outcome.output.contains("--to-destination 10.0.1.2:80"))
            #expect(outcome.output.contains("-A WGWADM_FORWARD -d 10.0.1.2/32 -i eth0 -o wg+ -p tcp"))
            #expect(outcome.output.contains("-A WGWADM_FORWARD -i wg1 -o wg1 -j ACCEPT"))
        }
    }

    @Test("rule by rule it leaves what it leaves in one step", arguments: SchemaFixture.allCases)
    func withoutRestore(edition: SchemaFixture) throws {
        let text = try script(edition).text
        let whole = try FirewallNamespace.filter(after: text, arguments: "strict")
        let single = try FirewallNamespace.filter(
            after: text.replacing("iptables-restore", with: "false"), times: 2, arguments: "strict")
        #expect(single.status == 0)
        #expect(single.output == whole.output)
        #expect(whole.output.contains(":FORWARD DROP"))
    }

    /// iptables-save writes the matches in the order in which they were given.
    @Test("what the recordings do not show is accepted too", arguments: SchemaFixture.allCases)
    func everySetting(edition: SchemaFixture) throws {
        let script = try FirewallBench.script(edition) { bench in
            try bench.settings(["allow_peer_to_peer": 0, "allow_instance_to_instance": 0])
            try bench.rule([
                "in_interface": "wg+", "out_interface": "eth0.100", "source_ip": "10.1.7.7", "source_netmask": 16,
                "destination_ip": "192.0.2.7", "not_source": 1, "not_destination": 1, "not_state": 1, "state_new": 1,
                "state_untracked": 1, "protocol": "both", "destination_port": "80:90", "rule_action": "reject",
            ])
            try bench.rule(["protocol": "icmp", "state_invalid": 1, "rule_action": "drop", "sort_order": 1])
            try bench.rule(["firewall_chain": "postrouting", "protocol": "udp", "destination_port": "53"])
            try bench.rule(["firewall_chain": "postrouting", "rule_action": "masquerade", "source_ip": "10.0.0.1"])
            try bench.redirect(443, ["ip_address": "10.0.1.2", "port_forward": "8443", "masquerade_source": 1])
        }
        let outcome = try FirewallNamespace.filter(after: script.text, arguments: "strict")
        #expect(outcome.errors == "")
        #expect(outcome.status == 0)
        for rule in [
            "FORWARD ! -s 10.1.0.0/16 ! -d 192.0.2.7/32 -i wg+ -o eth0.100 -p tcp -m state ! --state NEW,UNTRACKED "
                + "-m tcp --dport 80:90 -j REJECT --reject-with icmp-port-unreachable",
            "FORWARD -p icmp -m state --state INVALID -j DROP",
            "FORWARD -i wg+ -o wg+ -j \(edition == .of2025 ? "REJECT --reject-with icmp-port-unreachable" : "DROP")",
            "POSTROUTING -p udp -m udp --dport 53 -j ACCEPT", "POSTROUTING -s 10.0.0.1/32 -j MASQUERADE",
            "POSTROUTING -d 10.0.1.2/32 -o wg+ -p tcp -m tcp --dport 8443 -j MASQUERADE",
            "PREROUTING -d 172.20.0.2/32 -i eth0 -p tcp -m tcp --dport 443 -j DNAT --to-destination 10.0.1.2:8443",
        ] {
            #expect(outcome.output.contains("-A WGWADM_\(rule)\n"), "\(outcome.output)")
        }
    }

    @Test("rules of others stay; those of the application come first again")
    func rulesOfOthers() throws {
        let outcome = try FirewallNamespace.filter(
            after: script().text, times: 2, arguments: "strict",
            preparation: """
                iptables -N WGWADM_FORWARD && iptables -A WGWADM_FORWARD -s 192.0.2.1 -j ACCEPT
                iptables -A FORWARD -j WGWADM_FORWARD && iptables -I FORWARD -s 192.0.2.2 -j ACCEPT
                iptables -t nat -A POSTROUTING -s 192.0.2.3 -j ACCEPT
                """)
        #expect(outcome.status == 0)
        let lines = outcome.output.split(separator: "\n").map(String.init)
        #expect(
            lines.filter { $0.hasPrefix("-A FORWARD ") } == [
                "-A FORWARD -m state --state RELATED,ESTABLISHED -j ACCEPT",
                "-A FORWARD -i wg+ -j WGWADM_ROUTE_POLICY", "-A FORWARD -j WGWADM_FORWARD",
                "-A FORWARD -s 192.0.2.2/32 -j ACCEPT",
            ])
        #expect(!outcome.output.contains("192.0.2.1"))
        #expect(lines.contains("-A POSTROUTING -s 192.0.2.3/32 -j ACCEPT"))
    }
}
