import Testing

@testable import ControlPlane
@testable import Feed
@testable import Journal
@testable import SamplePlane
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
            func count() throws -> Int { try bench.work { try Journal.unseenAccounts(in: $0.db) } }
            let before = try count()
            #expect(before == 2)
            let tunnels = TunnelSight(isAsked: true, proof: proof(unreadable: ["wg2"]))
            try bench.work { try Journal.note(tunnels.sighting, at: UTCTime(seconds: 1), in: $0.db) }
            let left = try count()
            #expect(left == 1)
        }
    }
}
