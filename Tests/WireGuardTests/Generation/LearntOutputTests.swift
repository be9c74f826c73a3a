import Foundation
import GRDB
import TestSupport
import Testing

@testable import ControlPlane
@testable import Support
@testable import WireGuard

@Suite("Which release wrote what is there")
struct LearntOutputTests {
    /// What a run would learn, after a change to what was exported.
    private func learn(
        _ recorded: RecordedOutput, mtu: Int? = nil, _ change: (Bench) throws -> Void
    ) throws -> LearntOutput {
        var learnt: LearntOutput?
        try withBench { bench in
            try recorded.lay(into: bench)
            try change(bench)
            let database = try ControlPlaneDatabase(opening: bench.database, busyTimeout: 5)
            learnt = try LearntOutput(in: OpenFolder(bench.wireguard), of: database, mtu: mtu)
        }
        return try #require(learnt)
    }

    @Test("Edits that were not exported yet make no difference", arguments: RecordedOutput.allCases)
    func edits(recorded: RecordedOutput) throws {
        let learnt = try learn(recorded) { bench in
            try bench.execute("UPDATE firewall_firewallsettings SET allow_peer_to_peer = 1 - allow_peer_to_peer")
            try bench.execute(
                "UPDATE firewall_firewallsettings SET default_forward_policy = "
                    + "CASE default_forward_policy WHEN 'drop' THEN 'accept' ELSE 'drop' END")
            try bench.execute("DELETE FROM firewall_firewallrule WHERE sort_order > 20")
            try bench.execute("UPDATE wireguard_peerallowedip SET allowed_ip = '10.9.9.9' WHERE netmask = 24")
            try bench.execute("UPDATE wireguard_wireguardinstance SET instance_id = 900 WHERE instance_id = 0")
            try bench.execute("UPDATE wireguard_peer SET public_key = 'x' || rowid")
        }
        #expect(learnt.generation.name == recorded.generation)
        #expect(learnt.foreignScript == nil)
    }

    @Test("Without a script, configs and tables tell", arguments: RecordedOutput.allCases, ["none", "empty", "older"])
    func withoutScript(recorded: RecordedOutput, script: String) throws {
        let learnt = try learn(recorded) { bench in
            try FileManager.default.removeItem(atPath: bench.wireguard + "/" + FirewallScript.fileName)
            if script == "empty" { try bench.put("", at: FirewallScript.fileName) }
            if script == "older" {
                // As versions wrote it that did not learn: always with the hooks of 2026 or always with those of 2025.
                try bench.put(
                    "#!/bin/bash\n\(FirewallShell.mark)\n#\niptables -A FORWARD -j ACCEPT\n",
                    at: FirewallScript.fileName)
            }
        }
        #expect(learnt.generation.name == recorded.generationWithoutScript)
        #expect(learnt.evidence == [.configs, .tables])
        #expect(learnt.foreignScript == nil)
        #expect(!learnt.letsClientsReachApplication)
    }

    @Test("Without script and configs, the newest that the tables allow", arguments: RecordedOutput.allCases)
    func tablesAlone(recorded: RecordedOutput) throws {
        let learnt = try learn(recorded) { bench in
            for name in try FileManager.default.contentsOfDirectory(atPath: bench.wireguard) {
                try FileManager.default.removeItem(atPath: bench.wireguard + "/" + name)
            }
        }
        #expect(learnt.generation.name == recorded.generationWithoutScript)
        #expect(learnt.evidence == [.tables])
    }

