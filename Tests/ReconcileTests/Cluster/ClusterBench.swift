import Foundation
import GRDB
import TestSupport

@testable import Reconcile
@testable import Support
@testable import WireGuard

/// A control plane of 2026 whose cluster is enabled, and workers of it that do what a test says.
struct ClusterBench: Sendable {
    let bench: Bench
    /// Milliseconds that were waited.
    let waited = Shared<Milliseconds>(0)

    /// The first accounts of the recording that have keys.
    static let (ann, bob) = ("user00001@example.com", "user00003@example.com")
    static let start = UTCTime(seconds: 1_795_478_400)

    // MARK: The database

    var version: Int64 {
        get throws { try int("SELECT config_version FROM cluster_clustersettings") }
    }

    func int(_ sql: String) throws -> Int64 { try bench.work { try Int64.fetchOne($0.db, sql: sql) ?? -1 } }

    func insert(worker name: String, enabled: Bool = true, version: Int = 8, lastSeen: UTCTime = start) throws {
        try bench.work { plane in
            try plane.insert(
                "cluster_worker",
                [
                    "name": name, "enabled": enabled, "token": plane.uuid(), "ip_lock": 0, "force_reload": 0,
                    "force_restart": 0, "uuid": plane.uuid(), "error_status": "",
                ])
            try plane.insert(
                "cluster_workerstatus",
                [
                    "worker_id": plane.db.lastInsertedRowID, "last_seen": lastSeen.django, "config_version": version,
                    "uuid": plane.uuid(), "active_peers": 0, "worker_version": 10, "dns_version": 0,
                ])
        }
    }

    /// A worker asks for something, which reports its version.
    func ask(_ worker: String = "w1", version: Int64? = nil) throws {
        try change(worker, "config_version = ?, last_seen = ?", [try version ?? self.version, now.django])
    }

    /// A worker tells which peers it has, some time after or before it asks.
    func tell(_ worker: String = "w1", _ keys: [String] = [], asText text: String? = nil, at time: UTCTime? = nil)
        throws
    {
        let peers = keys.map { "\"\($0)\": {\"latest-handshakes\": \"0\"}" }.joined(separator: ", ")
        try change(
            worker, "wireguard_status = ?, wireguard_status_updated = ?, last_seen = ?",
            [text ?? "{\"wg0\": {\(peers)}}", (time ?? now).django, (time ?? now).django])
    }

    private func change(_ worker: String, _ columns: String, _ values: [any DatabaseValueConvertible]) throws {
        try bench.execute(
            """
            UPDATE cluster_workerstatus SET \(columns)
            WHERE worker_id = (SELECT id FROM cluster_worker WHERE name = ?)
            """, StatementArguments(values + [worker]))
    }

    func keys(of email: String) throws -> [String] {
        try bench.work { plane in
            try String.fetchAll(
                plane.db,
                sql: """
                    SELECT peer.public_key FROM wireguard_peer AS peer
                    JOIN wireguard_wireguardinstance AS instance ON instance.uuid = peer.wireguard_instance_id
                    WHERE instance.name = ?
                    """, arguments: [email])
        }
    }

    // MARK: Runs

    var now: UTCTime { Self.start.adding(milliseconds: Int64(waited.value)) }

    /// - Parameter meanwhile: what the workers do each time that the run waits; it is given the number of that time.
    func surroundings(
        _ meanwhile: @escaping @Sendable (Int) throws -> Void = { _ in },
        isStopRequested: @escaping @Sendable () -> Bool = { false },
        observe: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) -> Surroundings {
        let (waited, visits) = (waited, Shared(0))
        return Surroundings(
            now: { Self.start.adding(milliseconds: Int64(waited.value)) }, uptime: { waited.value },
            pause: { milliseconds in
                waited.change { $0 += milliseconds }
                // A test whose workers fail sees nobody follow, and fails for that.
                try? meanwhile(
                    visits.change {
                        $0 += 1
                        return $0
                    })
            }, randomNumber: { UInt32.random(in: .min ... .max) }, hostName: "test", isStopRequested: isStopRequested,
            observe: observe)
    }

    /// A run that looks at interfaces, of which none is here: `wg` is not installed.
    func run(
        _ emails: [String], _ surroundings: Surroundings? = nil,
        _ change: (inout Reconciliation.Options) -> Void = { _ in }
    ) throws -> FinishedRun {
        try bench.run(emails, in: surroundings ?? self.surroundings()) { options in
            options.live = Self.access
            change(&options)
        }
    }

    static let access = LiveAccess(environment: ["PATH": "/nonexistent"])

    func regenerate(_ surroundings: Surroundings? = nil) throws -> Regeneration.Result {
        try Regeneration(
            bench.options { $0.live = Self.access }, surroundings ?? self.surroundings(), silent: SilentInterfaces()
        ).perform()
    }
}

/// Runs a test on a control plane with a cluster, whose worker `w1` has version 8, as the database has.
///
/// - Parameter primary: whether interfaces are up on this host too.
func withCluster(primary: Bool = false, _ body: (ClusterBench) throws -> Void) throws {
    try withBench { bench in
        let files = FileManager.default
        let folder = Fixtures.path("reference/2026")
        try files.copyItem(atPath: folder + "/before.sqlite3", toPath: bench.database)
        try files.removeItem(atPath: bench.wireguard)
        try files.copyItem(atPath: folder + "/wireguard-before", toPath: bench.wireguard)
        let cluster = ClusterBench(bench: bench)
        try bench.work { plane in
            try plane.insert(
                "cluster_clustersettings",
                [
                    "name": "cluster_settings", "enabled": 1, "primary_enable_wireguard": primary,
                    "cluster_mode": "mirror",
                    "restart_mode": "auto", "worker_display": "name", "config_version": 8, "uuid": plane.uuid(),
                    "dns_version": 0,
                ])
        }
        try cluster.insert(worker: "w1")
        // The recording has edits that were not exported; what runs change then is what they remove.
        _ = try bench.run([], in: cluster.surroundings())
        try bench.execute("UPDATE cluster_clustersettings SET config_version = 8")
        try bench.execute("UPDATE wg_reconcile_cluster SET raised_version = NULL")
        try body(cluster)
    }
}
