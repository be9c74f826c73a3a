import Foundation
import GRDB
import TestSupport
import Testing

@testable import ControlPlane
@testable import Journal
@testable import Reconcile
@testable import Report
@testable import Support
@testable import WireGuard

@Suite("A config is rendered as the application's export writes it")
struct ConfigRenderingTests {
    /// The configs that a run of an empty feed writes.
    private func render(_ fill: (SmallControlPlane) throws -> Void, _ body: (Bench, FinishedRun) throws -> Void) throws
    {
        try withBench { bench in
            try bench.work(fill)
            try body(bench, try bench.run([]))
        }
    }

    @Test("whole")
    func whole() throws {
        try render { plane in
            let instance = try plane.instance("ann@example.com", ["instance_id": 7, "listen_port": 51_820])
            let first = try plane.peer(
                of: instance, address: "10.0.7.2",
                ["public_key": "K1=", "pre_shared_key": "P1=", "persistent_keepalive": 0])
            try plane.allowedIP("192.168.3.0", 24, priority: 2, of: first)
            try plane.allowedIP("fd00::", 64, priority: 1, of: first)
            try plane.allowedIP("0.0.0.0", 0, priority: 1, file: "client", of: first)
            try plane.peer(of: instance, address: nil, ["public_key": "K2="])
        } _: { bench, finished in
            let text = try bench.config("wg7.conf")
            #expect(
                text == """
                    [Interface]
                    PrivateKey = AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=
                    Address = 10.0.1.1/24
                    ListenPort = 51820
                    PostUp = /etc/wireguard/wg-firewall.sh
                    PostDown =\u{20}
                    [Peer]
                    PublicKey = K1=
                    PresharedKey = P1=
                    PersistentKeepalive = 0
                    AllowedIPs = 10.0.7.2/32, fd00::/64, 192.168.3.0/24

                    [Peer]
                    PublicKey = K2=

                    PersistentKeepalive = 25
                    AllowedIPs =\u{20}

                    """)
            #expect(finished.record.configs.written == ["wg7.conf"])
            #expect(finished.record.configs.changedOtherwise == ["wg7.conf"])
        }
    }

    @Test("without a line end where it has no peers, and with the firewall script in the first that is not legacy")
    func firewallScript() throws {
        try render { plane in
            try plane.instance("a@example.com", ["legacy_firewall": 1])
            try plane.instance("b@example.com")
            try plane.instance("c@example.com")
        } _: { bench, _ in
            let texts = try (1...3).map { try bench.config("wg\($0).conf") }
            #expect(texts[0].hasSuffix("\nPostUp = \nPostDown = "))
            #expect(texts[1].hasSuffix("\nPostUp = /etc/wireguard/wg-firewall.sh\nPostDown = "))
            #expect(texts[2].hasSuffix("\nPostUp = \nPostDown = "))
        }
    }

    @Test(
        "with legacy commands on one line",
        arguments: [
            ("", ""), ("one", "one; "), ("one\ntwo", "one; two; "), ("one\r\ntwo", "one; two; "),
            ("one\r\r\n\n\ntwo", "one; two; "), ("one\n", "one; ; "), ("\none", "; one; "), ("\n\n", "; ; "),
            ("a\tb\u{0}c\u{1b}d\u{7f}e", "abcde; "), ("a\n\t\nb", "a; ; b; "), ("ü # x", "ü # x; "),
            ("\u{7}", ""),
        ])
    func legacyCommands(stored: String, rendered: String) {
        let commands = PostCommands(legacyUp: stored, down: stored, .withComments)
        #expect(commands.up == rendered)
        #expect(commands.down == rendered)
        // The fork drops line breaks like any other control character.
        let ofFork = PostCommands(legacyUp: stored, down: stored, .ofFork)
        #expect(ofFork.up == ofFork.down)
        let hasLineBreak = ofFork.up.contains(where: \.isNewline)
        #expect(!hasLineBreak)
        if stored == "one\ntwo" { #expect(ofFork.up == "onetwo; ") }
    }

    @Test("with the redirects of a legacy instance behind its commands")
    func redirects() throws {
        try render { plane in
            let instance = try plane.instance(
                "a@example.com", ["legacy_firewall": 1, "post_up": "up", "post_down": "down"])
            let peer = try plane.peer(of: instance, address: "10.0.1.2")
            let wide = try plane.peer(of: instance, address: nil)
            try plane.allowedIP("10.0.1.0", 24, of: wide)
            try plane.redirect(port: 80, of: instance, to: peer, forward: true, masquerade: true)
            try plane.redirect(port: 53, of: instance, to: nil, address: "10.5.5.5", transport: "udp")
            try plane.redirect(port: 81, of: instance, to: wide, address: "10.6.6.6", masquerade: true)
            try plane.redirect(port: 82, of: instance, to: wide)
            try plane.redirect(port: 83, of: instance, to: peer, address: "10.7.7.7", forward: true)
            let modern = try plane.instance("b@example.com")
            try plane.redirect(port: 84, of: modern, to: plane.peer(of: modern))
        } _: { bench, _ in
            let nat = "iptables -t nat -A PREROUTING"
            let up = [
                "up; ",
                "\(nat) -p tcp -d wireguard-webadmin --dport 80 -j DNAT --to-dest 10.0.1.2:80 ; ",
                "iptables -A FORWARD -d 10.0.1.2 -p tcp --dport 80 -j ACCEPT ; ",
                "iptables -t nat -A POSTROUTING -d 10.0.1.2 -p tcp --dport 80 -j MASQUERADE ; ",
                "\(nat) -p udp -d wireguard-webadmin --dport 53 -j DNAT --to-dest 10.5.5.5:53 ; ",
                "\(nat) -p tcp -d wireguard-webadmin --dport 81 -j DNAT --to-dest 10.6.6.6:81 ; ",
                "iptables -t nat -A POSTROUTING -d 10.6.6.6 -p tcp --dport 81 -j MASQUERADE ; ",
                "\(nat) -p tcp -d wireguard-webadmin --dport 83 -j DNAT --to-dest 10.0.1.2:83 ; ",
                "iptables -A FORWARD -d 10.0.1.2 -p tcp --dport 83 -j ACCEPT ; ",
            ].joined()
            let lines = try bench.config("wg1.conf").split(separator: "\n")
            #expect(lines[4] == "PostUp = \(up)")
            let down = up.replacing("up; ", with: "down; ").replacing(" -A ", with: " -D ")
            #expect(lines[5] == "PostDown = \(down)")
            let modern = try bench.config("wg2.conf")
            #expect(!modern.contains("--dport"))
        }
    }

    @Test(
        "but not where a value would smuggle in a line: that config stays, and is named",
        arguments: [
            ("wireguard_wireguardinstance", "private_key", "private_key"),
            ("wireguard_wireguardinstance", "address", "address"),
            ("wireguard_peer", "public_key", "public_key"), ("wireguard_peer", "pre_shared_key", "pre_shared_key"),
            ("wireguard_peerallowedip", "allowed_ip", "allowed_ip"),
        ],
        [
            // By number: test reports do not escape control characters.
            0x0A, 0x0D, 0x01, 0x1B, 0x7F,
        ] as [UInt8])
    func controlCharacters(place: (String, String, String), character: UInt8) throws {
        let value = "A" + String(decoding: [character], as: UTF8.self) + "PostUp = rm"
        let (table, column, named) = place
        try withBench { bench in
            try bench.work { plane in
                let instance = try plane.instance("ann@example.com", ["legacy_firewall": 1])
                try plane.peer(of: instance)
                try plane.redirect(port: 1, of: instance, to: nil, address: "10.1.1.1")
                try plane.account("bob@example.com")
                try plane.account("eve@example.com")
            }
            try bench.run([])
            let before = try bench.config("wg1.conf")
            try bench.work { plane in
                try plane.db.execute(
                    sql: "UPDATE \(table) SET \(column) = ? WHERE rowid = (SELECT min(rowid) FROM \(table))",
                    arguments: [value])
            }
            let finished = try bench.run(["bob@example.com"])
            #expect(finished.outcomes == [.removed])
            #expect(try bench.config("wg1.conf") == before)
            #expect(try bench.configNames() == ["wg1.conf", "wg3.conf"])
            #expect(!finished.record.configs.regenerated)
            #expect(finished.record.configs.errors.count == 1)
            #expect(finished.record.configs.errors.first?.contains("wg1.conf") == true)
            #expect(finished.record.configs.errors.first?.contains(named) == true)
            #expect(finished.record.configs.errors.first?.contains("rm") == false)
            #expect(finished.exitStatus == .attentionNeeded)
            let results = try bench.responses()[0]?["results"] as? [String: Any]
            let types = (results?["removed_items"] as? [[String: Any]] ?? []).compactMap { $0["type"] as? String }
            #expect(types == ["wireguard_instance", "peer_group", "user_acl", "user"])
        }
    }

    @Test("in parts as all at once", arguments: ["2025", "2026"], [1, 7, 1_000])
    func inParts(edition: String, atMost count: Int) throws {
        try withBench { bench in
            try FileManager.default.copyItem(
                atPath: Fixtures.path("reference/\(edition)/before.sqlite3"), toPath: bench.database)
            try bench.work { plane in
                let schema = try ControlPlaneSchema(of: plane.db, at: bench.database, accepting: []).capabilities
                let learnt = LearntOutput.of(edition == "2025" ? .fork : .from9975)
                let whole = try ConfigRendering(reading: plane.db, schema, learnt)
                var parts = ConfigRendering(schema, learnt)
                while try parts.renderMore(plane.db, atMost: count) {}
                #expect(whole.configs.count > 10)
                #expect(parts.configs.map(\.bytes) == whole.configs.map(\.bytes))
                #expect(parts.configs.map(\.number) == whole.configs.map(\.number))
                #expect(parts.configs.map(\.runsFirewallScript) == whole.configs.map(\.runsFirewallScript))
                #expect(parts.interfaceNumbers == whole.interfaceNumbers)
            }
        }
    }
}
