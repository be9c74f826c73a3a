import ControlPlane
import Feed
import Foundation
import GRDB
import Support

// What removals keep, so that accounts can come back.
extension Journal {
    /// Which removals keep what they delete, and for how long.
    package struct ArchivePolicy: Hashable, Sendable {
        /// 0 keeps nothing.
        package var days: Int
        /// The statuses of entries whose accounts are gone for good, in lower case.
        package var neverStatuses: Set<String>

        package static let standard = ArchivePolicy(days: 30, neverStatuses: ["deletion_requested"])

        package init(days: Int, neverStatuses: Set<String>) { (self.days, self.neverStatuses) = (days, neverStatuses) }

        package func keeps(_ entry: FeedEntry) -> Bool { days > 0 && !isForGood(entry) }

        /// Whether the entry says that the account is gone for good.
        package func isForGood(_ entry: FeedEntry) -> Bool {
            entry.status.map { neverStatuses.contains($0.lowercased()) } ?? false
        }
    }

    /// An archived removal, without its content.
    package struct Archive: Hashable, Sendable {
        package var rowID: Int64
        package var runID: String
        package var entry: Int
        package var attempt: Int
        package var mailbox: String
        /// The status that the feed gave, in lower case; nil where it gave none.
        package var status: String?
        /// Whether an operator named the account, and no feed.
        package var isByOperator: Bool
        package var removedAt: UTCTime
        package var restorableUntil: UTCTime
        /// When the last feed that says that the account is ended was made.
        package var statedAt: UTCTime?
        /// When it was restored. What is left then could not come back yet.
        package var restoredAt: UTCTime?

        /// When the removal was stated: by the feed, or by the operator who removed the account.
        package var stated: UTCTime { statedAt ?? removedAt }

        package func isRestorable(at time: UTCTime) -> Bool { restoredAt == nil && time < restorableUntil }
    }

    static func hasArchive(in db: Database) throws -> Bool { try db.tableExists("wg_reconcile_archive") }

    // MARK: Reading

