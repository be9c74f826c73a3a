import ControlPlane
import GRDB
import Support

// What the workers of a cluster still have to fetch, and what they were seen to have.
extension Journal {
    static func hasCluster(in db: Database) throws -> Bool { try db.tableExists("wg_reconcile_cluster") }

    // MARK: The mark

    /// What workers may have to be told of the files that they fetch. Any value but `told` is the mark.
    package enum ExportState: Int, Sendable {
        /// Every file is as it should be, and the version was raised since the last change.
        case told = 0
        /// Some files are not as they should be. Workers have to be told once these are other ones than at the last
        /// look.
        case unsure = 1
        /// Since the version was last raised, a run has removed an instance, or has changed files or was about to.
        case changed = 2
    }

    package static func exportState(in db: Database) throws -> ExportState {
        guard try hasCluster(in: db),
            let number = try Int.fetchOne(db, sql: "SELECT export_changed FROM wg_reconcile_cluster")
        else { return .told }
        return ExportState(rawValue: number) ?? .changed
    }

    package static func isExportMarked(in db: Database) throws -> Bool { try exportState(in: db) != .told }

    package static func note(_ state: ExportState, in db: Database) throws {
        try db.execute(sql: "UPDATE wg_reconcile_cluster SET export_changed = ?", arguments: [state.rawValue])
    }

    /// Marks a removal. A worker may have fetched the instance's config, also if somebody else has deleted it since.
    static let markExport = "UPDATE wg_reconcile_cluster SET export_changed = 2 WHERE export_changed <> 2"

    /// The version to which a run last raised `config_version`; nil if no run did.
    package static func raisedVersion(in db: Database) throws -> Int64? {
        guard try hasCluster(in: db) else { return nil }
        return try Int64.fetchOne(db, sql: "SELECT raised_version FROM wg_reconcile_cluster")
    }

    /// Whether these were the files that were not as they should be, when the version was last raised or such files were
    /// last found.
    ///
    /// - Parameter digest: of those files.
    package static func hasFound(unfinished digest: String, in db: Database) throws -> Bool {
        try Bool.fetchOne(db, sql: "SELECT raised_sha256 IS ? FROM wg_reconcile_cluster", arguments: [digest]) ?? false
    }

    package static func noteFound(unfinished digest: String, in db: Database) throws {
        try db.execute(sql: "UPDATE wg_reconcile_cluster SET raised_sha256 = ?", arguments: [digest])
    }

    /// Call this in the transaction that raises the version. It leaves the mark as it is.
    package static func noteRaise(to version: Int64, at time: UTCTime, in db: Database) throws {
        try db.execute(
            sql: "UPDATE wg_reconcile_cluster SET raised_version = ?, raised_at = ?",
            arguments: [version, time.sortable])
    }

    // MARK: Workers

    /// When each worker was first seen to have followed, by its row id.
    package static func followings(in db: Database) throws -> [Int64: WorkerFollowing] {
        guard try hasCluster(in: db) else { return [:] }
        let rows = try Row.fetchAll(db, sql: "SELECT worker_id, version, told_peers_at FROM wg_reconcile_worker")
        var followings: [Int64: WorkerFollowing] = [:]
        for row in rows {
            guard let id = row.integer(0), let version = row.integer(1) else { continue }
            followings[id] = WorkerFollowing(
                version: version, toldPeersAt: row.text(2).flatMap(UTCTime.init(rfc3339:)))
        }
        return followings
    }

    /// Replaces what was recorded before.
    static func note(_ followings: [Int64: WorkerFollowing], in db: Database) throws {
        guard try hasCluster(in: db) else { return }
        try db.execute(sql: "DELETE FROM wg_reconcile_worker")
        for (id, following) in followings {
            try db.execute(
                sql: "INSERT INTO wg_reconcile_worker (worker_id, version, told_peers_at) VALUES (?, ?, ?)",
                arguments: [id, following.version, following.toldPeersAt?.sortable])
        }
    }

    /// The keys of removed peers that no run has seen gone, and when each was removed last.
    package static func unseenKeys(in db: Database) throws -> [String: UTCTime] {
        guard try exists(in: db), try hasSights(in: db) else { return [:] }
        var keys: [String: UTCTime] = [:]
        try HeldStatement(
            db,
            sql: """
                SELECT key.value, outcome.removed_at FROM wg_reconcile_outcome AS outcome, json_each(
                    CASE WHEN json_valid(outcome.removal) THEN outcome.removal ELSE '{}' END, '$.peerKeys') AS key
                WHERE outcome.seen_gone_at IS NULL
                """
        ).forEachRow { row in
            guard let key = row.text(0) else { return }
            // If the time cannot be read, no report can be shown to be later.
            let time = row.text(1).flatMap(UTCTime.init(rfc3339:)) ?? UTCTime(seconds: .max)
            keys[key] = keys[key].map { max($0, time) } ?? time
        }
        return keys
    }
}
