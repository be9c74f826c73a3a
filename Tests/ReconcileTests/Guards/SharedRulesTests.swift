import TestSupport
import Testing

@testable import Journal
@testable import Removal
@testable import Report

/// A plugin refers to a firewall rule that no single instance orphans.
@Suite("A plan where an unknown table refers to a rule that several orphan together")
struct SharedRulesTests {
    private static let plugin = """
        CREATE TABLE plugin (id INTEGER PRIMARY KEY, rule REFERENCES firewall_firewallrule (uuid));
        INSERT INTO plugin (rule) SELECT uuid FROM firewall_firewallrule;
        """

    /// What the plan expects, and what a run then does.
    private func outcomes(_ bench: Bench, _ emails: [String]) throws -> (expected: [Outcome], seen: [Outcome]) {
        let expected = try bench.plan(emails).plan.expectations.map(\.result.outcome)
        return (expected, try bench.run(emails).outcomes)
    }

    @Test func `two accounts: the one that would take the last peer is refused`() throws {
        try withBench { bench throws in
            try bench.work { plane in
                let first = try plane.account("ann@example.com")
                let second = try plane.account("bob@example.com")
                try plane.account("carl@example.com")
                try plane.rule(sources: first.peers + second.peers)
                try plane.db.execute(sql: Self.plugin)
            }
            // In the order of their interfaces, not of the feed.
            let (expected, seen) = try outcomes(bench, ["bob@example.com", "ann@example.com", "carl@example.com"])
            #expect(expected == [.refused, .removed, .removed])
            #expect(seen == expected)
        }
    }

    @Test func `one account with several instances is refused`() throws {
        try withBench { bench throws in
            try bench.work { plane in
                let account = try plane.account("ann@example.com")
                let other = try plane.instance("ann@example.com")
                let peer = try plane.peer(of: other)
                try plane.rule(destinations: account.peers + [peer])
                try plane.db.execute(sql: Self.plugin)
            }
            let (expected, seen) = try outcomes(bench, ["ann@example.com"])
            #expect(expected == [.refused])
            #expect(seen == expected)
        }
    }

    @Test func `a side with an address of its own, or with a peer that stays, keeps nobody`() throws {
        try withBench { bench throws in
            try bench.work { plane in
                let first = try plane.account("ann@example.com")
                let second = try plane.account("bob@example.com")
                let staying = try plane.account("carl@example.com")
                try plane.rule(sources: first.peers + second.peers, sourceIP: "10.0.0.1")
                try plane.rule(sources: first.peers + second.peers + staying.peers)
                try plane.db.execute(sql: Self.plugin)
            }
            let (expected, seen) = try outcomes(bench, ["ann@example.com", "bob@example.com"])
            #expect(expected == [.removed, .removed])
            #expect(seen == expected)
        }
    }
}
