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

@Suite("The version of a cluster's files")
struct ClusterRaiseTests {
    private static let (ann, bob) = (ClusterBench.ann, ClusterBench.bob)

    @Test func `is raised by one for any number of removals, once the files are in place`() throws {
        try withCluster { cluster in
            let seen = Shared<[String]>([])
            let observe: @Sendable (RunEvent) -> Void = { event in
                guard case .checkpoint(let point) = event, [.configsDone, .versionRaised].contains(point) else {
                    return
                }
                // What a worker would get now.
                let (version, names) = ((try? cluster.version) ?? -1, (try? cluster.bench.configNames()) ?? [])
                seen.change { $0.append("\(point.rawValue) \(version) \(names.contains("wg1.conf"))") }
            }
            let run = try cluster.run([Self.ann, Self.bob], cluster.surroundings(observe: observe))
            #expect(try cluster.version == 9)
            #expect(seen.value == ["configs-done 8 false", "version-raised 9 false"])
            #expect(run.record.cluster?.version == 9 && run.record.cluster?.isRaised == true)
        }
    }

    @Test func `stays where nothing that workers fetch has changed`() throws {
        try withCluster { cluster in
            let run = try cluster.run(["nobody@example.com"])
            #expect(try cluster.version == 8)
            #expect(run.record.cluster?.isRaised == false)
            #expect(cluster.waited.value == 0)
            #expect(try cluster.regenerate().cluster?.isRaised == false)
            try cluster.bench.work { try $0.user("user-alone@example.com") }
            try cluster.run(["user-alone@example.com"]).expect(.partiallyRemoved)
            #expect(try cluster.version == 8)
        }
    }

    @Test func `is raised with --no-apply, which waits for nobody`() throws {
        try withCluster { cluster in
            let run = try cluster.run([Self.ann]) { $0.live = nil }
            #expect(try cluster.version == 9)
            #expect(cluster.waited.value == 0 && run.results[0].tunnelDown == nil && run.exitStatus == .success)
            #expect(run.record.cluster?.workers.map(\.hasFollowed) == [false])
        }
    }

    @Test func `is raised by regenerate where a file was changed`() throws {
        try withCluster { cluster in
            try cluster.bench.put("# an old export\n", at: "wg5.conf")
            #expect(try cluster.regenerate().cluster?.isRaised == true)
            #expect(try cluster.version == 9)
            #expect(try cluster.regenerate().cluster?.isRaised == false)
        }
    }

    @Test func `stays while the cluster is off, and is raised by the first run after it is on again`() throws {
        try withCluster { cluster in
            try cluster.bench.execute("UPDATE cluster_clustersettings SET enabled = 0")
            let run = try cluster.run([Self.ann])
            #expect(try cluster.version == 8)
            #expect(run.record.cluster == nil)
            try cluster.bench.execute("UPDATE cluster_clustersettings SET enabled = 1")
            #expect(try cluster.run([]).record.cluster?.isRaised == true)
        }
    }

    /// Also where the application exported meanwhile, so that the next run finds every file as it should be.
    @Test func `is raised by the next run where one was cut short behind the removal`() throws {
        try withCluster { cluster in
            // The lock of another process keeps the version from being raised, as a kill would.
            let lock = Shared<DatabaseLock?>(nil)
            let observe: @Sendable (RunEvent) -> Void = { event in
                guard case .checkpoint(.configsDone) = event else { return }
                let held = try? cluster.bench.lock("BEGIN IMMEDIATE")
                lock.change { $0 = held }
            }
            let run = try cluster.run([Self.ann], cluster.surroundings(observe: observe)) { $0.busyTimeout = 0 }
            try lock.value?.release()
            #expect(run.exitStatus == .busy)
            #expect(try cluster.version == 8)
            // The report has the cluster all the same, for which nobody waited.
            #expect(run.record.cluster?.version == 8 && run.record.cluster?.isRaised == false)
            #expect(run.record.cluster?.wasAwaited == false && cluster.waited.value == 0)
            #expect(run.record.cluster?.workers.map(\.hasFollowed) == [false])
            #expect(run.results[0].tunnelDown == nil)
            #expect(try !cluster.bench.configNames().contains("wg1.conf"))

            let next = try cluster.run(["nobody@example.com"])
            #expect(next.record.configs.written.isEmpty && next.record.configs.deleted.isEmpty)
            #expect(next.record.cluster?.isRaised == true)
            #expect(try cluster.version == 9)
        }
    }

    /// Something that no run can replace, under the name of a config.
    private func obstruct(_ name: String, _ cluster: ClusterBench) throws {
        let config = cluster.bench.wireguard + "/" + name
        try FileManager.default.removeItem(atPath: config)
        try FileManager.default.createDirectory(atPath: config, withIntermediateDirectories: false)
    }

