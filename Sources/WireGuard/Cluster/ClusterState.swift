import ControlPlane
import GRDB
import Journal
import Support

/// The application's cluster as stored in the database. Its workers run on other machines, fetch the exported files
/// when `config_version` changes, and report which peers they have.
package struct ClusterState: Sendable {
    /// The version under which workers fetch the files now.
    package var version: Int64
    /// Whether interfaces are up on this host too. If not, only the workers have interfaces.
    package var primaryHasInterfaces: Bool
    /// The enabled workers, by name; nil where the schema does not list them.
    package var workers: [ClusterWorker]?
    /// The disabled workers, by name. The application does not answer them.
    package var disabledWorkers: [ClusterWorker] = []
    /// Whether the schema records which peers workers have, and when they reported them. Schemas from before January
    /// 2026 do not record when.
    package var tellsPeers: Bool

    /// - Returns: nil where the schema has no cluster, or the cluster is not enabled.
    package init?(in db: Database, _ schema: ControlPlaneSchema) throws {
        guard Self.isPossible(in: schema) else { return nil }
        let primary =
            schema.has("cluster_clustersettings", columns: ["primary_enable_wireguard"])
            ? "primary_enable_wireguard" : "1"
        let settings = try Row.fetchOne(
            db,
            sql: """
                SELECT enabled, config_version, \(primary) FROM cluster_clustersettings WHERE name = 'cluster_settings'
                """)
        guard let settings, settings.flag(0) else { return nil }
        version = settings.integer(1) ?? 0
        primaryHasInterfaces = settings.flag(2)
        tellsPeers = schema.has(
            "cluster_workerstatus", columns: ["wireguard_status", "wireguard_status_updated"])
        workers = try Self.workers(areEnabled: true, in: db, schema, tellsPeers)
        disabledWorkers = try Self.workers(areEnabled: false, in: db, schema, tellsPeers) ?? []
    }

    /// The enabled workers of a cluster that is disabled, by name. The application no longer answers them, so they keep
    /// the peers that they have. They count if a run has told workers of changes before, or if they last reported a
    /// removed peer that no run has seen gone.
    package static func leftWorkers(in db: Database, _ schema: ControlPlaneSchema) throws -> [String] {
        guard isPossible(in: schema), try ClusterState(in: db, schema) == nil else { return [] }
        let workers = try workers(areEnabled: true, in: db, schema, false) ?? []
        if try workers.isEmpty || Journal.raisedVersion(in: db) != nil { return workers.map(\.name) }
        guard schema.has("cluster_workerstatus", columns: ["wireguard_status"]) else { return [] }
        let unseen = Set(try Journal.unseenKeys(in: db).keys.map { WireGuardKey.asRead($0) })
        return try workers.filter { worker in
            let report = try String.fetchOne(
                db, sql: "SELECT wireguard_status FROM cluster_workerstatus WHERE worker_id = ?", arguments: [worker.id]
            )
            // A report that cannot be read proves nothing.
            return WorkerPeers(report).map { !unseen.isDisjoint(with: $0.interfaces.keys) }
                ?? (report?.isEmpty == false && !unseen.isEmpty)
        }.map(\.name)
    }

    /// Whether the version is lower than a run has raised it to. The application saves all its settings at once, so it
    /// can write back a version that it read before the raise. Workers may then have any files under this version.
    func hasGoneBack(in db: Database) throws -> Bool {
        try Journal.raisedVersion(in: db).map { $0 > version } ?? false
    }

    /// Whether workers may have to be told of changes.
    package func isUntold(in db: Database) throws -> Bool {
        try Journal.isExportMarked(in: db) || hasGoneBack(in: db)
    }

    /// Whether the schema has the tables of a cluster.
    package static func isPossible(in schema: ControlPlaneSchema) -> Bool {
        schema.has("cluster_clustersettings", columns: ["name", "enabled", "config_version"])
    }

    /// Whether the cluster's settings say that interfaces are up on its workers alone, and none on this host.
    ///
    /// - Throws: ``DatabaseFailure``.
    package static func isUpOnWorkersAlone(_ database: ControlPlaneDatabase) throws -> Bool {
        guard isPossible(in: database.schema) else { return false }
        return try database.readOnly(while: "read the cluster's settings from the database") { db in
            try ClusterState(in: db, database.schema)?.primaryHasInterfaces == false
        }
    }

    private static func workers(
        areEnabled: Bool, in db: Database, _ schema: ControlPlaneSchema, _ tellsPeers: Bool
    ) throws -> [ClusterWorker]? {
        guard schema.has("cluster_worker", columns: ["id", "name", "enabled"]),
            schema.has("cluster_workerstatus", columns: ["worker_id", "config_version", "last_seen"])
        else { return nil }
        return try Row.fetchAll(
            db,
            sql: """
                SELECT worker.id, worker.name, status.config_version, status.last_seen,
                    \(tellsPeers ? "status.wireguard_status_updated" : "NULL")
                FROM cluster_worker AS worker
                LEFT JOIN cluster_workerstatus AS status ON status.worker_id = worker.id
                WHERE (worker.enabled <> 0) = ? ORDER BY worker.name
                """, arguments: [areEnabled]
        ).map { row in
            ClusterWorker(
                id: row.integer(0) ?? 0, name: row.text(1) ?? "", version: row.integer(2),
                lastSeen: row.text(3).flatMap(UTCTime.init(stored:)),
                toldPeersAt: row.text(4).flatMap(UTCTime.init(stored:)))
        }
    }

    /// Raises the version by one. Call it once the files are in place and synced: a worker gets the version and the
    /// files in the same answer.
    ///
    /// If the version has gone back, the new one is higher than the last raise and than what any worker has reported: a
    /// worker that has that number already would not fetch.
    ///
    /// - Returns: the new version; nil where no cluster is enabled.
    static func raiseVersion(in db: Database, _ schema: ControlPlaneSchema, at time: UTCTime) throws -> Int64? {
        guard isPossible(in: schema) else { return nil }
        let reported =
            schema.has("cluster_workerstatus", columns: ["config_version"])
            ? try Int64.fetchOne(
                db, sql: "SELECT max(config_version) FROM cluster_workerstatus WHERE config_version < ?",
                arguments: [highestVersion]) : nil
        let last = max(try Journal.raisedVersion(in: db) ?? 0, reported ?? 0)
        let change = "UPDATE cluster_clustersettings SET config_version = min(max(config_version, ?1), ?2 - 1) + 1"
        let row = "WHERE name = 'cluster_settings' AND enabled RETURNING config_version"
        if schema.has("cluster_clustersettings", columns: ["updated"]) {
            return try Int64.fetchOne(
                db, sql: "\(change), updated = ?3 \(row)", arguments: [last, highestVersion, time.django])
        }
        return try Int64.fetchOne(db, sql: "\(change) \(row)", arguments: [last, highestVersion])
    }

    /// The highest number that the application's column is made for (Django's `IntegerField`). A worker that reports
    /// more is not believed, and the version never gets beyond it.
    static let highestVersion: Int64 = 2_147_483_647
}

