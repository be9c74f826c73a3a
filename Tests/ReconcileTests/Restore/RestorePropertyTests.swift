import Foundation
import GRDB
import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import SamplePlane
@testable import Support

@Suite("Random accounts that are removed and restored")
struct RestorePropertyTests {
    private static let now = UTCTime(seconds: 1_795_441_471)
    private static var seeds: [UInt64] { runsLongTests ? Array(1...60) : Array(1...4) }

    /// Accounts of a sample, removed in several runs.
    private func withRemoved(
        seed: UInt64, _ body: (Bench, _ removed: [String], inout SplitMix64, _ before: [String]) throws -> Void
    ) throws {
        try withBench { bench in
            let sample = SampleControlPlane(accounts: 60, sessions: 80, seed: seed, now: Self.now)
            let inventory = try sample.write(to: bench.database)
            try bench.run([], in: at(0))
            let before = try rows(bench)
            var random = SplitMix64(seed: seed &* 77)
            let emails = Array(Set(inventory.accounts.map(\.email))).sorted().shuffled(using: &random).prefix(25)
            var removed: [String] = []
            var rest = emails[...]
            while !rest.isEmpty {
                let some = Array(rest.prefix(random.number(in: 1...9)))
                rest = rest.dropFirst(some.count)
                let run = try bench.run(some, in: at(Int64(removed.count + 1)))
                removed += zip(some, run.outcomes).filter { $1 == .removed || $1 == .partiallyRemoved }.map(\.0)
            }
            #expect(removed.count > 10)
            try body(bench, removed, &random, before)
        }
    }

    private func at(_ minutes: Int64) -> Surroundings { .still(at: Self.now.adding(seconds: 3_600 + 60 * minutes)) }

    /// But for what does not come back: sessions, tokens, and invites that have expired.
    private func rows(_ bench: Bench) throws -> [String] {
        let left: Set = ["django_session", "user_manager_authenticationtoken", "vpn_invite_peerinvite"]
        return try bench.image().withoutJournal.rows.filter { !left.contains($0.key) }
            .flatMap { table, rows in rows.map { "\(table) \($0.joined(separator: ", "))" } }.sorted()
    }

    @Test("are as they were, in whatever order they come back", arguments: seeds)
    func anyOrder(seed: UInt64) throws {
        try withRemoved(seed: seed) { bench, removed, random, before in
            for email in removed.shuffled(using: &random) {
                #expect(try bench.restore([email], in: at(100)).refusals == [], "\(email)")
            }
            let after = try rows(bench)
            #expect(Set(before).subtracting(after) == [] && Set(after).subtracting(before) == [])
            #expect(try bench.image().danglingRows == 0)
            #expect(try bench.count("wg_reconcile_archive") == 0)
        }
    }

    /// Others change, go and sign up in between. What comes back is whole, and nothing of others changes.
    @Test("are whole or not there, whatever others do in between", arguments: seeds)
    func meanwhile(seed: UInt64) throws {
        try withRemoved(seed: seed) { bench, removed, random, before in
            let others = try bench.strings("SELECT name FROM wireguard_wireguardinstance ORDER BY uuid")
            for (index, email) in removed.shuffled(using: &random).enumerated() {
                switch random.number(in: 0...3) {
                case 0: try bench.work { try $0.account("new\(index)@example.net") }
                case 1:
                    let other = others[random.number(in: 0...others.count - 1)]
                    try bench.run([other], in: at(200 + Int64(index)))
                case 2: try bench.execute("UPDATE wireguard_peer SET name = 'x' WHERE rowid % 7 = ?", [index % 7])
                default: break
                }
                let image = try bench.image()
                let result = try bench.restore([email], in: at(300 + Int64(index)))
                let changes = try bench.image().changes(since: image).filter { !$0.contains(" wg_reconcile") }
                #expect(try bench.image().danglingRows == 0)
                if result.restored.isEmpty {
                    #expect(changes == [], "\(result.refusals)")
                } else {
                    // Nothing goes but the empty group and its memberships; and only keys change.
                    let lost = changes.filter { $0.hasPrefix("- ") }
                    #expect(
                        lost.allSatisfy { line in
                            [
                                "wireguard_peergroup ", "user_manager_useracl_peer_groups ", "api_v2_apikey ",
                                "wireguard_peer ", "firewall_firewallsettings ",
                            ].contains { line.hasPrefix("- " + $0) }
                        }, "\(lost)")
                }
            }
            // Nobody's rule is open on a side that had peers: the database has no more such rules than before.
            func openRules() throws -> [String] {
                try bench.strings(
                    """
                    SELECT uuid FROM firewall_firewallrule AS rule
                    WHERE coalesce(source_ip, '') = '' AND NOT EXISTS (
                        SELECT 1 FROM firewall_firewallrule_source_peer WHERE firewallrule_id = rule.uuid)
                    """)
            }
            for rule in try openRules() {
                #expect(before.contains { $0.hasPrefix("firewall_firewallrule ") && $0.contains(rule) })
                #expect(!before.contains { $0.hasPrefix("firewall_firewallrule_source_peer ") && $0.contains(rule) })
            }
        }
    }
}
