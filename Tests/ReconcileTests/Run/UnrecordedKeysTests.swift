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

/// The journal's first versions did not record the keys of removed peers.
@Suite("Removals without their keys")
struct UnrecordedKeysTests {
    private static let ann = "ann@example.com"
    private static let access = LiveAccess(environment: ["PATH": "/nonexistent"])

    /// - Parameter peers: how many peers ann's instance had, which is wg1.
    private func withAnnRemoved(peers: Int = 2, _ body: (Bench) throws -> Void) throws {
        try withBench { bench in
            try bench.work { plane in _ = try plane.account(Self.ann, peers: peers) }
            try bench.run([Self.ann])
            try bench.execute(
                """
                UPDATE wg_reconcile_outcome SET removal = json_remove(removal, '$.peerKeys', '$.interfaceKeys')
                """)
            #expect(
                try bench.strings("SELECT json_extract(removal, '$.interfaceNumbers') FROM wg_reconcile_outcome") == [
                    "[1]"
                ])
            try body(bench)
        }
    }

    private func proof(
        of peers: [String: Set<String>] = [:], rightful: [String: Set<String>] = [:], unreadable: Set<String> = []
    ) -> ProofOfEffect {
        var state = LiveInterfaces.State()
        state.publicKeys = ["wg2": "PUBLIC="]
        (state.peers, state.unreadable) = (peers, unreadable)
        return ProofOfEffect(state, isSighted: true, rightful: rightful)
    }

    private func note(_ tunnels: TunnelSight, in bench: Bench) throws -> TunnelCounts {
        try bench.work { plane in
            try Journal.note(tunnels.sighting, at: UTCTime(seconds: 1), in: plane.db)
            return try Journal.tunnels(in: plane.db)
        }
    }

    @Test func `are unseen, whether a feed names the account or not`() throws {
        try withAnnRemoved { bench in
            let again = try bench.run([Self.ann]) { $0.live = Self.access }
            #expect(again.outcomes == [.alreadyAbsent] && again.exitStatus == .attentionNeeded)
            #expect(again.results[0].tunnelDown == nil && again.results[0].isTunnelUnseen)
            let sentence = try #require(again.results[0].sentences.last)
            #expect(sentence.contains("without recording its keys") && sentence.contains("once wg1 is gone"))
            #expect(again.tunnels == TunnelCounts(unseen: 1) && again.record.earlierTunnels == TunnelCounts())

            let other = try bench.run(["nobody@example.com"]) { $0.live = Self.access }
            #expect(other.exitStatus == .attentionNeeded && other.record.earlierTunnels == TunnelCounts(unseen: 1))
            let page = try String(contentsOfFile: bench.reports + "/latest/report.html", encoding: .utf8)
            #expect(page.contains("<h1>The tunnel of 1 account of an earlier run could not be seen</h1>"))
            #expect(try bench.run([Self.ann]).exitStatus == .success, "nobody asked for it")
        }
    }

    @Test func `of an account without peers leave nothing to see`() throws {
        try withAnnRemoved(peers: 0) { bench in
            let again = try bench.run([Self.ann]) { $0.live = Self.access }
            #expect(again.results[0].tunnelDown == true && again.exitStatus == .success)
            #expect(again.tunnels == TunnelCounts())
        }
    }

    @Test func `are settled once their interface is gone, or has the peers of the database alone`() throws {
        let own: [String: Set<String>] = ["wg1": ["OWN="]]
        let settling = [proof(), proof(of: ["wg9": ["X="]]), proof(of: own, rightful: own)]
        let open = [
            proof(of: ["wg1": ["X="]]), proof(of: ["wg1": ["X=", "OWN="]], rightful: own), proof(unreadable: ["wg1"]),
        ]
        try withAnnRemoved { bench in
            for proof in open {
                #expect(try note(TunnelSight(isAsked: true, proof: proof), in: bench) == TunnelCounts(unseen: 1))
            }
            let named = try bench.run([Self.ann])
            for proof in open {
                let result = TunnelSight(isAsked: true, proof: proof).applied(to: named.results[0])
                #expect(result.isTunnelUnseen && result.tunnelDown == nil)
            }
        }
        for proof in settling {
            try withAnnRemoved { bench in
                let named = try bench.run([Self.ann])
                let result = TunnelSight(isAsked: true, proof: proof).applied(to: named.results[0])
                #expect(!result.isTunnelUnseen && result.tunnelDown == nil, "no key says that it is down")
                #expect(try note(TunnelSight(isAsked: true, proof: proof), in: bench) == TunnelCounts())
                let again = try bench.run([Self.ann]) { $0.live = Self.access }
                #expect(again.exitStatus == .success && !again.results[0].isTunnelUnseen)
            }
        }
    }

    @Test func `are settled in a cluster once every worker has told that the interface is gone`() throws {
        try withCluster { cluster in
            _ = try cluster.run([ClusterBench.ann]) { $0.live = nil }
            try cluster.bench.execute(
                "UPDATE wg_reconcile_outcome SET removal = json_remove(removal, '$.peerKeys', '$.interfaceKeys')")
            func night(_ interface: String) throws -> FinishedRun {
                try cluster.run(
                    [ClusterBench.ann],
                    cluster.surroundings { _ in
                        try cluster.ask()
                        try cluster.tell(
                            asText: "{\"\(interface)\": {\"\(Self.stranger)\": {\"latest-handshakes\": \"0\"}}}")
                    }
                ) { $0.workersTimeLimit = 2 }
            }
            // The worker asks and tells once more at each visit.
            try cluster.ask()
            try cluster.tell(asText: "{\"wg1\": {\"\(Self.stranger)\": {}}}")
            #expect(try night("wg1").exitStatus == .attentionNeeded)
            try cluster.tell(asText: "{\"wg2\": {\"\(Self.stranger)\": {}}}")
            let seen = try night("wg2")
            #expect(seen.exitStatus == .success && seen.tunnels == TunnelCounts())
        }
    }

    private static let stranger = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
}