/// A worker of the cluster, as it last reported itself.
package struct ClusterWorker: Hashable, Sendable {
    var id: Int64
    package var name: String
    /// The version of the files that it has fetched; nil where it never reported one. It reports the version even if
    /// it could not bring an interface up.
    package var version: Int64?
    /// The time of its last request.
    package var lastSeen: UTCTime?
    /// When it last reported the peers of its interfaces.
    package var toldPeersAt: UTCTime?

    /// Seconds after which the application, too, shows a worker as offline.
    private static let silence: Int64 = 600

    package func isSilent(at now: UTCTime) -> Bool { lastSeen.map { $0 < now.adding(seconds: -Self.silence) } ?? true }

    /// Whether its report of peers was its last request. A worker sends its version with every request, so it had
    /// that version when it reported the peers.
    var toldPeersLast: Bool {
        guard let toldPeersAt, let lastSeen else { return false }
        // If the clock was set back in between, a later request has an earlier time.
        return toldPeersAt <= lastSeen.adding(milliseconds: Self.timeOfWriting)
            && lastSeen <= toldPeersAt.adding(milliseconds: Self.timeOfWriting)
    }

    /// In milliseconds. The application takes the time for `wireguard_status_updated` first, and the time for
    /// `last_seen` when it saves the row. Fetching files and restarting interfaces takes much longer.
    private static let timeOfWriting: Int64 = 1
}
