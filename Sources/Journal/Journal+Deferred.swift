import ControlPlane
import Feed
import GRDB
import Support

// Deferred removals.
extension Journal {
    /// A removal that is deferred until its effective time.
    package struct Deferred: Hashable, Sendable {
        package var mailbox: Mailbox
        /// Includes the ``FeedEntry/deferral``. Its number is the number in its own feed.
        package var entry: FeedEntry
        var notedAt: UTCTime
        /// The run that started to carry it out.
        package var takenBy: String?

        package func isDue(at now: UTCTime) -> Bool { (entry.effectiveAt?.beginning ?? now) <= now }
    }

    private static let columns = """
        mailbox, email, account_id, subscription_id, reason, status, effective_at, due_at, over_at, feed_time, run_id,
        entry, noted_at, taken_by
        """

    /// All deferred removals that are not done yet, by due time.
    package static func deferred(in db: Database) throws -> [Deferred] {
        guard let version = try version(in: db), version >= 2 else { return [] }
        return try Row.fetchAll(
            db, sql: "SELECT \(columns) FROM wg_reconcile_deferred AS deferred \(whereOpen) ORDER BY due_at, mailbox"
        ).map(deferred)
    }

    /// How many of them there are.
    package static func deferredCount(in db: Database) throws -> Int {
        guard let version = try version(in: db), version >= 2 else { return 0 }
        return try Int.fetchOne(db, sql: "SELECT count(*) FROM wg_reconcile_deferred AS deferred \(whereOpen)") ?? 0
    }

    /// Of the table `deferred`: what no run has carried out and no later feed has overtaken.
    private static let whereOpen = """
        WHERE NOT EXISTS (
            SELECT 1 FROM wg_reconcile_outcome AS outcome
            JOIN wg_reconcile_run AS remover ON remover.id = outcome.run_id
            JOIN wg_reconcile_run AS noter ON noter.id = deferred.run_id
            -- By the order of the runs, not by their times: a clock may have been wrong.
            WHERE outcome.mailbox = deferred.mailbox AND remover.rowid >= noter.rowid)
        AND NOT EXISTS (
            SELECT 1 FROM wg_reconcile_statement AS statement
            WHERE statement.mailbox = deferred.mailbox AND statement.feed_time > deferred.feed_time)
        """

