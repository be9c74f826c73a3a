import Foundation
import GRDB
import Testing

@testable import Reconcile

@Suite("Values from the database cannot break out of their place")
struct FirewallHostileTests {
    private static let attacks = [
        "$(touch canary)", "`touch canary`", "'; touch canary; '", "\"; touch canary; \"", "x\ntouch canary\n",
        "x\rtouch canary\r", "x\u{2028}touch canary", "x\u{85}touch canary", "'\n)\ntouch canary\n(",
        "; touch canary #",
        "&& touch canary", "| touch canary", "eth0 -j ACCEPT", "-j", "--help", "! eth0", "\\\ntouch canary", "*", "~",
        "${IFS}touch${IFS}canary", "RULES\ntouch canary", "a\u{0}b",
    ]

    /// Puts the text wherever text fits, in rows of their own beside one good rule.
    private func script(_ attack: String, _ edition: Edition) throws -> FirewallScript {
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

    @Test("under a shell", arguments: attacks, Edition.allCases)
    func shell(_ attack: String, _ edition: Edition) throws {
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
            // iptables is a program of ours here, that writes down its words, one a line. Like the real one, what restores
            // reads all that it is given, or whoever writes to it would meet a closed pipe.
            let stand = """
                #!/bin/bash
                printf '%s\\n' "$#" "$@" >>"$LOG"
                [[ $0 != *restore ]] || { cat >/dev/null; exit 1; }

                """
            for name in ["iptables", "iptables-restore"] {
                try stand.write(toFile: bench.folder + "/" + name, atomically: false, encoding: .utf8)
                try FileManager.default.setAttributes(
                    [.posixPermissions: 0o755], ofItemAtPath: bench.folder + "/" + name)
            }
            try script.text.write(toFile: bench.folder + "/script", atomically: false, encoding: .utf8)
            let outcome = try FirewallNamespace.run(
                "bash", ["-c", "PATH=$PWD:$PATH LOG=$PWD/log bash ./script strict"], folder: bench.folder)
            #expect(outcome.status == 0)
            #expect(outcome.errors == "")
            let files = try FileManager.default.contentsOfDirectory(atPath: bench.folder)
            #expect(!files.contains("canary"))
            let words = try String(contentsOfFile: bench.folder + "/log", encoding: .utf8)
            #expect(words.contains("10.0.1.2/32"))
            #expect(!words.contains("canary"))
        }
    }

    @Test("in a real packet filter no command is refused", .enabled(if: FirewallNamespace.isExpected))
    func realFilter() throws {
        for edition in Edition.allCases {
            let outcome = try FirewallNamespace.filter(
                after: try script("$(reboot)", edition).text, arguments: "strict")
            #expect(outcome.errors == "")
            #expect(outcome.status == 0)
            #expect(outcome.output.contains("-A WGWADM_FORWARD -s 10.0.1.2/32 -o eth9 -j ACCEPT"))
        }
    }

    @Test("grammar of addresses")
    func addresses() {
        for good in ["0.0.0.0", "10.0.0.1", "255.255.255.255"] { #expect(FirewallWord.address(good)?.text == good) }
        for bad in [
            "", "10.0.0", "10.0.0.1.2", "256.0.0.1", "01.0.0.1", "+1.0.0.0", "1.0.0.0 ", "::1", "١.0.0.0", "a.b.c.d",
        ] {
            #expect(FirewallWord.address(bad) == nil, "\(bad)")
        }
        #expect(FirewallWord.network("10.0.0.1", 33) == nil)
        #expect(FirewallWord.network("10.0.0.1", -1) == nil)
        #expect(FirewallWord.network("10.0.0.1", 0)?.text == "10.0.0.1/0")
    }

    @Test("grammar of interfaces and ports")
    func interfacesAndPorts() {
        for good in ["eth0", "wg+", "br-lan", "eth0.100", "a", "abcdefghijklmno", "+"] {
            #expect((FirewallWord.interface(good)?.text == good) == (good != "+"), "\(good)")
        }
        for bad in ["", "abcdefghijklmnop", "-i", "!", "a b", "a/b", "a+b", "é", ".", "..", "wg$"] {
            #expect(FirewallWord.interface(bad) == nil, "\(bad)")
        }
        for good in ["0", "80", "80:80", "80:65535"] { #expect(FirewallWord.ports(good)?.text == good) }
        for bad in ["", ":", "80:", ":80", "90:80", "65536", "80-90", "80,90", "+80", "http", "1:2:3", " 80"] {
            #expect(FirewallWord.ports(bad) == nil, "\(bad)")
        }
    }
}
