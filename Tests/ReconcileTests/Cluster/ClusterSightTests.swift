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

@Suite("What the workers of a cluster prove")
struct ClusterSightTests {
    private static let ann = ClusterBench.ann

    private func unseen(_ cluster: ClusterBench) throws -> Int {
        try cluster.bench.work { try Journal.tunnels(in: $0.db).unseen }
    }

    @Test func `a tunnel is down once every worker has followed, and has told since that it has no removed key`() throws
    {
        try withCluster { cluster in
            try cluster.insert(worker: "w2")
            try cluster.insert(worker: "off", enabled: false, version: 1)
            let run = try cluster.run(
                [Self.ann],
                cluster.surroundings { visit in
                    switch visit {
                    case 1: try cluster.ask("w1")
                    case 2: try cluster.tell("w1")
                    case 3: try cluster.ask("w2")
                    case 4: try cluster.tell("w2")
                    default: break
                    }
                })
            #expect(run.results[0].tunnelDown == true && run.exitStatus == .success)
            // It went on as soon as the last had told it: 50 + 100 + 200 + 400.
            #expect(cluster.waited.value == 750)
            let workers = try #require(run.record.cluster?.workers)
            #expect(workers.map(\.name) == ["w1", "w2"] && workers.allSatisfy(\.hasFollowed))
            #expect(workers.allSatisfy(\.toldPeers) && workers.map(\.version) == [9, 9])
            #expect(try unseen(cluster) == 0)
        }
    }