    @Test func `is raised once for a file that no night can change, whatever the application exports by day`() throws {
        try withCluster { cluster in
            try obstruct("wg5.conf", cluster)
            #expect(try cluster.run([Self.ann]) { $0.live = nil }.record.cluster?.isRaised == true)
            #expect(try cluster.int("SELECT export_changed FROM wg_reconcile_cluster") == 1)
            for version in [10, 12] {
                try cluster.bench.execute("UPDATE cluster_clustersettings SET config_version = ?", [version])
                try cluster.bench.put("# of no instance, by day \(version)\n", at: "wg999.conf")
                #expect(try cluster.regenerate().cluster?.isRaised == false)
                #expect(try cluster.version == version)
            }
            try FileManager.default.removeItem(atPath: cluster.bench.wireguard + "/wg5.conf")
            #expect(try cluster.regenerate().cluster?.isRaised == true)
            #expect(try cluster.version == 13)
            #expect(try cluster.int("SELECT export_changed FROM wg_reconcile_cluster") == 0)
        }
    }

    /// Somebody has restored the customer, and has deleted the config again. A worker that has started in between has
    /// it.
    @Test func `is raised for a removal, also where every file is as it was at the last raise`() throws {
        try withCluster { cluster in
            try cluster.run([Self.ann]) { $0.live = nil }.expect(.removed)
            #expect(try cluster.version == 9)
            let keys = try cluster.bench.work { plane in
                let restored = try plane.account(Self.ann, peers: 1)
                return try String.fetchAll(
                    plane.db, sql: "SELECT public_key FROM wireguard_peer WHERE uuid = ?",
                    arguments: [restored.peers[0]])
            }
            try cluster.ask()
            try cluster.tell("w1", keys)
            let run = try cluster.run([Self.ann])
            #expect(run.record.configs.written == [] && run.record.configs.deleted == [])
            #expect(run.record.cluster?.isRaised == true && run.results[0].tunnelDown == nil)
            #expect(try cluster.version == 10)
        }
    }

    /// The application does not raise the version at each export. A worker that starts in between has that export, under
    /// the version of the last raise.
    @Test func `is raised where a run has changed a file, also back to what it was at the last raise`() throws {
        try withCluster { cluster in
            try cluster.run([Self.ann]) { $0.live = nil }.expect(.removed)
            try cluster.bench.put("# exported since\n", at: "wg5.conf")
            let run = try cluster.run(["nobody@example.com"])
            #expect(run.record.configs.written == ["wg5.conf"])
            #expect(run.record.cluster?.isRaised == true)
            #expect(try cluster.version == 10)
            // So does the run after one that was killed behind such a change.
            try cluster.bench.execute("UPDATE wg_reconcile_cluster SET export_changed = 2")
            #expect(try cluster.regenerate().cluster?.isRaised == true)
            #expect(try cluster.regenerate().cluster?.isRaised == false)
            #expect(try cluster.version == 11)
        }
    }

    @Test
    func `is raised again where it has gone back, above the last raise, and what workers had until then is no proof`()
        throws
    {
        try withCluster { cluster in
            #expect(try cluster.run([Self.ann]).results[0].tunnelDown == nil)
            #expect(try cluster.version == 9)
            // The application saves the settings that it read before the raise. To the worker nothing has changed.
            try cluster.bench.execute("UPDATE cluster_clustersettings SET config_version = 8")
            let database = try ControlPlaneDatabase(opening: cluster.bench.database, busyTimeout: 5)
            #expect(ClusterCheck.findings(database, now: cluster.now).last?.level == .note)
            let stale = try cluster.run(
                [Self.ann],
                cluster.surroundings { _ in
                    try cluster.ask(version: 8)
                    try cluster.tell()
                })
            #expect(stale.results[0].tunnelDown == nil && stale.record.cluster?.isRaised == true)
            #expect(stale.record.cluster?.workers.map(\.hasFollowed) == [false])
            #expect(try cluster.version == 10)
            // It has a version from before the next time that it goes back.
            try cluster.bench.execute("UPDATE cluster_clustersettings SET config_version = 8")
            try cluster.ask(version: 10)
            try cluster.tell()
            let guarded = try cluster.run([Self.bob]) { $0.guards.massRemoval.maxRemovals = 0 }
            #expect(guarded.record.cluster?.workers.map(\.hasFollowed) == [false])
            let last = try cluster.run(
                [Self.ann],
                cluster.surroundings { _ in
                    try cluster.ask()
                    try cluster.tell()
                })
            #expect(last.results[0].tunnelDown == true)
            #expect(try cluster.version == 11)
            #expect(try cluster.regenerate().cluster?.isRaised == false)
        }
    }

