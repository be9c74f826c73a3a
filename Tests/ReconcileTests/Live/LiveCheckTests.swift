import Foundation
import TestSupport
import Testing

@testable import ControlPlane
@testable import Reconcile
@testable import Report
@testable import SamplePlane
@testable import Support
@testable import WireGuard

@Suite("Live interfaces: what check says")
struct LiveCheckTests {
    private func key(_ number: Int) throws -> String {
        try #require(WireGuardKey.publicKey(ofPrivateKey: SmallControlPlane.privateKey(number)))
    }

    /// Three instances whose configs are exported.
    private func withInstances(_ body: (Bench) throws -> Void) throws {
        try withBench { bench in
            try bench.work { plane in
                for number in 1...3 { try plane.account("c\(number)@example.com") }
            }
            try bench.run([])
            try body(bench)
        }
    }

    private func check(
        _ bench: Bench, _ programs: StandInPrograms, keepsFirewall: Bool = false
    ) throws -> [Finding] {
        let access = try programs.access(in: bench)
        let options = bench.options {
            $0.live = access
            $0.keepsFirewall = keepsFirewall
        }
        return ReadinessCheck(options, now: UTCTime(seconds: 1_795_441_471)).findings()
    }

    private func contains(_ findings: [Finding], _ level: Finding.Level, _ subject: String, _ words: String) -> Bool {
        findings.contains { $0.level == level && $0.subject == subject && $0.detail.contains(words) }
    }

    enum Situation: CaseIterable { case isUp, nothingIsUp, scriptIsForeign }

    private func arrange(_ situation: Situation, _ bench: Bench) throws -> StandInPrograms {
        if situation == .scriptIsForeign {
            try bench.put("iptables -A INPUT -d wireguard-webadmin -j ACCEPT\n", at: FirewallScript.fileName)
        }
        return StandInPrograms(interfaces: situation == .nothingIsUp ? [:] : ["wg1": try key(1)])
    }

