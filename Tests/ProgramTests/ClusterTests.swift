import Foundation
import Glibc
import SamplePlane
import TestSupport
import Testing

@Suite("Workers that follow at their own pace, and runs that are killed")
struct ClusterTests {
    private static let benches = runsLongTests ? 50 : 1
    private static let runs = runsLongTests ? 20 : 12

    @Test(.enabled(if: ClusterFolder.python != nil, "no Python"))
    func `no worker has a removed key once its account's tunnel is said to be down`() throws {
        let python = try #require(ClusterFolder.python)
        var (down, kills, runs) = (0, 0, 0)
        for bench in 1...Self.benches {
            var random = SplitMix64(seed: UInt64(bench))
            let cluster = try ClusterFolder()
            try cluster.startWorkers(python, seed: bench)
            let emails = try cluster.strings(
                """
                SELECT name FROM wireguard_wireguardinstance WHERE name LIKE '%@%' AND uuid IN (
                    SELECT wireguard_instance_id FROM wireguard_peer) ORDER BY instance_id
                """
            ).prefix(Self.runs)
            var gone: Set<String> = []
            for email in emails {
                let keys = try Set(
                    cluster.strings(
                        """
                        SELECT peer.public_key FROM wireguard_peer AS peer JOIN wireguard_wireguardinstance AS instance
                        ON instance.uuid = peer.wireguard_instance_id WHERE instance.name = ?
                        """, [email]))
                while random.number(in: 0...1) == 0 {
                    let run = try cluster.start([email], ["--wait-for-workers", "2"])
                    usleep(UInt32(random.number(in: 0...900_000)))
                    kill(run.pid, SIGKILL)
                    _ = try run.end(within: 10)
                    kills += 1
                }
                let result = try cluster.start([email], ["--wait-for-workers", "10"]).end(within: 120)
                runs += 1
                let account = try #require(
                    ReportRead(at: cluster.reports + "/latest/report.json").account(email), "\(result.stderr)")
                if account.text.contains(#""tunnel_down":true"#) {
                    gone.formUnion(keys)
                    down += 1
                } else {
                    #expect(result.status == 1, "\(result.stderr)")
                }
                // What a run has seen of accounts of earlier ones counts as well.
                gone.formUnion(
                    try cluster.strings(
                        """
                        SELECT key.value FROM wg_reconcile_outcome AS outcome, json_each(outcome.removal, '$.peerKeys') AS key
                        WHERE outcome.seen_gone_at IS NOT NULL
                        """))
                try cluster.declareGone(gone)
                for worker in ClusterFolder.workers {
                    #expect(try cluster.keys(of: worker).isDisjoint(with: gone), "\(worker), bench \(bench), \(email)")
                }
            }
            #expect(try cluster.stopWorkers() == "")
            #expect(cluster.violations == "", "bench \(bench)")
        }
        print("cluster: \(runs) runs, \(kills) more killed; \(down) times every worker was seen without the keys")
        // A promise that is never made is kept as well.
        #expect(down > 0)
    }
}
