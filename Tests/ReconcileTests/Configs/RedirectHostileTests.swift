import Foundation
import TestSupport
import Testing

@testable import Reconcile
@testable import Report
@testable import WireGuard

/// `wg-quick` runs PostUp and PostDown as root. What an administrator wrote there is commands by design; the redirects
/// behind it are values.
@Suite("A redirect cannot break out of PostUp and PostDown")
struct RedirectHostileTests {
    @Test("under a shell", arguments: Hostile.attacks)
    func shell(_ attack: String) throws {
        try withBench { bench in
            let bad = try bench.work { plane in
                let instance = try plane.instance("ann@example.com", ["legacy_firewall": 1])
                try plane.redirect(
                    port: 80, of: instance, to: nil, address: "10.0.1.2", forward: true, masquerade: true)
                let peer = try plane.peer(of: instance, address: nil)
                try plane.allowedIP(attack, 32, of: peer)
                let bad = [
                    try plane.redirect(port: 81, of: instance, to: nil, address: attack, forward: true),
                    try plane.redirect(port: 82, of: instance, to: peer, address: "10.0.1.3", masquerade: true),
                    try plane.redirect(port: 83, of: instance, to: nil, address: "10.0.1.4", transport: attack),
                ]
                let unusable = try plane.redirect(port: 84, of: instance, to: nil, address: "10.0.1.5")
                try plane.db.execute(
                    sql: "UPDATE firewall_redirectrule SET port = ? WHERE uuid = ?", arguments: [attack, unusable])
                // That this address makes no rule is one thing; that it is no line of a config is another.
                try plane.db.execute(sql: "UPDATE wireguard_peer SET wireguard_instance_id = 'none'")
                return bad + [unusable]
            }
            let configs = try bench.run([]).record.configs
            #expect(configs.regenerated)
            for rule in bad {
                let named = configs.firewallProblems.filter { $0.contains("redirect rule \(rule.withHyphens):") }
                #expect(named.count == 1, "\(configs.firewallProblems)")
            }
            #expect(configs.firewallProblems.allSatisfy { !$0.contains("canary") })

            let commands = try bench.config("wg1.conf").split(separator: "\n").filter { $0.hasPrefix("Post") }
                .map { $0.drop { $0 != "=" }.dropFirst() }
            #expect(commands.count == 2)
            let outcome = try Hostile.run(commands.joined(separator: "\n"), in: bench.folder)
            #expect(outcome.errors == "")
            #expect(!outcome.files.contains("canary"))
            #expect(
                outcome.words
                    == ["-A", "-D"].map { action in
                        """
                        14
                        -t
                        nat
                        \(action)
                        PREROUTING
                        -p
                        tcp
                        -d
                        wireguard-webadmin
                        --dport
                        80
                        -j
                        DNAT
                        --to-dest
                        10.0.1.2:80
                        10
                        \(action)
                        FORWARD
                        -d
                        10.0.1.2
                        -p
                        tcp
                        --dport
                        80
                        -j
                        ACCEPT
                        12
                        -t
                        nat
                        \(action)
                        POSTROUTING
                        -d
                        10.0.1.2
                        -p
                        tcp
                        --dport
                        80
                        -j
                        MASQUERADE

                        """
                    }.joined())
        }
    }
}
