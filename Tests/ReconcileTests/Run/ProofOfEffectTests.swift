import Feed
import GRDB
import TestSupport
import Testing

@testable import ControlPlane
@testable import Journal
@testable import Support
@testable import WireGuard

@Suite("What a look at the interfaces proves of removed keys")
struct ProofOfEffectTests {
    private static let key = SmallControlPlane.privateKey(1)

    private func proof(unreadable: Set<String>, peers: [String: Set<String>] = [:]) -> ProofOfEffect {
        var state = LiveInterfaces.State()
        state.publicKeys = ["wg1": "PUBLIC="]
        (state.unreadable, state.peers) = (unreadable, peers)
        return ProofOfEffect(state, isSighted: true, rightful: [:])
    }

    @Test func `an interface of somebody else that does not answer leaves only itself unknown`() {
        #expect(proof(unreadable: ["other0"]).seesGone([Self.key], interfaces: [7]) == true)
        #expect(proof(unreadable: ["wg7"]).seesGone([Self.key], interfaces: [7]) == nil)
    }

    @Test func `a key that was seen up may be on the one that does not answer`() {
        #expect(proof(unreadable: ["other0"]).seesGone([Self.key], interfaces: [7], wasSeenUp: true) == nil)
        #expect(proof(unreadable: []).seesGone([Self.key], interfaces: [7], wasSeenUp: true) == true)
        let isUp = proof(unreadable: [], peers: ["other0": [WireGuardKey.asRead(Self.key)]])
        #expect(isUp.seesGone([Self.key], interfaces: [7], wasSeenUp: true) == false)
    }

    @Test func `the journal counts accounts that no run has seen gone, whichever run removed them`() throws {
        try withBench { bench throws in
            try bench.work { plane in
                for email in ["ann@example.com", "bob@example.com", "carl@example.com"] { try plane.account(email) }
                try plane.account("dora@example.com", peers: 0)
            }
            let (first, second) = (["ann@example.com", "dora@example.com"], ["bob@example.com"])
            _ = try bench.run(first)
            _ = try bench.run(second)
            func count() throws -> Int { try bench.work { try Journal.tunnels(in: $0.db).unseen } }
            let before = try count()
            #expect(before == 2)
            let tunnels = TunnelSight(isAsked: true, proof: proof(unreadable: ["wg2"]))
            try bench.work { try Journal.note(tunnels.sighting, at: UTCTime(seconds: 1), in: $0.db) }
            let left = try count()
            #expect(left == 1)
        }
    }

    /// - Parameter body: gets the removed account's key, and a function that notes a look in the journal and returns
    ///   what the journal counts then.
    private func withRemovedAccount(
        _ body: (_ bench: Bench, _ key: String, _ counts: (ProofOfEffect?) throws -> TunnelCounts) throws -> Void
    ) throws {
        try withBench { bench throws in
            try bench.work { plane in try plane.account("ann@example.com") }
            let key = try #require(
                try bench.work { try String.fetchOne($0.db, sql: "SELECT public_key FROM wireguard_peer") })
            _ = try bench.run(["ann@example.com"])
            try body(bench, key) { proof in
                let tunnels = TunnelSight(isAsked: true, proof: proof)
                return try bench.work {
                    try Journal.note(tunnels.sighting, at: UTCTime(seconds: 1), in: $0.db)
                    return try Journal.tunnels(in: $0.db)
                }
            }
        }
    }

    @Test func `the journal keeps that a key was seen up, whoever looked, until it is seen gone`() throws {
        try withRemovedAccount { _, key, counts throws in
            #expect(try counts(nil) == TunnelCounts(unseen: 1))
            let isUp = proof(unreadable: [], peers: ["other0": [WireGuardKey.asRead(key)]])
            #expect(try counts(isUp) == TunnelCounts(up: 1))
            #expect(try counts(nil) == TunnelCounts(up: 1), "nobody looked")
            #expect(try counts(proof(unreadable: [])) == TunnelCounts())
        }
    }

    @Test func `a key is looked for until every interface has answered`() throws {
        try withRemovedAccount { bench, key, counts throws in
            let isUp = proof(unreadable: [], peers: ["other0": [WireGuardKey.asRead(key)]])
            #expect(try counts(proof(unreadable: ["other0"])) == TunnelCounts())
            #expect(try counts(nil) == TunnelCounts())
            #expect(try counts(isUp) == TunnelCounts(up: 1))
            #expect(try counts(proof(unreadable: ["other0"])) == TunnelCounts(up: 1), "it may still be on it")
            #expect(try counts(proof(unreadable: [])) == TunnelCounts())
            #expect(try bench.count("wg_reconcile_outcome", where: "still_sought") == 0)
        }
    }

    @Test func `of a removal that the journal cannot tell, no key is known to be gone`() throws {
        try withBench { bench throws in
            try bench.work { plane in try plane.account("ann@example.com") }
            _ = try bench.run(["ann@example.com"])
            try bench.execute("UPDATE wg_reconcile_outcome SET removal = 'damaged'")
            let mailbox = try #require(Mailbox("ann@example.com"))
            let earlier = try bench.work { try Journal.latestRemoval(of: mailbox, in: $0.db) }
            #expect(try #require(earlier).peerKeys == nil)
        }
    }
}
