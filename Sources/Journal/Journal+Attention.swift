import GRDB
import Support

// Since when accounts have needed attention.
extension Journal {
    /// The accounts that needed attention when a run last named them, and since when. Accounts that the feeds of the
    /// last day before this run did not name are left out: if they need attention again, that is new.
    ///
    /// - Parameter startedAt: When the current run began.
    package static func attention(before startedAt: UTCTime, in db: Database) throws -> [AttentionSubject: UTCTime] {
        guard try version(in: db) ?? 0 >= 6 else { return [:] }
        let rows = try Row.fetchCursor(
            db, sql: "SELECT account, first_seen FROM wg_reconcile_attention WHERE last_seen >= ?",
            arguments: [try attentionLimit(before: startedAt, in: db)])
        var times: [AttentionSubject: UTCTime] = [:]
        while let row = try rows.next() {
            // A damaged row makes its account count as new.
            guard let subject = row.text(0).flatMap(AttentionSubject.init),
                let time = row.text(1).flatMap(UTCTime.init(rfc3339:))
            else { continue }
            times[subject] = time
        }
        return times
    }

    /// Stores what a run found for later runs.
    package static func note(_ attention: AttentionTimes, in db: Database) throws {
        let forget = try db.makeStatement(sql: "DELETE FROM wg_reconcile_attention WHERE account = ?")
        for subject in attention.settled { try forget.execute(arguments: [subject.text]) }
        let keep = try db.makeStatement(
            sql: """
                INSERT INTO wg_reconcile_attention (account, first_seen, last_seen) VALUES (?, ?, ?)
                ON CONFLICT (account) DO UPDATE SET first_seen = excluded.first_seen, last_seen = max(last_seen, excluded.last_seen)
                """)
        let now = attention.startedAt.sortable
        for (subject, time) in attention.firstSeen { try keep.execute(arguments: [subject.text, time.sortable, now]) }
        try db.execute(
            sql: "DELETE FROM wg_reconcile_attention WHERE last_seen < ?",
            arguments: [try attentionLimit(before: attention.startedAt, in: db)])
    }

    /// The runs since this time count as those of the last day and of today. A day may have several feeds, so it begins
    /// 20 hours before the last completed run of an earlier day. What a run did not complete is no break.
    private static func attentionLimit(before startedAt: UTCTime, in db: Database) throws -> String {
        let last = try String.fetchOne(
            db,
            sql: """
                SELECT max(started_at) FROM wg_reconcile_run
                WHERE started_at < ? AND completed_at IS NOT NULL AND feed_sha256 <> ''
                """, arguments: [startedAt.adding(seconds: -settlingTime).rfc3339]
        ).flatMap(UTCTime.init(rfc3339:))
        return last?.adding(seconds: -settlingTime).sortable ?? ""
    }
}
