import GRDB
import Support

// When feeds were first processed.
extension Journal {
    /// When the bytes with this digest were first processed; nil if they never were.
    package static func firstProcessed(_ digest: String, in db: Database) throws -> UTCTime? {
        switch try version(in: db) {
        case nil: nil
        case 1:
            try String.fetchOne(
                db, sql: "SELECT min(started_at) FROM wg_reconcile_run WHERE feed_sha256 = ?", arguments: [digest]
            ).flatMap(UTCTime.init(rfc3339:))
        default:
            try String.fetchOne(
                db, sql: "SELECT first_processed_at FROM wg_reconcile_feed WHERE sha256 = ?", arguments: [digest]
            ).flatMap(UTCTime.init(rfc3339:))
        }
    }

    /// Records when the bytes with this digest were processed, unless an earlier time is recorded.
    package static func noteFeed(_ digest: String, at time: UTCTime, in db: Database) throws {
        try db.execute(
            sql: "INSERT OR IGNORE INTO wg_reconcile_feed (sha256, first_processed_at) VALUES (?, ?)",
            arguments: [digest, time.sortable])
    }
}
