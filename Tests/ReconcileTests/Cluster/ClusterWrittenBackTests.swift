import Foundation
import GRDB
import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Report
@testable import Support
@testable import WireGuard

@Suite("Configs with removed keys that come back, and workers that may have fetched them")
struct ClusterWrittenBackTests {
    private static let (ann, nobody) = (ClusterBench.ann, "nobody@example.com")
    private static let attention = ExitStatus.attentionNeeded

    /// Removes an account and sees it gone from the worker.
    ///
    /// - Parameter body: gets the config that the account had.
    private func withAnnSeenGone(_ body: (ClusterBench, String) throws -> Void) throws {
        try withCluster { cluster in
            let config = try cluster.bench.config("wg1.conf")
            let run = try cluster.run([Self.ann], following(cluster))
            #expect(run.results[0].tunnelDown == true && run.exitStatus == .success)
            try body(cluster, config)
        }
    }

    private func following(_ cluster: ClusterBench) -> Surroundings {
        cluster.surroundings { _ in
            try cluster.ask()
            try cluster.tell()
        }
    }

    @Test(arguments: [true, false])
    func `one that an export has written back opens the account again until the workers have followed`(
        isNamed: Bool
    ) throws {
        try withAnnSeenGone { cluster, config in
            try cluster.bench.put(config, at: "wg1.conf")
            let run = try cluster.run([isNamed ? Self.ann : Self.nobody])
            #expect(run.record.configs.deleted == ["wg1.conf"] && run.record.cluster?.isRaised == true)
            #expect(run.exitStatus == Self.attention && run.tunnels == TunnelCounts(unseen: 1))
            if isNamed { #expect(run.results[0].tunnelDown == nil && run.results[0].isTunnelUnseen) }

            let seen = try cluster.run([Self.ann], following(cluster))
            #expect(seen.results[0].tunnelDown == true && seen.exitStatus == .success)
        }
    }

    @Test func `the account is open also where the run does not get past the deletion`() throws {
        try withAnnSeenGone { cluster, config in
            try cluster.bench.put(config, at: "wg1.conf")
            let unseen = Shared<Int>(-1)
            let observe: @Sendable (RunEvent) -> Void = { event in
                guard case .checkpoint(.configDeleted) = event else { return }
                // The deletion holds the lock for writing. A test that cannot count fails for that.
                let count = try? DatabaseQueue(path: cluster.bench.database).read { db in
                    try Int.fetchOne(
                        db,
                        sql: """
                            SELECT count(*) FROM wg_reconcile_outcome WHERE seen_gone_at IS NULL AND still_sought
                                AND json_array_length(removal, '$.peerKeys') > 0
                            """)
                }
                unseen.change { $0 = count ?? -1 }
            }
            _ = try cluster.run([Self.nobody], cluster.surroundings(observe: observe)) { $0.live = nil }
            #expect(unseen.value == 1)
        }
    }

    @Test
    func `one of no known instance is an error, and the account is open until it is gone and workers have followed`()
        throws
    {
        try withAnnSeenGone { cluster, config in
            // The key of the interface is another one, so that nothing tells whose it is.
            let lines = config.split(separator: "\n").map { line in
                line.hasPrefix("PrivateKey") ? "PrivateKey = \(SmallControlPlane.privateKey(7_777))" : String(line)
            }
            try cluster.bench.put(lines.joined(separator: "\n") + "\n", at: "wg777.conf")
            for _ in 0..<2 {
                let run = try cluster.run([Self.ann], following(cluster))
                #expect(run.record.configs.unknown == ["wg777.conf"] && run.record.configs.errors.count == 1)
                #expect(run.record.configs.errors.first?.hasPrefix("wg777.conf belongs to no known instance") == true)
                #expect(run.results[0].tunnelDown == nil && run.exitStatus == Self.attention)
                // A worker that fetches now gets it.
                #expect(run.record.cluster?.isRaised == false)
            }
            try FileManager.default.removeItem(atPath: cluster.bench.wireguard + "/wg777.conf")
            // A worker may have it, so workers are told.
            let told = try cluster.run([Self.ann])
            #expect(told.record.cluster?.isRaised == true && told.results[0].tunnelDown == nil)
            let seen = try cluster.run([Self.ann], following(cluster))
            #expect(seen.results[0].tunnelDown == true && seen.exitStatus == .success)
            #expect(seen.record.cluster?.isRaised == false)
        }
    }

    @Test func `one behind a link counts, since workers get what the link leads to`() throws {
        try withAnnSeenGone { cluster, config in
            let (link, file) = (cluster.bench.wireguard + "/wg777.conf", cluster.bench.folder + "/other.conf")
            try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: file)
            let dangling = try cluster.run([Self.ann], following(cluster))
            #expect(dangling.record.configs.errors == [] && dangling.exitStatus == .success)

            let lines = config.split(separator: "\n").filter { !$0.hasPrefix("PrivateKey") }
            try lines.joined(separator: "\n").write(toFile: file, atomically: false, encoding: .utf8)
            let run = try cluster.run([Self.ann], following(cluster))
            #expect(run.record.configs.errors.first?.hasPrefix("wg777.conf belongs to no known instance") == true)
            #expect(run.results[0].tunnelDown == nil && run.exitStatus == Self.attention)
        }
    }

    @Test(arguments: [true, false])
    func `a removed key that a worker has again is found, also where no feed names the account`(byRegenerate: Bool)
        throws
    {
        try withAnnSeenGone { cluster, config in
            let keys = Array(ConfigText(Array(config.utf8)).peerKeys)
            #expect(!keys.isEmpty)
            // Somebody has restored an earlier config there.
            cluster.waited.change { $0 += 60_000 }
            try cluster.ask()
            try cluster.tell("w1", keys)
            for _ in 1...2 {
                if byRegenerate {
                    #expect(try cluster.regenerate().tunnels == TunnelCounts(up: 1))
                } else {
                    let run = try cluster.run([Self.nobody])
                    #expect(run.exitStatus == Self.attention && run.tunnels == TunnelCounts(up: 1))
                    #expect(run.record.earlierTunnels == TunnelCounts(up: 1))
                }
            }
            cluster.waited.change { $0 += 60_000 }
            try cluster.tell("w1")
            try cluster.ask()
            #expect(try cluster.regenerate().tunnels == TunnelCounts())
        }
    }

    @Test func `one of no known instance without removed keys is named and no more`() throws {
        try withAnnSeenGone { cluster, _ in
            try cluster.bench.put(
                "[Interface]\nPrivateKey = \(SmallControlPlane.privateKey(7_777))\n", at: "wg777.conf")
            let run = try cluster.run([Self.ann], following(cluster))
            #expect(run.record.configs.unknown == ["wg777.conf"] && run.exitStatus == .success)
            #expect(run.results[0].tunnelDown == true)
        }
    }
}