    /// The application's settings were at 9 when the worker fetched, and have gone back since.
    @Test func `is raised above what a worker has reported, or the worker would not fetch`() throws {
        try withCluster { cluster in
            try cluster.ask(version: 9)
            try cluster.tell()
            let run = try cluster.run([Self.ann])
            #expect(try cluster.version == 10)
            #expect(run.results[0].tunnelDown == nil)
            #expect(run.record.cluster?.workers.map(\.hasFollowed) == [false])
        }
    }

    @Test func `a worker that reports an impossible version is not believed`() throws {
        try withCluster { cluster in
            try cluster.tell()
            try cluster.bench.execute("UPDATE cluster_workerstatus SET config_version = 9223372036854775807")
            let run = try cluster.run([Self.ann])
            #expect(try cluster.version == 9)
            #expect(run.results[0].tunnelDown == nil)
            #expect(try cluster.regenerate().cluster?.isRaised == false)
        }
    }

    @Test func `stays where the files could not be put in place, and no worker counts as one that has followed`() throws
    {
        try withCluster { cluster in
            let observe: @Sendable (RunEvent) -> Void = { event in
                guard case .checkpoint(.committed) = event else { return }
                try? FileManager.default.moveItem(
                    atPath: cluster.bench.wireguard, toPath: cluster.bench.wireguard + "-away")
            }
            let run = try cluster.run(
                [Self.ann],
                cluster.surroundings(
                    { _ in
                        try cluster.ask()
                        try cluster.tell()
                    }, observe: observe))
            #expect(try cluster.version == 8)
            #expect(run.results[0].tunnelDown == nil && run.record.cluster?.workers.map(\.hasFollowed) == [false])
            #expect(cluster.waited.value == 0)
        }
    }

    @Test func `is raised by the first run of this version where an earlier one has removed accounts`() throws {
        try withCluster { cluster in
            try cluster.run([Self.ann]) { $0.live = nil }.expect(.removed)
            // It had seen no more than the interfaces of its own host.
            try cluster.bench.execute("UPDATE wg_reconcile_outcome SET seen_gone_at = '2026-11-01T00:00:00.000000000Z'")
            try cluster.bench.execute("DROP TABLE wg_reconcile_cluster")
            try cluster.bench.execute("DROP TABLE wg_reconcile_worker")
            try cluster.bench.execute("DROP INDEX wg_reconcile_outcome_sought")
            try cluster.bench.execute("ALTER TABLE wg_reconcile_outcome DROP COLUMN still_sought")
            try cluster.bench.execute(
                "CREATE INDEX wg_reconcile_outcome_unseen ON wg_reconcile_outcome (run_id) WHERE seen_gone_at IS NULL")
            try cluster.bench.execute("ALTER TABLE wg_reconcile_run DROP COLUMN command")
            try cluster.bench.execute("DROP TABLE wg_reconcile_attention")
            try cluster.bench.execute(journalBefore7)
            try cluster.bench.execute("UPDATE wg_reconcile_journal SET version = 3")
            #expect(try cluster.run([]).record.cluster?.isRaised == true)
            #expect(try cluster.version == 10)
            #expect(try cluster.bench.count("wg_reconcile_outcome", where: "seen_gone_at IS NOT NULL") == 0)
        }
    }

    @Test func `a restore raises it, and where no interface is up on this host, it brings up none`() throws {
        try withCluster { cluster in
            let surroundings = cluster.surroundings { _ in
                try cluster.ask()
                try cluster.tell()
            }
            // wg is there, and shows no interface.
            let access = try StandInPrograms().access(in: cluster.bench)
            let run = try cluster.run([ClusterBench.ann], surroundings) { $0.live = access }
            #expect(run.results[0].tunnelDown == true && run.exitStatus == .success)
            let version = try cluster.version
            cluster.waited.change { $0 += 60_000 }
            let result = try cluster.bench.restore([ClusterBench.ann], in: surroundings) { $0.live = access }
            let record = try #require(result.regeneration?.record)
            #expect(result.refusals == [] && record.errors == [] && record.live.up == [])
            #expect(result.exitStatus == .success)
            #expect(try cluster.version == version + 1)
            cluster.waited.change { $0 += 60_000 }
            let night = try cluster.run([], surroundings) { $0.live = access }
            #expect(night.exitStatus == .success && night.record.configs.errors == [])
            #expect(try cluster.version == version + 1)
        }
    }
}

extension FinishedRun {
    fileprivate func expect(_ outcome: Outcome) { #expect(results.map(\.outcome) == [outcome]) }
}
