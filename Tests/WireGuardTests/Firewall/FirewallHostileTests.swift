import Foundation
import GRDB
import TestSupport
import Testing

@testable import WireGuard

@Suite("Values from the database cannot break out of their place")
struct FirewallHostileTests {
    /// Puts the text wherever text fits, in rows of their own beside one good rule.
    private func script(_ attack: String, _ edition: SchemaFixture) throws -> FirewallScript {
        try FirewallBench.script(edition) { bench in
            let instance = try bench.instance(1)
            let good = try bench.peer(of: instance, own: ["10.0.1.2/32"])
            let columns: [String] = [
                "description", "in_interface", "out_interface", "source_ip", "destination_ip", "protocol",
                "destination_port", "rule_action", "firewall_chain", "uuid",
            ]
            for (index, column) in columns.enumerated() {
                try bench.rule([column: attack, "sort_order": index] as FirewallBench.Values)
            }
            try bench.rule(["protocol": "tcp", "destination_port": attack, "source_netmask": attack])
            try bench.rule(["source_ip": "10.1.1.1", "source_netmask": attack])
            try bench.rule(from: [good], ["out_interface": "eth9", "sort_order": 99])
            for (index, column) in ["protocol", "port", "port_forward", "ip_address", "description", "uuid"]
                .enumerated()
            {
                var values: FirewallBench.Values = ["ip_address": "10.0.1.3"]
                values[column] = attack
                try bench.redirect(100 + index, values)
            }
            // Where a check of the table allows it.
            try bench.peer(of: instance, own: [attack.replacing("/", with: "") + "/32"], key: "f" + attack)
            try bench.rule(from: ["f" + attack])
            try bench.instance(2, ["address": attack, "uuid": attack])
            try bench.settings(["wan_interface": attack, "default_forward_policy": attack])
            if edition == .of2026 {
                let template = try bench.template(of: instance, type: attack, custom: attack)
                try bench.peer(
                    of: instance, own: ["10.0.1.9/32"], client: ["10.1.1.0/24"],
                    ["routing_template_id": template, "name": attack])
            }
        }
    }

    @Test("under a shell", arguments: Hostile.attacks, SchemaFixture.allCases)
    func shell(_ attack: String, _ edition: SchemaFixture) throws {
        let script = try script(attack, edition)
        // The good rule is there, and what is bad is reported without its value.
        #expect(script.administratorRules.contains("-o eth9 -s 10.0.1.2/32 -j ACCEPT"))
        #expect(script.problems.count >= 10)
        #expect(script.problems.allSatisfy { !$0.contains(attack) && !$0.contains("canary") })
        for line in script.text.split(separator: "\n") where line.contains("canary") {
            #expect(line.hasPrefix("    # "), "a comment holds it: \(line)")
        }
        #expect(script.text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })

        try withBench { bench in
            let outcome = try Hostile.run(script.text, arguments: "strict", in: bench.folder)
            #expect(outcome.status == 0)
            #expect(outcome.errors == "")
            #expect(!outcome.files.contains("canary"))
            #expect(outcome.words.contains("10.0.1.2/32"))
            #expect(!outcome.words.contains("canary"))
        }
    }

    @Test(
        "in a real packet filter no command is refused",
        .enabled(if: FirewallNamespace.isExpected, "\(FirewallNamespace.obstacle ?? "")"))
    func realFilter() throws {
        for edition in SchemaFixture.allCases {
            let outcome = try FirewallNamespace.filter(
                after: try script("$(reboot)", edition).text, arguments: "strict")
            #expect(outcome.errors == "")
            #expect(outcome.status == 0)
            #expect(outcome.output.contains("-A WGWADM_FORWARD -s 10.0.1.2/32 -o eth9 -j ACCEPT"))
        }
    }

    @Test("grammar of addresses")
    func addresses() {
        for (text, word) in [
            ("0.0.0.0", "0.0.0.0"), ("10.0.0.1", "10.0.0.1"), ("255.255.255.255", "255.255.255.255"),
            (" \t10.0.0.1", "10.0.0.1"), ("010.0x1.+0.1", "8.1.0.1"),
        ] {
            #expect(FirewallWord.address(text)?.text == word, "\(text)")
        }
        for bad in [
            "", "10.0.0", "10.0.0.1.2", "256.0.0.1", "09.0.0.1", "-1.0.0.0", "1.0.0.0 ", "::1", "١.0.0.0", "a.b.c.d",
            "0x.0.0.1", "1..0.0", "10.0.0.1\n", "router.example.com",
        ] {
            #expect(FirewallWord.address(bad) == nil, "\(bad)")
        }
        #expect(FirewallWord.decimalAddress(" 10.0.0.1")?.text == "10.0.0.1")
        for bad in ["010.0.0.1", "0x0a.0.0.1", "+10.0.0.1", "10.0.0.1 "] {
            #expect(FirewallWord.decimalAddress(bad) == nil, "\(bad)")
        }
        #expect(FirewallWord.network("10.0.0.1", 33) == nil)
        #expect(FirewallWord.network("10.0.0.1", -1) == nil)
        #expect(FirewallWord.network("10.0.0.1", 0)?.text == "10.0.0.1/0")
    }

    @Test("grammar of interfaces, ports and protocols")
    func interfacesAndPorts() {
        for good in ["eth0", "wg+", "br-lan", "eth0.100", "a", "abcdefghijklmno", "+", "a+b", "eth0:1", "é"] {
            #expect(FirewallWord.interface(" \(good)\t")?.text == good, "\(good)")
        }
        for bad in [
            "", " ", "abcdefghijklmnop", "-i", "!", "! eth0", "a b", "wg$", "a*", "a?", "a;b", "a&b", "a|b", "#a",
            "a(b",
            "~", "a'b", "a\"b", "a\\b", "a`b", "a\nb", "eth0\n", "a>b", "a{b", "a[b", "\u{2028}",
        ] {
            #expect(FirewallWord.interface(bad) == nil, "\(bad)")
        }
        for good in [
            "0", "80", "80:80", "80:65535", "http", "6000:", ":1024", ":", "0x50", "0120", "+80", "080", "80:http",
            "ftp-data", "90:80", "65536",
        ] {
            #expect(FirewallWord.ports(" \(good)\t")?.text == good, "\(good)")
        }
        for bad in [
            "", " ", "80-90", "80,90", "1:2:3", "80 90", "80\n", "-80", "! 80", "٨٠", "http;", "$x", "80 --sport 5",
            "-j",
            "::", "http:x y", "+", "80:$x", "80: 90",
        ] {
            #expect(FirewallWord.ports(bad) == nil, "\(bad)")
        }
        for (ports, areRefused) in [
            ("80", false), ("80:90", false), ("80:", false), (":80", false), (":", false), ("http:80", false),
            ("0x50", false), ("90:80", true), ("080", true), ("65536", true), ("http:65536", true), ("0x51:0120", true),
        ] {
            #expect(FirewallWord.ports(ports)?.areRefusedForTCP == areRefused, "\(ports)")
        }
        for (text, word) in [("tcp", "tcp"), (" TCP ", "tcp"), ("6", "6"), ("0x11", "17"), ("ipv6-icmp", "ipv6-icmp")] {
            #expect(FirewallWord.transport(text)?.text == word, "\(text)")
        }
        for bad in ["", " ", "256", "tcp udp", "-p", "tcp;", "$x", "tcp,udp", "08", "tcp\n"] {
            #expect(FirewallWord.transport(bad) == nil, "\(bad)")
        }
    }
}