    /// More than the application writes, or less, and nobody knows of which release.
    @Test(
        "A script of an unknown release is left alone, whatever it differs in",
        arguments: RecordedOutput.allCases,
        [
            "iptables -A INPUT -i wg+ -j DROP", "iptables -t mangle -A FORWARD -j ACCEPT",
            "iptables -N WGWADM_NEW", "iptables -P INPUT DROP", "ip6tables -P FORWARD DROP", "nft flush ruleset",
            "iptables -I FORWARD -i eth0 -j ACCEPT", "iptables -A WGWADM_FORWARD -i wg1 -o wg1 -j LOG",
            "iptables -D FORWARD -j WGWADM_FORWARD", "iptables -t nat -F", "iptables -A WGWADM_FORWARD -o wg7 -j DROP",
            "if true; then /sbin/iptables -I INPUT 1 -j ACCEPT; fi",
        ])
    func unknownRelease(recorded: RecordedOutput, more: String) throws {
        let learnt = try learn(recorded) { bench in
            try bench.put(recorded.applicationScript + more + "\n", at: FirewallScript.fileName)
        }
        #expect(learnt.foreignScript?.contains("matches no known release") == true, "\(learnt.generation.name)")
        #expect(learnt.evidence == [.configs, .tables])
        #expect(learnt.generation.name == recorded.generationWithoutScript)
    }