    /// The archives that have not expired, the oldest first.
    ///
    /// - Parameters:
    ///   - mailbox: only those of this account; nil for all.
    ///   - areWaiting: only what restores left waiting.
    package static func archives(
        of mailbox: Mailbox? = nil, areWaiting: Bool = false, at now: UTCTime, in db: Database
    ) throws -> [Archive] {
        guard try hasArchive(in: db) else { return [] }
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT archive.rowid, archive.run_id, archive.entry, archive.mailbox, archive.status, archive.removed_at,
                    archive.restorable_until, archive.restored_at, run.command, archive.attempt,
                    archive.stated_at
                FROM wg_reconcile_archive AS archive LEFT JOIN wg_reconcile_run AS run ON run.id = archive.run_id
                WHERE \(mailbox == nil ? "?1 IS NULL" : "archive.mailbox = ?1") AND archive.restorable_until > ?2
                    \(areWaiting ? "AND archive.restored_at IS NOT NULL" : "")
                ORDER BY archive.removed_at, archive.rowid
                """, arguments: [mailbox?.canonical, now.sortable])
        return rows.compactMap { row in
            guard let rowID = row.integer(0), let run = row.text(1), let entry = row.integer(2), let name = row.text(3),
                let removed = row.text(5).flatMap(UTCTime.init(rfc3339:)),
                let until = row.text(6).flatMap(UTCTime.init(rfc3339:))
            else { return nil }
            return Archive(
                rowID: rowID, runID: run, entry: Int(entry), attempt: Int(row.integer(9) ?? 1), mailbox: name,
                status: row.text(4),
                isByOperator: row.text(8) != RunCommandName.run.rawValue, removedAt: removed, restorableUntil: until,
                statedAt: row.text(10).flatMap(UTCTime.init(rfc3339:)),
                restoredAt: row.text(7).flatMap(UTCTime.init(rfc3339:)))
        }
    }

    /// The latest archive of each account that can come back, by its mailbox.
    package static func restorable(at now: UTCTime, in db: Database) throws -> [String: Archive] {
        try archives(at: now, in: db).filter { $0.isRestorable(at: now) }
            .reduce(into: [:]) { $0[$1.mailbox] = $1 }
    }

    /// - Throws: ``ArchiveBytes/Damaged``, or an error of the database.
    package static func content(of archive: Archive, in db: Database) throws -> ArchivedAccount {
        let (layout, bytes) = try stored(archive.rowID, in: db)
        return try ArchiveBytes.account(bytes, layout)
    }

    private static func stored(_ rowID: Int64, in db: Database) throws -> (ArchiveLayout, [UInt8]) {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT layout.tables, archive.content FROM wg_reconcile_archive AS archive
                JOIN wg_reconcile_archive_layout AS layout ON layout.id = archive.layout_id WHERE archive.rowid = ?
                """, arguments: [rowID])
        guard let row, let text = row.text(0), let content = Data.fromDatabaseValue(row[1]) else {
            throw ArchiveBytes.Damaged()
        }
        let layout: ArchiveLayout
        do {
            layout = ArchiveLayout(tables: try JSONDecoder().decode([ArchiveLayout.Table].self, from: Data(text.utf8)))
        } catch {
            throw ArchiveBytes.Damaged()
        }
        var output: [UInt8] = []
        guard let count = Inflation(limit: contentLimit).inflate(Array(content).span, into: &output) else {
            throw ArchiveBytes.Damaged()
        }
        return (layout, Array(output.prefix(count)))
    }

    /// In bytes: SQLite's own limit for a value.
    private static let contentLimit = 1_000_000_000

    // MARK: Writing

    /// The id of a layout, which is added where it is new.
    ///
    /// - Parameter text: see ``ArchiveLayout/text()``.
    package static func id(ofLayout text: String, in db: Database) throws -> Int64 {
        try db.execute(
            sql: "INSERT OR IGNORE INTO wg_reconcile_archive_layout (tables) VALUES (?)", arguments: [text])
        let id = try Int64.fetchOne(
            db, sql: "SELECT id FROM wg_reconcile_archive_layout WHERE tables = ?", arguments: [text])
        guard let id else { throw EntryNotWritten() }
        return id
    }

    /// Writes archives. Its statement is prepared once, because it runs for every account.
    package struct ArchiveWriter {
        private let db: Database
        private let insert: Statement
        private let deflation = Deflation()
        private let layout: Int64

        package init(_ db: Database, layout: Int64) throws {
            (self.db, self.layout) = (db, layout)
            // The account's outcome is the row that was written last.
            insert = try db.makeStatement(
                sql: """
                    INSERT INTO wg_reconcile_archive
                        (run_id, entry, attempt, mailbox, status, removed_at, restorable_until, layout_id, content,
                        stated_at)
                    SELECT run_id, entry, attempt, mailbox, ?1, removed_at, ?2, ?3, ?4, ?5
                    FROM wg_reconcile_outcome WHERE rowid = last_insert_rowid()
                    """)
        }

        /// Call this after ``Writer/write(_:mailbox:runID:at:)``, in the same transaction.
        ///
        /// - Parameter feedTime: when the feed that states the removal was made; nil if an operator named the account.
        package func write(
            _ bytes: ArchiveBytes, status: String?, statedAt feedTime: UTCTime?, until limit: UTCTime
        ) throws {
            try insert.execute(arguments: [
                status?.lowercased(), limit.sortable, layout, Data(try deflation.deflate(bytes.bytes)),
                feedTime?.sortable,
            ])
            guard db.changesCount == 1 else { throw EntryNotWritten() }
        }
    }

    /// Notes that an account was restored. Then no run looks for its keys. A feed that was made before the restore does
    /// not remove the account again, nor does an entry without a date until a feed says that the account stays. If a
    /// feed brought the account back, the time of that feed counts.
    ///
    /// - Parameters:
    ///   - rest: what could not come back yet.
    ///   - runID: the run that restored it.
    ///   - feedTime: when the feed was made that brought it back; nil where somebody has restored it by hand.
    package static func noteRestored(
        _ archive: Archive, rest: ArchivedAccount, at now: UTCTime, by runID: RunID, of feedTime: UTCTime?,
        in db: Database
    ) throws {
        try replaceContent(of: archive, with: rest, in: db)
        try db.execute(
            sql: "UPDATE wg_reconcile_archive SET restored_at = ? WHERE rowid = ?",
            arguments: [now.sortable, archive.rowID])
        try db.execute(
            sql: """
                UPDATE wg_reconcile_outcome
                SET restored_at = ?1, restored_by_feed = ?5, restored_by_run = ?6,
                    seen_gone_at = ?1, still_sought = 0, seen_up = 0
                WHERE run_id = ?2 AND entry = ?3 AND attempt = ?4
                """,
            arguments: [
                now.sortable, archive.runID, archive.entry, archive.attempt, feedTime?.sortable, runID.description,
            ])
        try statementThatStays(in: db).execute(
            arguments: [archive.mailbox, (feedTime ?? now).sortable, archive.runID, archive.entry])
        // A feed that brings the account back may end it later.
        try db.execute(
            sql: "DELETE FROM wg_reconcile_deferred WHERE mailbox = ? AND feed_time < ?",
            arguments: [archive.mailbox, (feedTime ?? now).sortable])
        try db.execute(sql: markExport)
    }

    /// Replaces the content of an archive with the rest. Deletes the archive if nothing is left.
    package static func replaceContent(
        of archive: Archive, with rest: ArchivedAccount, in db: Database
    ) throws {
        guard !rest.isEmpty else {
            try db.execute(sql: "DELETE FROM wg_reconcile_archive WHERE rowid = ?", arguments: [archive.rowID])
            return
        }
        let (layout, _) = try stored(archive.rowID, in: db)
        let bytes = try Deflation().deflate(ArchiveBytes(rest, layout).bytes)
        try db.execute(
            sql: "UPDATE wg_reconcile_archive SET content = ? WHERE rowid = ?",
            arguments: [Data(bytes), archive.rowID])
    }

    /// Notes that a feed says again that these accounts are ended.
    package static func noteEnded(_ mailboxes: [String], statedAt feedTime: UTCTime, in db: Database) throws {
        let note = try db.makeStatement(
            sql: """
                UPDATE wg_reconcile_archive SET stated_at = ?1
                WHERE mailbox = ?2 AND coalesce(stated_at, '') < ?1
                """)
        for mailbox in mailboxes { try note.execute(arguments: [feedTime.sortable, mailbox]) }
    }

    /// The last restores of accounts that were not removed again since, by mailbox.
    package static func restorations(in db: Database) throws -> [String: Restoration] {
        guard let version = try version(in: db), version >= 7 else { return [:] }
        // The only aggregate is a maximum, so SQLite takes the other columns from its row: the last restore of each.
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT outcome.mailbox, coalesce(outcome.restored_by_feed, outcome.restored_at),
                    (SELECT feed_time FROM wg_reconcile_statement WHERE mailbox = outcome.mailbox),
                    (SELECT max(removed_at) FROM wg_reconcile_outcome WHERE mailbox = outcome.mailbox),
                    max(outcome.restored_at), outcome.restored_by_feed, outcome.restored_by_run
                FROM wg_reconcile_outcome AS outcome
                WHERE outcome.restored_at IS NOT NULL GROUP BY outcome.mailbox
                """)
        return rows.reduce(into: [:]) { restorations, row in
            guard let mailbox = row.text(0), let time = row.text(1).flatMap(UTCTime.init(rfc3339:)) else { return }
            let removed = row.text(3).flatMap(UTCTime.init(rfc3339:))
            // To the second, as the time of a removal is.
            let done = row.text(4).flatMap(UTCTime.init(rfc3339:)) ?? time
            if let removed, removed.seconds > done.seconds { return }
            let said = row.text(2).flatMap(UTCTime.init(rfc3339:))
            restorations[mailbox] = Restoration(
                at: time, runID: row.text(6), wasConfirmed: row.text(5) != nil || said.map { $0 > time } ?? false)
        }
    }

    package struct Restoration: Hashable, Sendable {
        package var at: UTCTime
        /// The run that restored it.
        package var runID: String?
        /// Whether a feed has brought the account back, or has said since that it stays.
        package var wasConfirmed: Bool
    }

    // MARK: Forgetting

    /// Whether an archive has expired.
    package static func hasExpiredArchive(at now: UTCTime, in db: Database) throws -> Bool {
        guard try hasArchive(in: db) else { return false }
        return try Row.fetchOne(
            db, sql: "SELECT 1 FROM wg_reconcile_archive WHERE restorable_until <= ? LIMIT 1",
            arguments: [now.sortable]) != nil
    }

    /// Deletes the archives of a removed account, and takes its names out of the other tables.
    ///
    /// What runs still need stays: the keys and addresses that they look for, the numbers of interfaces and rows.
    ///
    /// - Returns: how many archives were deleted, and how many other entries no longer name the account.
    package static func forget(_ mailbox: Mailbox, in db: Database) throws -> (archives: Int, entries: Int) {
        let name = mailbox.canonical
        try db.execute(sql: "DELETE FROM wg_reconcile_archive WHERE mailbox = ?", arguments: [name])
        let archives = db.changesCount
        var entries = 0
        for (table, column) in [
            ("wg_reconcile_deferred", "mailbox"), ("wg_reconcile_statement", "mailbox"),
            ("wg_reconcile_attention", "account"),
        ] {
            try db.execute(sql: "DELETE FROM \(table) WHERE \(column) = ?", arguments: [name])
            entries += db.changesCount
        }
        // Each row gets its own name. Otherwise all forgotten removals would count as those of one account.
        try db.execute(
            sql: """
                UPDATE wg_reconcile_outcome SET email = '', mailbox = 'forgotten ' || rowid, account_id = NULL, errors = '[]',
                    removal = CASE WHEN json_valid(removal) THEN json_set(
                        removal, '$.items', json('[]'), '$.keptRestricted', json('[]')) ELSE removal END
                WHERE mailbox = ?
                """, arguments: [name])
        entries += db.changesCount
        // Other accounts' removals may name the user whose ACL they restricted.
        try db.execute(
            sql: """
                UPDATE wg_reconcile_outcome SET removal = replace(removal, ?1, '"identifier":"(forgotten)"')
                WHERE instr(removal, ?1) > 0
                """, arguments: ["\"identifier\":\"\(name)\""])
        return (archives, entries + db.changesCount)
    }

    /// Deletes the archives of accounts that are gone for good.
    package static func drop(_ archives: [Archive], in db: Database) throws {
        for archive in archives {
            try db.execute(sql: "DELETE FROM wg_reconcile_archive WHERE rowid = ?", arguments: [archive.rowID])
        }
    }

    /// Deletes the archives that have expired.
    package static func dropExpiredArchives(at now: UTCTime, in db: Database) throws {
        try db.execute(
            sql: "DELETE FROM wg_reconcile_archive WHERE restorable_until <= ?", arguments: [now.sortable])
        try db.execute(
            sql: """
                DELETE FROM wg_reconcile_archive_layout
                WHERE id NOT IN (SELECT layout_id FROM wg_reconcile_archive)
                """)
    }
}
