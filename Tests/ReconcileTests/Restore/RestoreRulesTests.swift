import GRDB
import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import Support

/// A restored account reaches no more than it did before its removal.
@Suite("Restore: firewall rules")
struct RestoreRulesTests {
    private static let (ann, bob, carl) = ("ann@example.com", "bob@example.com", "carl@example.com")

    /// A rule on packets between peers of these accounts: their first ones, then the next where one is named again.
    private func withRule(
        from sources: [String], to destinations: [String] = [], address: String? = nil, negated: Set<String> = [],
        action: String = "drop", _ body: (Bench, String) throws -> Void
    ) throws {
        try withBench { bench in
            let uuid = try bench.work { plane in
                for email in [Self.ann, Self.bob, Self.carl] { try plane.account(email, peers: 2) }
                func peers(_ emails: [String]) throws -> [String] {
                    try emails.indices.map { place in
                        try plane.peers(of: emails[place])[emails[..<place].count { $0 == emails[place] }]
                    }
                }
                return try plane.rule(
                    sources: peers(sources), destinations: peers(destinations), destinationIP: address,
                    negated: negated, action: action)
            }
            try bench.run([])
            try body(bench, uuid)
        }
    }

    private static let rules = "SELECT uuid || rule_action || destination_ip FROM firewall_firewallrule"

    private func blocking(_ bench: Bench) throws -> (rules: Int, sources: Int, destinations: Int) {
        (
            try bench.count("firewall_firewallrule"), try bench.count("firewall_firewallrule_source_peer"),
            try bench.count("firewall_firewallrule_destination_peer")
        )
    }

    private func feed(_ status: String, _ emails: [String], _ bench: Bench, restores: Int? = nil) throws -> FinishedRun
    {
        try bench.write("email,status\n" + emails.map { "\($0),\(status)\n" }.joined())
        return try Reconciliation(bench.options { $0.maxRestores = restores }, .still()).run()
    }

    @Test(arguments: [true, false], [true, false])
    func `a rule that blocks two accounts comes back with the first of them`(together: Bool, annFirst: Bool) throws {
        try withRule(from: [Self.ann, Self.bob], address: "192.168.50.0") { bench, uuid in
            let before = try (bench.exported(), bench.strings(Self.rules))
            if together {
                try bench.run([Self.ann, Self.bob])
            } else {
                try bench.run([Self.ann])
                try bench.run([Self.bob])
            }
            #expect(try blocking(bench) == (0, 0, 0))
            let order = annFirst ? [Self.ann, Self.bob] : [Self.bob, Self.ann]
            let first = try bench.restore([order[0]])
            #expect(first.refusals == [] && first.restored[0].leftOut == [])
            #expect(try blocking(bench) == (1, 1, 0))
            #expect(try bench.strings("SELECT uuid FROM firewall_firewallrule") == [uuid])
            let second = try bench.restore([order[1]])
            #expect(second.refusals == [] && second.restored[0].leftOut == [] && second.restored[0].waiting == 0)
            #expect(try blocking(bench) == (1, 2, 0))
            #expect(try bench.strings(Self.rules) == before.1)
            #expect(try bench.exported() == before.0)
            #expect(try bench.count("wg_reconcile_archive") == 0)
        }
    }

    @Test func `a rule that is gone for good needs attention, and no feed brings the account back without it`() throws {
        try withRule(from: [Self.ann, Self.bob], address: "192.168.50.0") { bench, uuid in
            #expect(try feed("suspended", [Self.ann], bench).outcomes == [.removed])
            #expect(try feed("deletion_requested", [Self.bob], bench).outcomes == [.removed])
            let active = try feed("active", [Self.ann], bench, restores: 50)
            #expect(active.results.map(\.isRestored) == [false] && active.exitStatus == .attentionNeeded)
            #expect(active.results[0].errors.last?.contains("a firewall rule that named its peers is gone") == true)
            let byHand = try bench.restore([Self.ann])
            #expect(byHand.refusals == [] && byHand.exitStatus == .attentionNeeded)
            #expect(
                byHand.restored[0].leftOut == [
                    "its place in the firewall rule \(uuid.hyphenatedUUID), which is gone"
                ])
        }
    }

    @Test func `a rule that blocks all but a removed peer comes back, and blocks that one too`() throws {
        try withRule(from: [Self.ann], to: [Self.bob], negated: ["destination"]) { bench, _ in
            let before = try bench.exported()
            try bench.run([Self.ann, Self.bob])
            #expect(try bench.restore([Self.ann]).refusals == [])
            #expect(try blocking(bench) == (1, 1, 0))
            #expect(try bench.restore([Self.bob]).refusals == [])
            #expect(try blocking(bench) == (1, 1, 1))
            #expect(try bench.exported() == before)
        }
    }

    @Test func `with some of several peers that it leaves out, it would block less, and nothing comes back`() throws {
        try withRule(from: [Self.ann], to: [Self.bob, Self.carl], negated: ["destination"]) { bench, uuid in
            try bench.run([Self.ann])
            try bench.work { plane in
                try plane.db.execute(
                    sql: "DELETE FROM wireguard_peer WHERE rowid = (SELECT max(rowid) - 1 FROM wireguard_peer)")
            }
            #expect(try bench.restore([Self.ann]).refusals == [.exceptsSeveral(rule: uuid)])
            #expect(try bench.count("auth_user", where: "email = '\(Self.ann)'") == 0)
        }
    }

    /// The peers of those who stay went along with the rule.
    @Test(arguments: ["accept", "drop"], [true, false])
    func `a rule comes back with its peers of those who stay`(action: String, annFirst: Bool) throws {
        try withRule(from: [Self.ann, Self.bob], to: [Self.carl], action: action) { bench, _ in
            let before = try bench.exported()
            try bench.run([Self.ann])
            try bench.run([Self.bob])
            let order = annFirst ? [Self.ann, Self.bob] : [Self.bob, Self.ann]
            #expect(try bench.restore([order[0]]).refusals == [])
            #expect(try blocking(bench) == (1, 1, 1))
            #expect(try bench.restore([order[1]]).refusals == [])
            #expect(try blocking(bench) == (1, 2, 1))
            #expect(try bench.exported() == before)
            #expect(try bench.count("wg_reconcile_archive") == 0)
        }
    }

    @Test func `a rule is counted once, however many peers it named`() throws {
        try withRule(from: [Self.ann, Self.ann, Self.bob], address: "192.168.50.0") { bench, _ in
            #expect(try feed("suspended", [Self.ann], bench).outcomes == [.removed])
            #expect(try feed("deletion_requested", [Self.bob], bench).outcomes == [.removed])
            let restored = try bench.restore([Self.ann]).restored
            #expect(restored[0].lostRules.count == 1 && restored[0].leftOut.count == 1)
        }
    }
}
