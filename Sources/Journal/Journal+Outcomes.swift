import ControlPlane
import Feed
import Foundation
import GRDB
import Support

// The outcomes committed for each account.
extension Journal {
    /// The journal's table did not accept the entry of an account.
    struct EntryNotWritten: Error, CustomStringConvertible {
        var description: String { "the journal in the database did not take the entry" }
    }

    /// Writes outcomes. Its statements are prepared once, because it runs for every account.
    package struct Writer {
        private let db: Database
        private let insert: Statement
        private let markExport: Statement

        package init(_ db: Database) throws {
            self.db = db
            insert = try db.makeStatement(
                sql: """
                    INSERT INTO wg_reconcile_outcome
                        (run_id, entry, attempt, line, account_id, email, mailbox, outcome, errors, removal, removed_at)
                    SELECT ?1, ?2, coalesce(max(attempt), 0) + 1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10
                    FROM wg_reconcile_outcome WHERE run_id = ?1 AND entry = ?2
                    """)
            markExport = try db.makeStatement(sql: Journal.markExport)
        }

        /// Call this in the transaction that removes the account.
        package func write(_ result: AccountResult, mailbox: Mailbox, runID: RunID, at time: UTCTime) throws {
            try insert.execute(arguments: [
                runID.description, result.entry.number, result.entry.line, result.entry.accountID?.text,
                result.entry.email,
                mailbox.canonical, result.outcome.rawValue,
                JournalText.text(of: result.errors), JournalText.text(of: result.removal ?? RemovalRecord()),
                time.rfc3339,
            ])
            // A trigger's RAISE(IGNORE) drops a row without an error. An account must not be removed without its entry.
            guard db.changesCount == 1 else { throw EntryNotWritten() }
            // In the same transaction, so that the workers of a cluster are notified even after a crash, whether this
            // run or the application then writes the files.
            if result.removal?.changesExport == true { try markExport.execute() }
        }
    }

