import GRDB
import Support

extension Journal {
    /// When a run was last marked complete before `time`; nil if there is none.
    package static func lastCompletion(before time: UTCTime, in db: Database) throws -> UTCTime? {
        guard try exists(in: db) else { return nil }
        return try String.fetchOne(
            db, sql: "SELECT max(completed_at) FROM wg_reconcile_run WHERE completed_at < ?", arguments: [time.rfc3339]
        ).flatMap(UTCTime.init(rfc3339:))
    }
}