    @Test(
        "A script with a line that the application does not write is left alone, and the line is named",
        arguments: [
            "source /etc/wireguard/custom.sh", ". /etc/wireguard/custom.sh", "/usr/local/bin/my-filter.sh",
            "IPT=iptables; $IPT -A INPUT -i wg+ -j DROP", "f() { iptables -A INPUT -i wg+ -j DROP; }; f",
            "env iptables -A INPUT -i wg+ -j DROP", #"bash -c "iptables -A INPUT -i wg+ -j DROP""#,
            "x=$(iptables -A INPUT -i wg+ -j DROP)", "`iptables -A INPUT -i wg+ -j DROP`",
            "(iptables -A WGWADM_FORWARD -i wg+ -j DROP)",
            "tc qdisc add dev wg0 root tbf rate 1mbit burst 9k latency 9ms",
            "ip route add blackhole 10.0.0.0/8", "sysctl -w net.ipv4.ip_forward=0",
            "echo 0 > /proc/sys/net/ipv4/ip_forward",
            "echo $(iptables -A INPUT -j DROP)", #"echo "`iptables -A INPUT -j DROP`""#,
            "iptables -A WGWADM_FORWARD -s $CUSTOMER -j DROP", "iptables -A WGWADM_FORWARD -s $(my-host) -j DROP",
            #"if [ -z "$DNS_IP" ]; then iptables -A WGWADM_FORWARD -i wg+ -j DROP; fi"#, "DNS_IP=10.0.0.1",
            "DNS_IP=$(getent hosts my-own-dns | awk '{ print $1 }')", "DNS_IP=$(my-dns)", "PATH=/opt:$PATH", "exit 1",
            "iptables-restore <<EOF", "exit 0\niptables -t filter -F WGWADM_FORWARD",
            "./iptables -A WGWADM_FORWARD -i wg+ -j DROP",
            "iptables -D FORWARD -i eth0 -o wg+ -j ACCEPT", "iptables -D FORWARD 1", "iptables -D INPUT -j ACCEPT",
            "iptables -t nat -D POSTROUTING -s 10.0.0.0/8 -j MASQUERADE", "iptables -D DOCKER-USER -j DROP",
            "iptables -D WGWADM_FORWARD -i wg+ -j DROP", "iptables -D FORWARD -j WGWADM_FORWARD",
            "iptables -F WGWADM_FORWARD", "iptables -t nat -F WGWADM_PREROUTING", "iptables -F INPUT", "iptables -F",
            "iptables -X", "iptables -X WGWADM_ROUTE_POLICY", "iptables -N WGWADM_FORWARD",
            "iptables -P FORWARD ACCEPT", "iptables -C FORWARD -j ACCEPT",
            "iptables -t nat -A WGWADM_POSTROUTING -m comment --comment mine -j MASQUERADE",
            "iptables -t nat -A WGWADM_PREROUTING -p tcp --dport 443 -m limit --limit 9/s -j ACCEPT",
            "iptables -t nat -A WGWADM_PREROUTING -p tcp --dport 443 -j LOG", "echo 'a quote that is not closed",
            "iptables -t nat -A WGWADM_PREROUTING mine -j ACCEPT", "iptables -t nat -A WGWADM_PREROUTING -j",
            #"if [ -z "$DNS_IP" ]; then DNS_IP=127.0.0.9; fi"#,
        ])
    func addedLine(line: String) throws {
        let recorded = RecordedOutput.upstream9979
        let before = try recorded.applicationScript
        let script = Array((before + line + "\n").utf8)
        #expect(Generation.all.filter(ApplicationScript(script).fits).isEmpty)
        let number = before.split(separator: "\n", omittingEmptySubsequences: false).count
        let learnt = try learn(recorded) { try $0.put(String(decoding: script, as: UTF8.self), at: "wg-firewall.sh") }
        let reason = try #require(learnt.foreignScript)
        #expect(
            reason.hasSuffix(", line \(number))") || reason.hasSuffix(", line \(number + 1))"), "\(reason)")
    }

    @Test("A condition that is not whole is left alone", arguments: RecordedOutput.allCases)
    func condition(recorded: RecordedOutput) throws {
        let script = try recorded.applicationScript
        let unclosed = ApplicationScript(Array(script.replacing("\nfi\n", with: "\n").utf8))
        // The first rule stands within the condition then.
        #expect(unclosed.oddity != nil)
        let more = script.replacing("\nfi\n", with: "\n")
            .split(separator: "\n").filter { !$0.contains("iptables") }.joined(separator: "\n")
        #expect(ApplicationScript(Array(more.utf8)).oddity?.hasPrefix("an if that is not closed, line ") == true)
        let withoutThen = script.replacing("; then", with: "")
        #expect(ApplicationScript(Array(withoutThen.utf8)).oddity?.hasPrefix("an if without then, line ") == true)
    }

    /// The application takes out only what it has inserted itself. The rule on port 8000 may be taken out alone.
    @Test("A script that takes out the hook of another release is left alone")
    func deletions() throws {
        func fitting(_ recorded: RecordedOutput, _ line: String) throws -> [String] {
            let script = try recorded.applicationScript.replacing("\nfi\n", with: "\nfi\n\(line)\n")
            return Generation.all.filter(ApplicationScript(Array(script.utf8)).fits).map(\.name)
        }
        let established = "iptables -t filter -D FORWARD -m state --state RELATED,ESTABLISHED -j ACCEPT"
        #expect(try fitting(.upstream9971, established) == [])
        #expect(try fitting(.upstream9979, established) == ["9975"])
        let guarding = "iptables -D INPUT -i wg+ -p tcp --dport 8000 -j REJECT"
        #expect(try fitting(.upstream9973, guarding) == [])
        #expect(try fitting(.upstream9979, guarding) == ["9975"])
        let allowing = try RecordedOutput.upstream9979.applicationScript
            .split(separator: "\n").filter { !$0.contains("-I INPUT") }.joined(separator: "\n")
        let script = ApplicationScript(Array(allowing.utf8))
        #expect(Generation.all.filter(script.fits).map(\.name) == ["9975"])
        #expect(script.letsClientsReachApplication(.from9975) == true)
    }

    @Test("A script that ends before its rules is left alone", arguments: RecordedOutput.allCases)
    func endsEarly(recorded: RecordedOutput) throws {
        let script = try recorded.applicationScript.replacing("\nfi\n", with: "\nfi\nexit 0\n")
        #expect(script.contains("exit 0"))
        #expect(ApplicationScript(Array(script.utf8)).oddity?.hasPrefix("a command after exit, line ") == true)
    }

    @Test("What the application may write besides rules changes nothing", arguments: RecordedOutput.allCases)
    func harmless(recorded: RecordedOutput) throws {
        let script = try recorded.applicationScript
            .replacing("\nfi\n", with: "\nfi\n\u{c}\n# \"it's\" $(a comment); exit 1 > file\n")
            .replacing("awk '{ print $1 }'", with: "awk '{print $1}'")
            .replacing("$DNS_IP:53", with: "${DNS_IP}:53")
        for end in ["", "echo \"done: $DNS_IP\"\nexit 0\n", "exit"] {
            for text in [script + end, (script + end).replacing("\n", with: "\r\n")] {
                let read = ApplicationScript(Array(text.utf8))
                #expect(read.oddity == nil)
                #expect(Generation.all.filter(read.fits).map(\.name).contains(recorded.generation))
            }
        }
    }

    @Test("A script that was cut short is left alone", arguments: RecordedOutput.allCases)
    func cutShort(recorded: RecordedOutput) throws {
        let learnt = try learn(recorded) { bench in
            let script = try recorded.applicationScript
            let end = try #require(script.range(of: "-A WGWADM_FORWARD -i wg+ -o wg+"))
            try bench.put(String(script[..<end.lowerBound]), at: FirewallScript.fileName)
        }
        #expect(learnt.foreignScript != nil)
    }

    @Test("Blanks, comments, quotes and long options change nothing", arguments: RecordedOutput.allCases)
    func spelling(recorded: RecordedOutput) throws {
        let learnt = try learn(recorded) { bench in
            let script = try recorded.applicationScript
                .replacing(" -A ", with: "\t --append  ").replacing(" -i wg+", with: " --in-interface 'wg+'")
                .replacing(" -j REJECT --reject-with icmp-port-unreachable", with: " -j REJECT")
                .replacing("-p tcp -m tcp", with: "-p TCP").replacing("-d $DNS_IP", with: "-d \"$DNS_IP\"")
                .replacing(
                    "-m state --state RELATED,ESTABLISHED", with: "\\\n  -m conntrack --ctstate ESTABLISHED,RELATED"
                )
                .replacing("iptables -t filter", with: "  # a comment; iptables -F\n\n/sbin/iptables -w -t filter")
                .replacing(
                    "#!/bin/bash\n# Description: Firewall rules for WireGuard_WebAdmin",
                    with: "#!/bin/sh\n# Description: Firewall rules for WireGuard_WebAdmin \r")
            try bench.put(script, at: FirewallScript.fileName)
        }
        #expect(learnt.foreignScript == nil)
        #expect(learnt.generation.name == recorded.generation)
    }

    @Test("The MTU is that of most configs, and --mtu goes first")
    func mtu() throws {
        func learn(_ count: Int, of lines: String, mtu: Int? = nil) throws -> Int? {
            try self.learn(.upstream9974, mtu: mtu) { bench in
                for name in try bench.configNames().prefix(count) {
                    try bench.put(
                        bench.config(name).replacing("\nListenPort", with: "\n\(lines)\nListenPort"), at: name)
                }
            }.mtu
        }
        #expect(try learn(0, of: "") == nil)
        #expect(try learn(1, of: "MTU = 1280") == nil)
        #expect(try learn(11, of: "MTU=1420") == 1420)
        #expect(try learn(11, of: "MTU = 1420", mtu: 1300) == 1300)
    }

    @Test("An older database under a script of this program's own: what the tables allow")
    func restoredDatabase() throws {
        let learnt = try learn(.upstream9966) { bench in
            try bench.put(
                "#!/bin/bash\n\(FirewallShell.mark)\n\(FirewallShell.generationMark)9975\n#\n",
                at: FirewallScript.fileName)
        }
        #expect(learnt.generation.name == "9968")
        #expect(learnt.foreignScript == nil)
    }

    @Test(
        "One column less makes no older release of it",
        arguments: ["", "#!/bin/bash\n\(FirewallShell.mark)\n#\n", "#!/bin/bash\n\(FirewallShell.mark)\n#wrong\n"])
    func columnLess(script: String) throws {
        let wrong = "\(FirewallShell.generationMark)9970"
        let learnt = try learn(.upstream9979) { bench in
            try bench.drop("suspend_reason", of: "wireguard_peer")
            try bench.put(script.replacing("#wrong", with: wrong), at: FirewallScript.fileName)
        }
        #expect(learnt.generation.name == "9975")
        #expect(learnt.layout == .withComments)
        #expect(learnt.evidence == [.configs, .tables])
    }

    @Test("Configs that the tables are too old for are refused, and the column is named")
    func configsOfLaterRelease() throws {
        try withBench { bench in
            try RecordedOutput.upstream9966.lay(into: bench)
            try FileManager.default.removeItem(atPath: bench.wireguard + "/" + FirewallScript.fileName)
            let name = try #require(bench.configNames().first)
            try bench.put("[Interface]\nPrivateKey = x\n\n# Peer: a\n[Peer]\n", at: name)
            let database = try ControlPlaneDatabase(opening: bench.database, busyTimeout: 5)
            let failure = #expect(throws: DatabaseFailure.self) {
                try LearntOutput(in: OpenFolder(bench.wireguard), of: database, mtu: nil)
            }
            #expect(failure?.exitStatus == .databaseUnusable)
            #expect(failure?.cause.contains("missing: column wireguard_peer.suspended") == true)
        }
    }

    @Test("Configs that are older than the tables keep their layout, and the filter is that of the tables")
    func configsOfEarlierRelease() throws {
        let learnt = try learn(.upstream9973) { bench in
            try FileManager.default.removeItem(atPath: bench.wireguard + "/" + FirewallScript.fileName)
            try bench.execute("ALTER TABLE wireguard_peer ADD COLUMN suspended bool NOT NULL DEFAULT 0")
            try bench.execute("ALTER TABLE wireguard_peer ADD COLUMN disabled_by_schedule bool NOT NULL DEFAULT 0")
        }
        #expect(learnt.generation.name == "9975")
        #expect(learnt.layout == .withEmptyCommands)
        #expect(learnt.evidence == [.configs, .tables])
    }

    @Test("A known script that cannot enforce what the tables ask for is left alone, and its release named")
    func scriptOfEarlierRelease() throws {
        let learnt = try learn(.upstream9979) { bench in
            try bench.put(RecordedOutput.upstream9971.applicationScript, at: FirewallScript.fileName)
        }
        #expect(learnt.generation.name == "9975")
        #expect(learnt.foreignScript?.contains("which cannot work with this database") == true)
        #expect(learnt.foreignScript?.contains("9970") == true)
    }

    @Test("A script of a newer version of this program is left alone")
    func newerVersion() throws {
        let learnt = try learn(.upstream9979) { bench in
            try bench.put(
                "#!/bin/bash\n\(FirewallShell.mark)\n\(FirewallShell.generationMark)12000\n#\n",
                at: FirewallScript.fileName)
        }
        #expect(learnt.foreignScript == "a newer wg-reconcile wrote it")
    }

    @Test("The second rule of wg0 to wg9 makes the fork's script, and nothing else does")
    func fork() throws {
        let recording = try RecordedOutput.fork202601.before
        let second = (0...9).map { "-A WGWADM_FORWARD -i wg\($0) -o wg\($0) -j ACCEPT" }
        let lines = recording.split(separator: "\n")
        let end = try #require(lines.firstIndex { $0.contains("-i wg+ -o wg+") })
        let upstream = (lines[..<(end - 10)] + lines[end...]).joined(separator: "\n")
        #expect(lines[(end - 10)..<end].map(String.init) == second)
        let (ofFork, ofUpstream) = (
            ApplicationScript(Array(RecordedOutput.script(for: recording).utf8)),
            ApplicationScript(Array(RecordedOutput.script(for: upstream).utf8))
        )
        #expect(Generation.all.filter(ofFork.fits).map(\.name) == ["fork"])
        #expect(Generation.all.filter(ofUpstream.fits).map(\.name) == ["9968", "9970"])
    }

    @Test("Where a script denies traffic, it tells 9970 from those before")
    func denial() throws {
        func fitting(_ verdict: String, policy: String) throws -> [String] {
            let recording = try RecordedOutput.upstream9971.before
                .replacing("-i wg+ -o wg+ -j ACCEPT", with: "-i wg+ -o wg+ -j \(verdict)")
                .replacing(":FORWARD DROP", with: ":FORWARD \(policy)")
            let script = ApplicationScript(Array(RecordedOutput.script(for: recording).utf8))
            return Generation.all.filter(script.fits).map(\.name)
        }
        #expect(try fitting("REJECT", policy: "ACCEPT") == ["9968"])
        #expect(try fitting("DROP", policy: "ACCEPT") == ["9970"])
        #expect(try fitting("DROP", policy: "DROP") == ["9968", "9970"])
        #expect(try fitting("REJECT", policy: "DROP") == [])
    }

    @Test("The newest layout of configs counts where an export of one instance left two")
    func twoLayouts() {
        let (old, new) = (
            "[Interface]\nPrivateKey = x\nPostUp = \nPostDown = ", "[Interface]\nPrivateKey = x\n\n# Peer: a\n[Peer]\n"
        )
        func evidence(_ configs: String...) -> Bool? {
            ConfigEvidence(configs.map { Array($0.utf8) }).keepsEmptyCommands
        }
        #expect(evidence(old, old) == true)
        #expect(evidence(old, new, old) == false)
        #expect(evidence(new) == false)
        #expect(evidence() == nil)
        #expect(evidence("", "mine", "[Interface]\nPostUp = a\nPostDown = b\n[Peer]\n") == nil)
    }

    @Test("A column that the release surely has is missing: refused, so that no limit is lifted")
    func missingSetting() throws {
        let settings = [
            (RecordedOutput.upstream9979, "wireguard_wireguardinstance", "enforce_route_policy"),
            (.upstream9974, "wireguard_wireguardinstance", "enforce_route_policy"),
            (.upstream9974, "routing_templates_routingtemplate", "enforce_route_policy"),
            (.upstream9973, "routing_templates_routingtemplate", "enforce_route_policy"),
            (.upstream9972, "routing_templates_routingtemplate", "enforce_route_policy"),
            (.upstream9973, "wireguard_peer", "routing_template_id"),
            (.upstream9974, "wireguard_peer", "suspended"), (.upstream9979, "wireguard_peer", "suspended"),
            (.upstream9979, "wireguard_peer", "disabled_by_schedule"),
            (.upstream9979, "firewall_redirectrule", "port_forward"),
            (.upstream9979, "firewall_firewallsettings", "instance_to_execute_firewall_id"),
            (.fork202601, "wireguard_wireguardinstance", "bandwidth_limit_enabled"),
        ]
        for (recorded, table, column) in settings {
            let failure = #expect(throws: DatabaseFailure.self, "\(recorded)") {
                try learn(recorded) { try $0.drop(column, of: table) }
            }
            #expect(failure?.cause.contains("missing: column \(table).\(column)") == true, "\(recorded)")
        }
    }

    @Test("Configs run bandwidth scripts of which the tables know nothing: refused")
    func bandwidthWithoutColumns() throws {
        let failure = #expect(throws: DatabaseFailure.self) {
            try learn(.fork202601) { bench in
                for column in ["bandwidth_limit_enabled", "bandwidth_limit_mbps"] {
                    try bench.execute("ALTER TABLE wireguard_wireguardinstance DROP COLUMN \(column)")
                }
            }
        }
        #expect(failure?.cause.contains("bandwidth_limit_enabled, which the application has that wrote") == true)
    }

    @Test("A script limits peers to their routes, and the tables cannot ask for it: it is left alone")
    func scriptEnforcesWithoutColumns() throws {
        let learnt = try learn(.upstream9972) { bench in
            try bench.drop("enforce_route_policy", of: "routing_templates_routingtemplate")
            try bench.drop("routing_template_id", of: "wireguard_peer")
        }
        #expect(learnt.foreignScript?.contains("limits peers to their routes") == true)
    }

    @Test("Tables of the fork and of a later upstream release: only a script tells which it is")
    func forkAndUpstream() throws {
        let add = "CREATE TABLE orders_paymenttoken (id integer PRIMARY KEY)"
        #expect(try learn(.upstream9979) { try $0.execute(add) }.generation.name == "9975")
        let failure = #expect(throws: DatabaseFailure.self) {
            try learn(.upstream9979) { bench in
                try bench.execute(add)
                try FileManager.default.removeItem(atPath: bench.wireguard + "/" + FirewallScript.fileName)
            }
        }
        #expect(failure?.cause.contains("not known together: table orders_paymenttoken, of the fork") == true)
    }
}

extension Bench {
    /// Takes a column away from a table, with its indexes.
    fileprivate func drop(_ column: String, of table: String) throws {
        let indexes = try strings(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = '\(table)' AND sql LIKE '%\"\(column)\"%'"
        )
        for index in indexes { try execute("DROP INDEX \(index)") }
        try execute("ALTER TABLE \(table) DROP COLUMN \(column)")
    }
}