    /// What the run has committed so far, by entry number. If an entry was removed several times, the last removal
    /// counts.
    package static func outcomes(of runID: RunID, in db: Database) throws -> [Int: CommittedOutcome] {
        guard try exists(in: db) else { return [:] }
        var outcomes: [Int: CommittedOutcome] = [:]
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT entry, mailbox, outcome, errors, removal, removed_at FROM wg_reconcile_outcome WHERE run_id = ?
                ORDER BY entry, attempt
                """, arguments: [runID.description])
        while let row = try rows.next() {
            guard let entry = row.integer(0) else { throw DatabaseFailure.Reason.journalUnreadable }
            outcomes[Int(entry)] = try Self.outcome(row, from: 1)
        }
        return outcomes
    }

    /// The spelling hashes of all accounts that runs have removed, so that a large feed does not need a look-up per
    /// entry; nil if there is no journal. See ``NearSpelling/hash(of:)``.
    package static func spellingHashes(in db: Database) throws -> Set<Int>? {
        guard try exists(in: db) else { return nil }
        var hashes: Set<Int> = []
        let rows = try Row.fetchCursor(db, sql: "SELECT mailbox FROM wg_reconcile_outcome")
        while let row = try rows.next() {
            if let mailbox = row.text(0) { hashes.insert(NearSpelling.hash(of: mailbox)) }
        }
        return hashes
    }

    /// The latest removal of this account by any run, with the keys of its peers from all runs.
    package static func latestRemoval(of mailbox: Mailbox, in db: Database) throws -> EarlierRemoval? {
        let (seenGone, seenUp) = try hasSights(in: db) ? ("seen_gone_at IS NOT NULL", "seen_up") : ("0", "0")
        let rows = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT run_id, removed_at, \(seenGone),
                        CASE json_type(record, '$.peerKeys') WHEN 'array' THEN 1 ELSE
                            json_type(record, '$.peerKeys') IS NULL
                            AND json_type(record, '$.interfaceNumbers') IS 'array'
                            AND NOT \(lacksKeys(of: "record")) END,
                        json_extract(record, '$.peerKeys'), json_extract(record, '$.interfaceNumbers'), \(seenUp),
                        json_extract(record, '$.addresses')
                    FROM (
                        SELECT rowid AS place, *,
                            CASE WHEN json_valid(removal) THEN removal ELSE '{}' END AS record
                        FROM wg_reconcile_outcome WHERE mailbox = ?)
                    ORDER BY place DESC
                    """), arguments: [mailbox.canonical])
        guard let row = rows.first, let run = row.text(0), let time = row.text(1).flatMap(UTCTime.init(rfc3339:)) else {
            return nil
        }
        // `try?`: a damaged row contributes nothing. What it removed is unknown.
        func list<Element: Decodable & Hashable & Comparable>(
            _ column: Int, of _: Element.Type, in rows: [Row] = rows
        ) -> [Element] {
            let lists = rows.compactMap { row in
                row.text(column).flatMap { try? JSONDecoder().decode([Element].self, from: Data($0.utf8)) }
            }
            return Set(lists.joined()).sorted()
        }
        return EarlierRemoval(
            runID: run, removedAt: time,
            peerKeys: rows.allSatisfy { $0.flag(3) } ? list(4, of: String.self) : nil,
            interfaceNumbers: list(5, of: Int.self),
            interfacesWithoutKeys: list(5, of: Int.self, in: rows.filter { !$0.flag(3) }),
            addresses: list(7, of: String.self),
            wasSeenGone: rows.allSatisfy { $0.flag(2) },
            wasSeenUp: rows.contains { $0.flag(6) })
    }

    /// What is known about the removed instances that had one interface number.
    package struct RemovedInterface {
        /// The instances' own public keys. Empty if the journal has none, which proves nothing.
        package var publicKeys: Set<String> = []
        /// The peers' public keys. They do not show that an interface is ours: a removed customer's key may also be a
        /// peer on somebody else's interface.
        package var peerKeys: Set<String> = []
        /// Whether runs have seen the keys of all these instances gone.
        package var wasSeenGone = true
    }

    /// The interface numbers, among these, of instances that a run removed.
    package static func removedInterfaces(among numbers: Set<Int>, in db: Database) throws -> [Int: RemovedInterface] {
        guard !numbers.isEmpty, try exists(in: db) else { return [:] }
        let seenGone = try hasSights(in: db) ? "outcome.seen_gone_at IS NOT NULL" : "0"
        // A damaged row contributes nothing. It must not keep the other configs from being updated.
        let removed = try HeldStatement(
            db,
            sql: """
                SELECT outcome.rowid, number.value, \(seenGone) FROM wg_reconcile_outcome AS outcome, json_each(
                    CASE WHEN json_valid(outcome.removal) THEN outcome.removal ELSE '{}' END, '$.interfaceNumbers'
                ) AS number
                """)
        let keys = try HeldStatement(
            db,
            sql: """
                SELECT 1, key.value FROM wg_reconcile_outcome AS outcome, json_each(outcome.removal, '$.interfaceKeys') AS key
                WHERE outcome.rowid = ?1
                UNION ALL
                SELECT 0, key.value FROM wg_reconcile_outcome AS outcome, json_each(outcome.removal, '$.peerKeys') AS key
                WHERE outcome.rowid = ?1
                """)
        var found: [Int: RemovedInterface] = [:]
        try removed.forEachRow { row in
            let number = row.integer(1)
            guard row.isInteger(1), numbers.contains(number) else { return }
            var interface = found[number] ?? RemovedInterface()
            if row.integer(2) == 0 { interface.wasSeenGone = false }
            try keys.forEachRow(Int64(row.integer(0))) { row in
                guard let key = row.text(1) else { return }
                if row.integer(0) == 1 { interface.publicKeys.insert(key) } else { interface.peerKeys.insert(key) }
            }
            found[number] = interface
        }
        return found
    }

    /// Reads mailbox, outcome, errors, removal and time from five columns of a row.
    ///
    /// - Throws: ``DatabaseFailure/Reason/journalUnreadable`` for a row that does not have the form in which this
    ///   program writes it. Skipping it would leave a removal out of a report.
    static func outcome(_ row: Row, from index: Int) throws(DatabaseFailure.Reason) -> CommittedOutcome {
        guard let mailbox = row.text(index), let outcome = row.text(index + 1).flatMap(Outcome.init(rawValue:)),
            let errors = row.text(index + 2), let removal = row.text(index + 3),
            let time = row.text(index + 4).flatMap(UTCTime.init(rfc3339:))
        else { throw DatabaseFailure.Reason.journalUnreadable }
        let decoder = JSONDecoder()
        do {
            return CommittedOutcome(
                mailbox: mailbox, outcome: outcome,
                errors: try decoder.decode([String].self, from: Data(errors.utf8)),
                removal: try decoder.decode(RemovalRecord.self, from: Data(removal.utf8)), removedAt: time)
        } catch {
            throw DatabaseFailure.Reason.journalUnreadable
        }
    }
}
