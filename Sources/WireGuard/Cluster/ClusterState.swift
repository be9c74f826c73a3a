import ControlPlane
import GRDB
import Support

/// What the database says of the application's cluster: workers on other machines that fetch the exported files when
/// `config_version` changes, and tell which peers they have.
package struct ClusterState: Sendable {
    /// The number under which workers fetch the files now.
    package var version: Int64
    /// Whether interfaces are up on this host too. Where not, only the workers have any.
    package var primaryHasInterfaces: Bool
    /// Those that are enabled, by name. nil where the schema does not tell who they are.
    package var workers: [ClusterWorker]?
    /// Whether workers tell which peers they have, and when they did. Schemas of before January 2026 do not say when.
    package var tellsPeers: Bool

    /// - Returns: nil where the schema has no cluster, or it is not enabled.
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
        workers = try Self.workers(in: db, schema, tellsPeers)
    }

    /// Whether the schema has a place for a cluster.
    package static func isPossible(in schema: ControlPlaneSchema) -> Bool {
        schema.has("cluster_clustersettings", columns: ["name", "enabled", "config_version"])
    }

    private static func workers(
        in db: Database, _ schema: ControlPlaneSchema, _ tellsPeers: Bool
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
                WHERE worker.enabled ORDER BY worker.name
                """
        ).map { row in
            ClusterWorker(
                id: row.integer(0) ?? 0, name: row.text(1) ?? "", version: row.integer(2),
                lastSeen: row.text(3).flatMap(UTCTime.init(stored:)),
                toldPeersAt: row.text(4).flatMap(UTCTime.init(stored:)))
        }
    }

    /// Makes the version one higher. To be called once the files that belong to it are in place and synced: a worker takes
    /// the version from the same answer as the files.
    ///
    /// - Returns: the new version; nil where there is no cluster that is enabled.
    static func raiseVersion(in db: Database, _ schema: ControlPlaneSchema, at time: UTCTime) throws -> Int64? {
        guard isPossible(in: schema) else { return nil }
        let change = "UPDATE cluster_clustersettings SET config_version = config_version + 1"
        let row = "WHERE name = 'cluster_settings' AND enabled RETURNING config_version"
        if schema.has("cluster_clustersettings", columns: ["updated"]) {
            return try Int64.fetchOne(db, sql: "\(change), updated = ? \(row)", arguments: [time.django])
        }
        return try Int64.fetchOne(db, sql: "\(change) \(row)")
    }
}

/// A worker of the cluster, as it reported itself last.
package struct ClusterWorker: Hashable, Sendable {
    var id: Int64
    package var name: String
    /// The version of the files that it has taken; nil where it never reported. It reports that also where it could not
    /// bring an interface up with them.
    package var version: Int64?
    /// When it asked for anything last.
    package var lastSeen: UTCTime?
    /// When it told last which peers its interfaces have.
    var toldPeersAt: UTCTime?

    /// Seconds after which the application, too, takes a worker for one that is offline.
    private static let silence: Int64 = 600

    package func isSilent(at now: UTCTime) -> Bool { lastSeen.map { $0 < now.adding(seconds: -Self.silence) } ?? true }

    /// Whether what it told of its peers is the last that was written of it. A worker reports its version with every
    /// request, so then it had that version when it told them.
    var toldPeersLast: Bool {
        guard let toldPeersAt, let lastSeen else { return false }
        return lastSeen <= toldPeersAt.adding(milliseconds: Self.timeOfWriting)
    }

    /// The application takes the time of `wireguard_status_updated` first and that of `last_seen` as it saves the row. To
    /// fetch files and to restart interfaces takes much longer.
    private static let timeOfWriting: Int64 = 1
}