    @Test(arguments: Situation.allCases)
    func `names and packet filter are said also where the script would not be run`(situation: Situation) throws {
        try withInstances { bench in
            var programs = try arrange(situation, bench)
            programs.rules["nft"] = StandInPrograms.chains
            let findings = try check(bench, programs, keepsFirewall: true)
            let subject = "firewall script"
            #expect(
                contains(
                    findings, .ok, subject,
                    "wireguard-webadmin is 172.20.0.2, wireguard-webadmin-dns is 172.20.0.3"), "\(findings)")
            #expect(contains(findings, .ok, subject, "in the packet filter of iptables here, nft"), "\(findings)")
            #expect(!findings.contains { $0.level == .problem && $0.subject == subject }, "\(findings)")
        }
    }

    @Test(arguments: Situation.allCases)
    func `a name that rules use and that is unknown is a problem`(situation: Situation) throws {
        try withInstances { bench in
            if situation != .scriptIsForeign {
                // Its rule has the name of the application's container.
                let instance = try bench.strings("SELECT uuid FROM wireguard_wireguardinstance").first
                try bench.work { try $0.redirect(port: 8080, of: instance, to: nil, address: "10.0.0.9") }
            }
            var programs = try arrange(situation, bench)
            programs.names = [:]
            let findings = try check(bench, programs, keepsFirewall: true)
            #expect(
                contains(findings, .problem, "firewall script", "the name wireguard-webadmin"), "\(findings)")
        }
    }

    @Test func `where both packet filters hold the chains, both are named`() throws {
        try withInstances { bench in
            let rules = ["nft": StandInPrograms.chains, "legacy": StandInPrograms.chains]
            let both = try check(bench, StandInPrograms(interfaces: ["wg1": key(1)], rules: rules))
            #expect(
                contains(both, .problem, "firewall script", "are in both packet filters of the kernel"), "\(both)")
            let other = try check(
                bench,
                StandInPrograms(interfaces: [:], rules: ["nft": "*filter", "legacy": StandInPrograms.chains]))
            #expect(contains(other, .problem, "firewall script", "in the packet filter of iptables-legacy"))
        }
    }

    @Test func `where /proc/net is hidden, nobody can say that the legacy filter holds nothing`() throws {
        try withInstances { bench in
            for sees in [true, false] {
                let programs = StandInPrograms(
                    interfaces: ["wg1": try key(1)], rules: ["nft": "*filter", "legacy": ""], seesNetworkFiles: sees)
                let findings = try check(bench, programs)
                let isUnseen =
                    contains(findings, .problem, "firewall script", "it would not be run: it cannot be seen")
                    || contains(findings, .note, "firewall script", "it cannot be seen from here")
                #expect(isUnseen == !sees, "\(findings)")
            }
        }
    }

    @Test func `namespace, names and packet filter are said also without a database, without configs or without wg`()
        throws
    {
        for missing in ["database", "configs", "wg"] {
            try withInstances { bench in
                let programs = StandInPrograms(
                    interfaces: ["wg1": try key(1)], rules: ["nft": StandInPrograms.chains, "legacy": "*filter"])
                let access = try programs.access(in: bench)
                if missing == "wg" { try FileManager.default.removeItem(atPath: bench.folder + "/programs/wg") }
                let options = bench.options {
                    $0.live = access
                    if missing == "database" { $0.databasePath = "/no/such" }
                    if missing == "configs" { $0.wireguardDirectory = "/no/such" }
                }
                let findings = ReadinessCheck(options, now: UTCTime(seconds: 1_795_441_471)).findings()
                #expect(contains(findings, .ok, "live interfaces", "in the network namespace net:["), "\(findings)")
                #expect(contains(findings, .ok, "firewall script", "wireguard-webadmin is 172.20.0.2"), "\(findings)")
                #expect(
                    contains(findings, .ok, "firewall script", "in the packet filter of iptables here, nft"),
                    "\(findings)")
            }
        }
    }

    @Test func `a script that an earlier run left to be run here would be run, as a run does it`() throws {
        try withInstances { bench in
            let place = try NetworkNamespace.Identity(of: nil).description
            try bench.put(place, at: ".wg-firewall.pending")
            let rules = ["nft": "*filter", "legacy": StandInPrograms.chains]
            let findings = try check(bench, StandInPrograms(rules: rules))
            #expect(contains(findings, .problem, "firewall script", "it would not be run: "), "\(findings)")
        }
    }

    @Test func `an interface with a key of nobody's, or of another instance, is a problem`() throws {
        try withInstances { bench in
            let up = [
                "wg1": try key(1), "wg2": try key(77), "wg3": try key(2), "wg77": try key(78), "office": try key(79),
            ]
            let findings = try check(bench, StandInPrograms(interfaces: up))
            let subject = "live interfaces"
            #expect(
                contains(findings, .problem, subject, "with a key that no instance of the database has: wg2"),
                "\(findings)")
            #expect(
                contains(findings, .problem, subject, "with the key of another instance: wg3 has that of wg2"),
                "\(findings)")
            // They have no instance's name, and are somebody else's, or of a customer who was deleted by hand.
            #expect(
                contains(findings, .note, subject, "with a key that no instance of the database has: office, wg77;"),
                "\(findings)")
        }
    }

    @Test func `an interface with the key that its instance had before the last export is mended by the next run`()
        throws
    {
        try withInstances { bench in
            let new = SmallControlPlane.privateKey(50)
            try bench.execute("UPDATE wireguard_wireguardinstance SET private_key = ? WHERE instance_id = 2", [new])
            try bench.run([])
            let findings = try check(bench, StandInPrograms(interfaces: ["wg1": key(1), "wg2": key(2)]))
            #expect(contains(findings, .note, "live interfaces", "up with an earlier key"), "\(findings)")
        }
    }

    @Test func `interfaces that are up without a config in the folder are a problem`() throws {
        try withInstances { bench in
            for number in 1...3 { try FileManager.default.removeItem(atPath: bench.wireguard + "/wg\(number).conf") }
            let findings = try check(bench, StandInPrograms(interfaces: ["wg1": key(1)]))
            #expect(contains(findings, .problem, "configs", "none of the 3 configs of the database is in "))
            #expect(
                contains(findings, .problem, "configs", "interfaces are up with the database's keys: wg1"),
                "\(findings)")
        }
    }
}
