import GRDB
import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import Report

@Suite("A firewall rule that would come to apply to everybody")
struct OrphanedRulesTests {
    enum Side: String, CaseIterable, Sendable { case source, destination }

    private func rule(
        _ plane: SmallControlPlane, _ side: Side, _ peers: [String], address: String? = nil,
        otherSide: [String] = []
    ) throws -> String {
        side == .source
            ? try plane.rule(sources: peers, destinations: otherSide, sourceIP: address, destinationIP: "10.9.0.0")
            : try plane.rule(sources: otherSide, destinations: peers, sourceIP: "10.9.0.0", destinationIP: address)
    }

    @Test(
        "goes with the last peer of a side, and is named beside the items, of which it is none",
        arguments: Side.allCases)
    func lastPeer(side: Side) throws {
        try withBench { bench in
            let (ann, rule) = try bench.work { plane in
                let ann = try plane.account("ann@example.com", peers: 2)
                let bob = try plane.account("bob@example.com")
                return (ann, try self.rule(plane, side, ann.peers, otherSide: bob.peers))
            }
            let finished = try bench.run(["ann@example.com"])
            #expect(
                finished.items(1) == [
                    "wireguard_instance \(ann.instance.withHyphens)", "peer_group ann@example.com_group",
                    "user_acl \(ann.acl.withHyphens)", "user ann@example.com",
                ])
            #expect(finished.kept(1) == ["firewall_rule \(rule.withHyphens)"])
            #expect(finished.results[0].removal?.rows["firewall_firewallrule"] == 1)
            for table in ["", "_source_peer", "_destination_peer"] {
                #expect(try bench.count("firewall_firewallrule\(table)") == 0)
            }
        }
    }

    @Test("is none that has an address of its own on that side", arguments: Side.allCases)
    func ownAddress(side: Side) throws {
        try withBench { bench in
            let rule = try bench.work { plane in
                let ann = try plane.account("ann@example.com")
                return try self.rule(plane, side, ann.peers, address: "172.16.0.0")
            }
            try bench.run(["ann@example.com"])
            #expect(try bench.strings("SELECT uuid FROM firewall_firewallrule") == [rule])
        }
    }

    @Test("is one whose address is an empty text", arguments: Side.allCases)
    func emptyAddress(side: Side) throws {
        try withBench { bench in
            try bench.work { plane in
                _ = try rule(plane, side, try plane.account("ann@example.com").peers, address: "")
            }
            try bench.run(["ann@example.com"])
            #expect(try bench.count("firewall_firewallrule") == 0)
        }
    }

    @Test("is none that another account's peer still limits", arguments: Side.allCases)
    func anotherPeer(side: Side) throws {
        try withBench { bench in
            let (rule, bob) = try bench.work { plane in
                let peers = try plane.account("ann@example.com").peers
                let bob = try plane.account("bob@example.com")
                return (try self.rule(plane, side, peers + bob.peers), bob)
            }
            let finished = try bench.run(["ann@example.com"])
            #expect(finished.kept(1) == [])
            #expect(try bench.strings("SELECT uuid FROM firewall_firewallrule") == [rule])
            #expect(try bench.strings("SELECT peer_id FROM firewall_firewallrule_\(side)_peer") == bob.peers)
        }
    }

    @Test("is none that never had a peer on that side, nor one of strangers")
    func never() throws {
        try withBench { bench in
            try bench.work { plane in
                try plane.account("ann@example.com")
                try plane.rule()
                try plane.rule(sources: try plane.account("bob@example.com").peers)
            }
            try bench.run(["ann@example.com"])
            #expect(try bench.count("firewall_firewallrule") == 2)
        }
    }

    @Test(
        "goes with the account of the younger instance, where two lose it in one run", arguments: Side.allCases,
        [1, 50])
    func twoAccounts(side: Side, accountsInACommit: Int) throws {
        try withBench { bench in
            let rule = try bench.work { plane in
                let peers = try plane.account("ann@example.com").peers + plane.account("bob@example.com").peers
                return try self.rule(plane, side, peers)
            }
            let finished = try bench.run(["bob@example.com", "ann@example.com"]) {
                $0.pace = CommitPace(group: .accounts(accountsInACommit), pause: 0)
            }
            #expect(finished.kept(1) == ["firewall_rule \(rule.withHyphens)"])
            #expect(finished.kept(2) == [])
            #expect(try bench.count("firewall_firewallrule") == 0)
        }
    }

    @Test("goes once with the two instances of one account that it leads to", arguments: Side.allCases)
    func twoInstances(side: Side) throws {
        try withBench { bench in
            let rule = try bench.work { plane in
                var peers = try plane.account("ann@example.com").peers
                peers.append(try plane.peer(of: plane.instance("ann@example.com")))
                return try self.rule(plane, side, peers)
            }
            let finished = try bench.run(["ann@example.com"])
            #expect(finished.kept(1) == ["firewall_rule \(rule.withHyphens)"])
            #expect(try bench.count("firewall_firewallrule") == 0)
        }
    }

    @Test("is kept from nobody by a membership that dangles", arguments: Side.allCases)
    func danglingMembership(side: Side) throws {
        try withBench { bench in
            try bench.work { plane in
                let peers = try plane.account("ann@example.com").peers
                _ = try self.rule(plane, side, peers + ["0123456789abcdef0123456789abcdef"])
            }
            let finished = try bench.run(["ann@example.com"])
            #expect(finished.outcomes == [.removed])
            #expect(try bench.count("firewall_firewallrule") == 0)
        }
    }

    // MARK: Rules that block all but their peers

    /// A rule whose `side` is negated, so that it concerns all but these peers.
    private func rule(
        _ plane: SmallControlPlane, allBut peers: [String], _ side: Side, _ action: String, address: String? = nil,
        otherSide: [String] = [], chain: String = "forward"
    ) throws -> String {
        side == .source
            ? try plane.rule(
                sources: peers, destinations: otherSide, sourceIP: address,
                destinationIP: otherSide.isEmpty ? "10.9.9.9" : nil, negated: ["source"], action: action, chain: chain)
            : try plane.rule(
                sources: otherSide, destinations: peers, sourceIP: otherSide.isEmpty ? "10.9.9.9" : nil,
                destinationIP: address, negated: ["destination"], action: action, chain: chain)
    }

    @Test(
        "stays where it blocks all but the peer, and is named", arguments: Side.allCases, ["drop", "reject", " DROP"])
    func blocksOthers(side: Side, action: String) throws {
        try withBench { bench in
            let rule = try bench.work { plane in
                let ann = try plane.account("ann@example.com", peers: 2)
                try plane.account("bob@example.com")
                return try self.rule(plane, allBut: ann.peers, side, action)
            }
            let planned = try bench.plan(["ann@example.com"]).plan.expectations.flatMap(\.keptRestricted)
            #expect(planned.map(\.identifier) == [rule.withHyphens])
            #expect(planned.first?.what.contains("it is left so") == true)
            let finished = try bench.run(["ann@example.com"])
            #expect(finished.outcomes == [.removed])
            #expect(finished.kept(1) == ["firewall_rule \(rule.withHyphens)"])
            #expect(finished.results[0].removal?.keptRestricted.first?.what.contains("blocks everybody now") == true)
            #expect(finished.results[0].removal?.rows["firewall_firewallrule"] == nil)
            #expect(try bench.strings("SELECT uuid FROM firewall_firewallrule") == [rule])
            #expect(try bench.count("firewall_firewallrule_\(side)_peer") == 0)
        }
    }

    @Test(
        "goes where it lets all but the peer pass, or can block nobody", arguments: Side.allCases,
        [("accept", "forward"), ("masquerade", "postrouting"), ("drop", "postrouting")])
    func allowsOthers(side: Side, kind: (action: String, chain: String)) throws {
        try withBench { bench in
            let rule = try bench.work { plane in
                let ann = try plane.account("ann@example.com")
                return try self.rule(plane, allBut: ann.peers, side, kind.action, chain: kind.chain)
            }
            let planned = try bench.plan(["ann@example.com"]).plan.expectations.flatMap(\.keptRestricted)
            #expect(planned.map(\.identifier) == [rule.withHyphens])
            let finished = try bench.run(["ann@example.com"])
            #expect(finished.kept(1) == ["firewall_rule \(rule.withHyphens)"])
            #expect(try bench.count("firewall_firewallrule") == 0)
        }
    }

    @Test("goes where it blocks the peer alone", arguments: Side.allCases, ["drop", "reject"])
    func blocksPeer(side: Side, action: String) throws {
        try withBench { bench in
            try bench.work { plane in
                let peers = try plane.account("ann@example.com").peers
                try plane.rule(
                    sources: side == .source ? peers : [], destinations: side == .destination ? peers : [],
                    action: action)
            }
            #expect(try bench.run(["ann@example.com"]).kept(1).count == 1)
            #expect(try bench.count("firewall_firewallrule") == 0)
        }
    }

    @Test(
        "keeps the account where it blocks all but each of several, and would block less", arguments: Side.allCases,
        ["drop", "reject"])
    func blocksLess(side: Side, action: String) throws {
        for address in [nil, "172.16.0.0"] {
            try withBench { bench in
                let rule = try bench.work { plane in
                    var peers = try plane.account("ann@example.com").peers
                    if address == nil { peers += try plane.account("carl@example.com").peers }
                    try plane.account("bob@example.com")
                    return try self.rule(plane, allBut: peers, side, action, address: address)
                }
                let emails = ["ann@example.com", "bob@example.com"]
                #expect(try bench.plan(emails).plan.expectations.map(\.result.outcome) == [.refused, .removed])
                let finished = try bench.run(emails)
                #expect(finished.outcomes == [.refused, .removed])
                #expect(finished.results[0].errors.first?.contains(rule.withHyphens) == true)
                #expect(try bench.count("firewall_firewallrule_\(side)_peer") == (address == nil ? 2 : 1))
            }
        }
    }

    @Test("keeps all of its accounts, also of one feed, until somebody takes them out", arguments: Side.allCases)
    func blocksLessTogether(side: Side) throws {
        try withBench { bench in
            let rule = try bench.work { plane in
                let peers = try plane.account("ann@example.com").peers + plane.account("carl@example.com").peers
                return try self.rule(plane, allBut: peers, side, "drop")
            }
            let emails = ["ann@example.com", "carl@example.com"]
            let refused = try bench.run(emails)
            #expect(refused.outcomes == [.refused, .refused])
            for result in refused.results {
                #expect(result.errors.first?.contains("take every \(side) out of the rule, peers and address") == true)
            }
            // What the message says.
            try bench.execute("DELETE FROM firewall_firewallrule_\(side)_peer")
            #expect(try bench.run(emails).outcomes == [.removed, .removed])
            #expect(try bench.strings("SELECT uuid FROM firewall_firewallrule") == [rule])
        }
    }

    @Test("keeps no account where it lets all but each of several pass", arguments: Side.allCases)
    func allowsLess(side: Side) throws {
        try withBench { bench in
            try bench.work { plane in
                let peers = try plane.account("ann@example.com").peers + plane.account("carl@example.com").peers
                _ = try self.rule(plane, allBut: peers, side, "accept")
            }
            let finished = try bench.run(["ann@example.com"])
            #expect(finished.outcomes == [.removed])
            #expect(finished.kept(1) == [])
            #expect(try bench.count("firewall_firewallrule") == 1)
        }
    }

    @Test("stays where one account has all peers, in two instances", arguments: Side.allCases)
    func blocksOthersOfTwoInstances(side: Side) throws {
        try withBench { bench in
            let rule = try bench.work { plane in
                var peers = try plane.account("ann@example.com").peers
                peers.append(try plane.peer(of: plane.instance("ann@example.com")))
                return try self.rule(plane, allBut: peers, side, "drop")
            }
            let finished = try bench.run(["ann@example.com"])
            #expect(finished.kept(1) == ["firewall_rule \(rule.withHyphens)"])
            #expect(try bench.count("firewall_firewallrule") == 1)
        }
    }

    @Test(
        "stays for the one and goes with the other, whose peer alone it blocks", arguments: Side.allCases, [1, 50])
    func staysAndGoes(side: Side, accountsInACommit: Int) throws {
        for blockedGoesFirst in [false, true] {
            try withBench { bench in
                let rule = try bench.work { plane in
                    let (first, second) = (
                        try plane.account("ann@example.com").peers, try plane.account("bob@example.com").peers
                    )
                    return try self.rule(
                        plane, allBut: blockedGoesFirst ? second : first, side, "drop",
                        otherSide: blockedGoesFirst ? first : second)
                }
                let emails = ["ann@example.com", "bob@example.com"]
                let planned = try bench.plan(emails).plan.expectations.map { $0.keptRestricted.map(\.identifier) }
                let finished = try bench.run(emails) {
                    $0.pace = CommitPace(group: .accounts(accountsInACommit), pause: 0)
                }
                // The older instance goes first.
                let named = blockedGoesFirst ? [1, 0] : [1, 1]
                let kept = [finished.kept(1).count, finished.kept(2).count]
                #expect(kept == named)
                #expect(planned.map(\.count) == kept)
                #expect(planned.joined().allSatisfy { $0 == rule.withHyphens })
                #expect(try bench.count("firewall_firewallrule") == 0)
            }
        }
    }

    @Test("stays whole where its account fails")
    func rolledBack() throws {
        try withBench { bench in
            try bench.work { plane in
                let ann = try plane.account("ann@example.com")
                try plane.rule(sources: ann.peers)
                try plane.db.execute(
                    sql: """
                        CREATE TRIGGER no BEFORE DELETE ON auth_user BEGIN SELECT RAISE(ABORT, 'not this one'); END
                        """)
            }
            let before = try bench.image()
            #expect(try bench.run(["ann@example.com"]).outcomes == [.failed])
            #expect(try bench.image().withoutJournal.changes(since: before) == [])
        }
    }
}