    /// Removals that another run has carried out but not reported, because it was cut short before its report. Each
    /// comes with its outcome.
    package static func unreportedDeferred(
        besides runID: RunID?, in db: Database
    ) throws -> [(Deferred, CommittedOutcome)] {
        guard let version = try version(in: db), version >= 2 else { return [] }
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT \(columns) FROM wg_reconcile_deferred
                WHERE taken_by IN (SELECT id FROM wg_reconcile_run WHERE completed_at IS NULL) AND taken_by <> ?
                ORDER BY taken_by, place
                """, arguments: [runID?.description ?? ""])
        var outcomes: [String: [String: CommittedOutcome]] = [:]
        return try rows.compactMap { row in
            let deferred = try deferred(row)
            guard let run = deferred.takenBy, let runID = RunID(parsing: run) else { return nil }
            if outcomes[run] == nil {
                outcomes[run] = Dictionary(
                    try Self.outcomes(of: runID, in: db).values.map { ($0.mailbox, $0) },
                    uniquingKeysWith: { $0.removedAt > $1.removedAt ? $0 : $1 })
            }
            return outcomes[run]?[deferred.mailbox.canonical].map { (deferred, $0) }
        }
    }

    /// The removals that an interrupted run had started to carry out, in that run's order, done or not.
    package static func deferred(takenBy runID: RunID, in db: Database) throws -> [Deferred] {
        guard let version = try version(in: db), version >= 2 else { return [] }
        return try Row.fetchAll(
            db, sql: "SELECT \(columns) FROM wg_reconcile_deferred WHERE taken_by = ? ORDER BY place",
            arguments: [runID.description]
        ).map(deferred)
    }

    /// - Throws: ``DatabaseFailure/Reason/journalUnreadable``. Skipping such a row would lose a removal.
    private static func deferred(_ row: Row) throws -> Deferred {
        guard let mailbox = row.text(0).flatMap(Mailbox.init), let email = row.text(1), let effective = row.text(6),
            let due = row.text(7).flatMap(UTCTime.init(rfc3339:)),
            let over = row.text(8).flatMap(UTCTime.init(rfc3339:)),
            let feedTime = row.text(9).flatMap(UTCTime.init(rfc3339:)), let runID = row.text(10),
            let number = row.integer(11), let notedAt = row.text(12).flatMap(UTCTime.init(rfc3339:))
        else { throw DatabaseFailure.Reason.journalUnreadable }
        let isDay = UTCTime(date: effective) != nil
        let entry = FeedEntry(
            number: Int(number), line: nil, accountID: try echoed(row.text(2)), subscriptionID: try echoed(row.text(3)),
            reason: try echoed(row.text(4)), email: email, status: row.text(5),
            effectiveAt: isDay ? .day(.init(beginning: due, end: over, date: effective)) : .instant(due),
            deferral: .init(runID: runID, entry: Int(number), feedTime: feedTime))
        return Deferred(mailbox: mailbox, entry: entry, notedAt: notedAt, takenBy: row.text(13))
    }

    /// Stores a deferred removal. It replaces an older one of the same account.
    static func keep(
        _ entry: FeedEntry, madeAt feedTime: UTCTime, runID: RunID, at now: UTCTime, in db: Database
    ) throws {
        guard let mailbox = entry.account, let effective = entry.effectiveAt else { return }
        try db.execute(
            sql: """
                INSERT INTO wg_reconcile_deferred (\(columns))
                SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, NULL
                -- A newer feed that says that the account stays goes before this one.
                WHERE NOT EXISTS (SELECT 1 FROM wg_reconcile_statement WHERE mailbox = ?1 AND feed_time > ?10)
                ON CONFLICT (mailbox) DO UPDATE SET
                    email = excluded.email, account_id = excluded.account_id, reason = excluded.reason,
                    subscription_id = excluded.subscription_id, status = excluded.status,
                    effective_at = excluded.effective_at, due_at = excluded.due_at, over_at = excluded.over_at,
                    feed_time = excluded.feed_time, run_id = excluded.run_id, entry = excluded.entry,
                    noted_at = excluded.noted_at, taken_by = NULL, place = NULL
                WHERE excluded.feed_time >= feed_time AND
                    NOT (excluded.run_id = run_id AND excluded.entry = entry)
                """,
            arguments: [
                mailbox.canonical, entry.email, text(of: entry.accountID), text(of: entry.subscriptionID),
                text(of: entry.reason), entry.status, effective.text, effective.beginning.sortable,
                effective.end.sortable, feedTime.sortable, runID.description, entry.number, now.sortable,
            ])
    }

    /// Records that a run carries out these removals, in this order, so that a continuation uses the same ones.
    package static func take(_ deferred: [Deferred], for runID: RunID, in db: Database) throws {
        let take = try db.makeStatement(
            sql: "UPDATE wg_reconcile_deferred SET taken_by = ?, place = ? WHERE mailbox = ?")
        for (place, deferred) in deferred.enumerated() {
            try take.execute(arguments: [runID.description, place, deferred.mailbox.canonical])
        }
    }

    /// Deletes removals that are done, except those that the run which did them still has to report.
    package static func dropDone(in db: Database) throws {
        try db.execute(
            sql: """
                DELETE FROM wg_reconcile_deferred WHERE EXISTS (
                    SELECT 1 FROM wg_reconcile_outcome AS outcome
                    JOIN wg_reconcile_run AS remover ON remover.id = outcome.run_id
                    JOIN wg_reconcile_run AS noter ON noter.id = wg_reconcile_deferred.run_id
                    WHERE outcome.mailbox = wg_reconcile_deferred.mailbox AND remover.rowid >= noter.rowid)
                    AND coalesce(taken_by, '') NOT IN (SELECT id FROM wg_reconcile_run WHERE completed_at IS NULL)
                """)
    }

    /// Deletes those of a run that are done. The next run carries out the others.
    package static func finish(_ runID: RunID, done: [Mailbox], in db: Database) throws {
        let delete = try db.makeStatement(sql: "DELETE FROM wg_reconcile_deferred WHERE mailbox = ? AND taken_by = ?")
        for mailbox in done { try delete.execute(arguments: [mailbox.canonical, runID.description]) }
        try db.execute(
            sql: "UPDATE wg_reconcile_deferred SET taken_by = NULL, place = NULL WHERE taken_by = ?",
            arguments: [runID.description])
    }

    static func withdraw(_ mailbox: Mailbox, in db: Database) throws {
        try db.execute(
            sql: "DELETE FROM wg_reconcile_deferred WHERE mailbox = ?", arguments: [mailbox.canonical])
    }

    // MARK: Echoed values

    private static func text(of value: EchoedValue?) -> String? {
        guard let value else { return nil }
        var json = JSONText()
        switch value {
        case .text(let text): json.value(text)
        case .number(let spelling): json.number(spelled: spelling)
        }
        return String(decoding: json.bytes, as: UTF8.self)
    }

    private static func echoed(_ json: String?) throws -> EchoedValue? {
        guard let json else { return nil }
        let bytes = Array(json.utf8)
        var scanner = JSONScanner(bytes, in: bytes.indices)
        do throws(FeedFlaw) {
            switch try scanner.fieldValue() {
            case .text(let text): return .text(text)
            case .number(let spelling): return .number(spelling)
            default: throw FeedFlaw(.unknownDocument, at: nil)
            }
        } catch {
            throw DatabaseFailure.Reason.journalUnreadable
        }
    }
}
