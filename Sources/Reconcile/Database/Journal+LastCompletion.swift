import GRDB

extension Journal {
    /// When a run was last marked complete; nil where none ever was.
    static func lastCompletion(in db: Database) throws -> UTCTime? {
        guard try exists(in: db) else { return nil }
        return try String.fetchOne(db, sql: "SELECT max(completed_at) FROM wg_reconcile_run")
            .flatMap(UTCTime.init(rfc3339:))
    }
}