    @Test func `a version alone is no proof: a worker reports it also where its interfaces did not come up with it`()
        throws
    {
        try withCluster { cluster in
            let keys = try cluster.keys(of: Self.ann)
            let run = try cluster.run(
                [Self.ann],
                cluster.surroundings { _ in
                    try cluster.ask()
                    try cluster.tell("w1", keys)
                })
            let result = run.results[0]
            #expect(
                result.tunnelDown == false && result.outcome == .partiallyRemoved && run.exitStatus == .attentionNeeded)
            #expect(result.errors.contains { $0.hasSuffix("on wg0 of worker w1") }, "\(result.errors)")
            #expect(cluster.waited.value == 180_000)
        }
    }

    @Test func `what a worker told before it followed is no proof`() throws {
        try withCluster { cluster in
            let run = try cluster.run(
                [Self.ann],
                cluster.surroundings { visit in
                    if visit == 1 { try cluster.tell() }
                    if visit > 1 { try cluster.ask() }
                })
            #expect(run.results[0].tunnelDown == nil && run.exitStatus == .attentionNeeded)
            #expect(run.record.cluster?.workers.map(\.hasFollowed) == [true])
            #expect(run.record.cluster?.workers.map(\.toldPeers) == [false])
        }
    }

    /// The journal has the second of a removal, and the application the microsecond of a report.
    @Test func `what a worker told in the second of the removal may be older than that`() throws {
        try withCluster { cluster in
            try cluster.tell("w1", cluster.keys(of: Self.ann), at: ClusterBench.start.adding(milliseconds: 300))
            let run = try cluster.run([Self.ann]) { $0.workersTimeLimit = 0 }
            #expect(run.results[0].tunnelDown == nil && run.outcomes == [.removed])
        }
    }

    @Test func `a worker that has followed and tells no peers is named, where a removed key is sought`() throws {
        try withCluster { cluster in
            let run = try cluster.run([Self.ann], cluster.surroundings { _ in try cluster.ask() })
            #expect(run.results[0].tunnelDown == nil)
            let troubles = try #require(run.record.cluster?.troubles)
            #expect(troubles.count == 1)
            #expect(troubles[0].hasPrefix("worker w1 has followed and not reported its peers since, last seen at"))
            let later = try cluster.run([Self.ann], cluster.surroundings { _ in try cluster.tell() })
            #expect(later.results[0].tunnelDown == true && later.record.cluster?.troubles == [])
        }
    }

    @Test func `a removed key that another peer has by now is still up, and the reason is given`() throws {
        try withCluster { cluster in
            let key = try #require(try cluster.keys(of: Self.ann).first)
            _ = try cluster.run([Self.ann]) { $0.workersTimeLimit = 0 }
            try cluster.bench.execute(
                """
                UPDATE wireguard_peer SET public_key = ? WHERE uuid = (
                    SELECT peer.uuid FROM wireguard_peer AS peer JOIN wireguard_wireguardinstance AS instance
                    ON instance.uuid = peer.wireguard_instance_id WHERE instance.instance_id = 4 LIMIT 1)
                """, [key])
            let run = try cluster.run(
                [Self.ann],
                cluster.surroundings { _ in
                    try cluster.ask()
                    try cluster.tell(asText: "{\"wg4\": {\"\(key)\": {\"latest-handshakes\": \"0\"}}}")
                })
            #expect(run.results[0].tunnelDown == false)
            #expect(
                run.results[0].errors.contains {
                    $0.hasSuffix("on wg4 of worker w1, where the database has another peer with this key")
                }, "\(run.results[0].errors)")
        }
    }

    /// Somebody has given a device another key and not exported it: workers still have the earlier one.
    @Test func `a key that only the config has is sought as well`() throws {
        try withCluster { cluster in
            let key = try #require(try cluster.keys(of: Self.ann).first)
            try cluster.bench.execute(
                "UPDATE wireguard_peer SET public_key = ? WHERE public_key = ?",
                [Data(repeating: 7, count: 32).base64EncodedString(), key])
            let run = try cluster.run(
                [Self.ann],
                cluster.surroundings { _ in
                    try cluster.ask()
                    try cluster.tell(asText: "{\"wg1\": {\"\(key)\": {\"latest-handshakes\": \"0\"}}}")
                })
            #expect(run.results[0].tunnelDown == false && run.exitStatus == .attentionNeeded)
            #expect(run.results[0].errors.contains { $0.hasSuffix("on wg1 of worker w1") })
        }
    }

    /// Also once the clock has come to its time again, as it does during the second of these.
    @Test(arguments: [true, false], [3_600, 60])
    func `a report from before the clock was set back proves nothing`(hasKeys: Bool, seconds: Int64) throws {
        try withCluster { cluster in
            try cluster.tell(
                "w1", hasKeys ? cluster.keys(of: Self.ann) : [], at: ClusterBench.start.adding(seconds: seconds))
            let run = try cluster.run([Self.ann], cluster.surroundings { _ in try cluster.ask() })
            #expect(run.results[0].tunnelDown == nil && run.outcomes == [.removed])
            // A new one does, though its time is earlier.
            let next = try cluster.run([Self.ann], cluster.surroundings { _ in try cluster.tell() })
            #expect(next.results[0].tunnelDown == true)
        }
    }

    @Test(
        "what cannot be read is no proof",
        arguments: ["\"\"", "{\"wg0\": {\"peers\": {}}}", "[]"])
    func unreadable(text: String) throws {
        try withCluster { cluster in
            let run = try cluster.run(
                [Self.ann],
                cluster.surroundings { _ in
                    try cluster.ask()
                    try cluster.tell(asText: text)
                })
            #expect(run.results[0].tunnelDown == nil && run.exitStatus == .attentionNeeded)
            let trouble = try #require(run.record.cluster?.troubles.first)
            #expect(
                trouble.hasPrefix("worker w1 has followed, but its report of its peers cannot be read, last seen at"))
        }
    }

    @Test func `a worker that still has the earlier version keeps every account unseen`() throws {
        try withCluster { cluster in
            let run = try cluster.run(
                [Self.ann],
                cluster.surroundings { _ in
                    try cluster.ask(version: 8)
                    try cluster.tell()
                })
            #expect(run.results[0].tunnelDown == nil)
            #expect(cluster.waited.value == 180_000)
            #expect(run.record.cluster?.behind == 1)
        }
    }

    @Test func `what a worker that has not followed told before the removal proves nothing, and a key after it is up`()
        throws
    {
        try withCluster { cluster in
            let keys = try cluster.keys(of: Self.ann)
            try cluster.tell("w1", keys, at: ClusterBench.start.adding(seconds: -1))
            let run = try cluster.run([Self.ann]) { $0.workersTimeLimit = 0 }
            #expect(run.results[0].tunnelDown == nil && run.outcomes == [.removed])

            cluster.waited.change { $0 += 1_000 }
            try cluster.ask(version: 8)
            try cluster.tell("w1", keys)
            let next = try cluster.run([Self.ann]) { $0.workersTimeLimit = 1 }
            #expect(next.results[0].tunnelDown == false && next.outcomes == [.partiallyRemoved])
            #expect(
                next.results[0].errors.contains { $0.hasSuffix("on wg0 of worker w1") }, "\(next.results[0].errors)")
            #expect(next.record.cluster?.workers.map(\.hasFollowed) == [false])
            #expect(next.record.cluster?.workers.map(\.toldPeers) == [false])
            #expect(next.exitStatus == .attentionNeeded)
        }
    }

    @Test func `a worker that was not seen for ten minutes is named, and not waited for`() throws {
        try withCluster { cluster in
            try cluster.bench.execute(
                "UPDATE cluster_workerstatus SET last_seen = ?", [ClusterBench.start.adding(seconds: -601).django])
            let run = try cluster.run([Self.ann])
            #expect(run.results[0].tunnelDown == nil && run.exitStatus == .attentionNeeded)
            #expect(cluster.waited.value == 0)
            #expect(run.record.cluster?.troubles == ["worker w1 is silent, last seen at 2026-11-23T23:49:59Z"])
        }
    }

    @Test func `the wait has a limit, and ends with a signal`() throws {
        try withCluster { cluster in
            _ = try cluster.run([Self.ann], cluster.surroundings { _ in try cluster.ask(version: 8) }) {
                $0.workersTimeLimit = 2.5
            }
            #expect(cluster.waited.value == 2_500)
            let waited = cluster.waited
            let run = try cluster.run(
                [ClusterBench.bob],
                cluster.surroundings(
                    { _ in try cluster.ask(version: 8) }, isStopRequested: { waited.value > 4_000 }))
            #expect((4_000..<6_000).contains(cluster.waited.value))
            #expect(run.outcomes == [.removed] && run.exitStatus == .attentionNeeded && run.record.stop == nil)
        }
    }

    @Test func `the wait holds no lock`() throws {
        try withCluster { cluster in
            let writes = Shared(0)
            _ = try cluster.run(
                [Self.ann],
                cluster.surroundings { visit in
                    let lock = try cluster.bench.lock("BEGIN EXCLUSIVE")
                    try lock.release()
                    writes.change { $0 += 1 }
                    if visit == 3 {
                        try cluster.ask()
                        try cluster.tell()
                    }
                })
            #expect(writes.value == 3)
        }
    }

    @Test func `where interfaces are up on this host too, they have to be seen as well`() throws {
        try withCluster(primary: true) { cluster in
            let run = try cluster.run(
                [Self.ann],
                cluster.surroundings { _ in
                    try cluster.ask()
                    try cluster.tell()
                })
            #expect(run.results[0].tunnelDown == nil)
        }
    }

    @Test func `where nothing is up on this host and no worker is enabled, nobody can tell`() throws {
        try withCluster { cluster in
            try cluster.bench.execute("UPDATE cluster_worker SET enabled = 0")
            #expect(try cluster.run([Self.ann]).results[0].tunnelDown == nil)
        }
    }

    @Test func `where one file is not in place, workers are told of the others, and nothing is proved until it is`()
        throws
    {
        try withCluster { cluster in
            let files = FileManager.default
            let config = cluster.bench.wireguard + "/wg5.conf"
            try files.removeItem(atPath: config)
            try files.createDirectory(atPath: config, withIntermediateDirectories: false)
            let follow: @Sendable (Int) throws -> Void = { _ in
                try cluster.ask()
                try cluster.tell()
            }
            let run = try cluster.run([Self.ann], cluster.surroundings(follow))
            #expect(run.record.configs.errors.count == 1, "\(run.record.configs.errors)")
            #expect(run.results[0].tunnelDown == nil && run.record.cluster?.isRaised == true)
            #expect(run.record.cluster?.workers.map(\.toldPeers) == [true])
            // Nor by a later run that finds it so.
            let next = try cluster.run([Self.ann], cluster.surroundings(follow))
            #expect(next.results[0].tunnelDown == nil && next.record.cluster?.isRaised == false)
            let guarded = try cluster.run([ClusterBench.bob]) { $0.guards.massRemoval.maxRemovals = 0 }
            #expect(guarded.exitStatus == .stoppedByGuard)
            #expect(try cluster.regenerate(cluster.surroundings(follow)).tunnels?.unseen == 1)
            #expect(try cluster.version == 9)

            try files.removeItem(atPath: config)
            let mended = try cluster.regenerate(cluster.surroundings(follow))
            #expect(mended.cluster?.isRaised == true && mended.tunnels == TunnelCounts())
        }
    }

    @Test(
        "where the schema does not tell what workers have, the interfaces of this host prove nothing",
        arguments: ["wireguard_status", "wireguard_status_updated"])
    func earlierSchemaWithoutWorkers(column: String) throws {
        try withCluster(primary: true) { cluster in
            try cluster.bench.execute("DELETE FROM cluster_workerstatus")
            try cluster.bench.execute("DELETE FROM cluster_worker")
            func seesAll() throws -> Bool? {
                let database = try ControlPlaneDatabase(opening: cluster.bench.database, busyTimeout: 5)
                return try database.readOnly(while: "look") { db in
                    try ClusterLook(db, database.schema, raised: nil, isTold: true, isWhole: true)?.sight.seesAll
                }
            }
            #expect(try seesAll() == true)
            try cluster.bench.execute("ALTER TABLE cluster_workerstatus RENAME COLUMN \(column) TO other")
            #expect(try seesAll() == false)
        }
    }

    @Test(
        "where the schema does not tell what workers have, or when they told it, nothing is proved",
        arguments: ["wireguard_status", "wireguard_status_updated"])
    func earlierSchema(column: String) throws {
        try withCluster { cluster in
            try cluster.bench.execute("ALTER TABLE cluster_workerstatus RENAME COLUMN \(column) TO other")
            let run = try cluster.run([Self.ann], cluster.surroundings { _ in try cluster.ask() })
            #expect(try cluster.version == 9)
            #expect(run.results[0].tunnelDown == nil)
            #expect(run.record.cluster?.workers.map(\.hasFollowed) == [true])
        }
    }

    @Test(
        "a night's null becomes true once a worker has followed",
        arguments: [true, false])
    func later(byRegenerate: Bool) throws {
        try withCluster { cluster in
            try cluster.bench.execute(
                "UPDATE cluster_workerstatus SET last_seen = ?", [ClusterBench.start.adding(seconds: -3_600).django])
            #expect(try cluster.run([Self.ann]).results[0].tunnelDown == nil)
            #expect(try unseen(cluster) == 1)
            // It comes back, and tells its peers in the last of its requests.
            try cluster.ask()
            try cluster.tell()
            if byRegenerate {
                let result = try cluster.regenerate()
                #expect(result.tunnels == TunnelCounts() && result.cluster?.isRaised == false)
            } else {
                let run = try cluster.run([Self.ann])
                #expect(run.outcomes == [.alreadyAbsent] && run.results[0].tunnelDown == true)
                #expect(run.exitStatus == .success)
            }
            #expect(try unseen(cluster) == 0 && cluster.waited.value == 0)
        }
    }

    @Test func `and what one call saw first, the next one need not wait for`() throws {
        try withCluster { cluster in
            // The worker has told its peers, then asked with the new version: which came with which, nobody knows.
            let first = try cluster.run([Self.ann], cluster.surroundings { _ in try cluster.ask() }) {
                $0.workersTimeLimit = 1
            }
            #expect(first.results[0].tunnelDown == nil)
            let waited = cluster.waited.value
            cluster.waited.change { $0 += 60_000 }
            try cluster.tell()
            cluster.waited.change { $0 += 1_000 }
            try cluster.ask()
            #expect(try cluster.regenerate().tunnels == TunnelCounts())
            #expect(cluster.waited.value == waited + 61_000)
        }
    }

    @Test func `a cluster that is disabled keeps unseen what its workers were left with, until they are disabled`()
        throws
    {
        try withCluster(primary: true) { cluster in
            let open = try cluster.run([Self.ann])
            #expect(open.results[0].tunnelDown == nil)
            try cluster.bench.execute("UPDATE cluster_clustersettings SET enabled = 0")
            for email in [Self.ann, ClusterBench.bob] {
                let run = try cluster.run([email])
                #expect(run.results[0].tunnelDown == nil && run.exitStatus == .attentionNeeded)
                #expect(run.record.cluster == nil)
                #expect(run.record.configs.errors.contains { $0.contains("w1 is still enabled") })
            }
            #expect(try unseen(cluster) == 2)
            let regenerated = try cluster.regenerate()
            #expect(regenerated.record.errors.contains { $0.contains("w1 is still enabled") })

            try cluster.bench.execute("UPDATE cluster_worker SET enabled = 0")
            let last = try cluster.run([Self.ann])
            #expect(!last.record.configs.errors.contains { $0.contains("enabled") })
        }
    }

    @Test func `a cluster that no run has seen enabled is none`() throws {
        try withCluster(primary: true) { cluster in
            try cluster.bench.execute("UPDATE cluster_clustersettings SET enabled = 0")
            #expect(try cluster.run([Self.ann]).record.configs.errors == [])
        }
    }

    @Test func `a worker that is disabled during the wait still counts, and is not waited for`() throws {
        try withCluster { cluster in
            try cluster.insert(worker: "w2")
            let run = try cluster.run(
                [Self.ann],
                cluster.surroundings { visit in
                    if visit == 1 {
                        try cluster.bench.execute("UPDATE cluster_worker SET enabled = 0 WHERE name = 'w2'")
                    }
                    try cluster.ask("w1")
                    try cluster.tell("w1")
                })
            #expect(run.results[0].tunnelDown == nil && run.exitStatus == .attentionNeeded)
            #expect(run.record.cluster?.workers.map(\.name) == ["w1", "w2"])
            #expect(run.record.cluster?.workers.map(\.hasFollowed) == [true, false])
            #expect(cluster.waited.value < 10_000)
        }
    }

    @Test func `a later version is as good, and an earlier one than it had is none`() throws {
        try withCluster { cluster in
            let run = try cluster.run(
                [Self.ann],
                cluster.surroundings { visit in
                    // The application exports something of its own.
                    if visit == 1 {
                        try cluster.bench.execute("UPDATE cluster_clustersettings SET config_version = 12")
                    }
                    try cluster.ask(version: visit < 5 ? 8 : 11)
                    try cluster.tell()
                })
            #expect(run.results[0].tunnelDown == true && run.record.cluster?.version == 12)
        }
    }
}
