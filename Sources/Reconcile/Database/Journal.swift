import Foundation
import GRDB

/// The record, kept in the application's own database, of what this program took out of it.
///
/// An outcome is written in the transaction that removes the account, so that neither can exist without the other. The
/// journal holds the accounts that a run changed, not the ones that it found absent or passed over. Three things come
/// from it: the audit trail, the continuation of a run that was cut short, and the time at which an account that is
/// absent now was removed.
struct Journal: Sendable {
    /// A run as the journal knows it.
    struct Run: Hashable, Sendable {
        var id: RunID
        var startedAt: UTCTime
    }

    /// An outcome as it was committed.
    struct CommittedOutcome: Sendable {
        var mailbox: String
        var outcome: Outcome
        var errors: [String]
        var removal: RemovalRecord
        var removedAt: UTCTime
    }

    static func create(in db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS wg_reconcile_run (
                    id TEXT NOT NULL PRIMARY KEY,
                    feed_sha256 TEXT NOT NULL,
                    feed_path TEXT NOT NULL,
                    host TEXT NOT NULL,
                    program_version TEXT NOT NULL,
                    started_at TEXT NOT NULL,
                    completed_at TEXT,
                    -- The digest of the plan that an operator approved for this run.
                    approval TEXT
                );
                -- What an approved plan would remove, key by key, until its run is complete.
                CREATE TABLE IF NOT EXISTS wg_reconcile_approval (
                    run_id TEXT NOT NULL REFERENCES wg_reconcile_run (id),
                    item TEXT NOT NULL,
                    PRIMARY KEY (run_id, item)
                ) WITHOUT ROWID;
                CREATE TABLE IF NOT EXISTS wg_reconcile_outcome (
                    run_id TEXT NOT NULL REFERENCES wg_reconcile_run (id),
                    entry INTEGER NOT NULL,
                    line INTEGER,
                    account_id TEXT,
                    email TEXT NOT NULL,
                    mailbox TEXT NOT NULL,
                    outcome TEXT NOT NULL,
                    errors TEXT NOT NULL,
                    removal TEXT NOT NULL,
                    removed_at TEXT NOT NULL,
                    PRIMARY KEY (run_id, entry)
                ) WITHOUT ROWID;
                CREATE INDEX IF NOT EXISTS wg_reconcile_outcome_mailbox ON wg_reconcile_outcome (mailbox);
                """)
    }

    /// Whether a run has ever been journaled here. A plan must not create the tables, so it has to ask.
    static func exists(in db: Database) throws -> Bool {
        try db.tableExists("wg_reconcile_run") && db.tableExists("wg_reconcile_outcome")
    }

    // MARK: Runs

    /// The latest run of this very feed that did not come to its end.
    static func incompleteRun(ofFeed digest: String, in db: Database) throws -> Run? {
        guard try exists(in: db) else { return nil }
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT id, started_at FROM wg_reconcile_run
                WHERE feed_sha256 = ? AND id = (SELECT max(id) FROM wg_reconcile_run WHERE feed_sha256 = ?)
                    AND completed_at IS NULL
                """, arguments: [digest, digest])
        guard let row, let id = row.text(0).flatMap(RunID.init(parsing:)),
            let start = row.text(1).flatMap(UTCTime.init(rfc3339:))
        else { return nil }
        return Run(id: id, startedAt: start)
    }

    static func begin(
        _ run: Run, feed: RunRecord.FeedFacts, host: String, programVersion: String, in db: Database
    ) throws {
        try db.execute(
            sql: """
                INSERT INTO wg_reconcile_run (id, feed_sha256, feed_path, host, program_version, started_at)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO NOTHING
                """,
            arguments: [run.id.description, feed.digest, feed.path, host, programVersion, run.startedAt.rfc3339])
    }

    /// Marks a run complete: its report is in place and no entry of it is unprocessed.
    static func complete(_ runID: RunID, at time: UTCTime, in db: Database) throws {
        try db.execute(sql: "DELETE FROM wg_reconcile_approval WHERE run_id = ?", arguments: [runID.description])
        try db.execute(
            sql: "UPDATE wg_reconcile_run SET completed_at = ? WHERE id = ?",
            arguments: [time.rfc3339, runID.description])
    }

    /// Drops what is older than `limit`, and the runs of which nothing is left.
    static func drop(before limit: UTCTime, in db: Database) throws {
        try db.execute(
            sql: "DELETE FROM wg_reconcile_outcome WHERE removed_at < ?", arguments: [limit.rfc3339])
        try db.execute(
            sql: """
                DELETE FROM wg_reconcile_approval WHERE run_id IN (
                    SELECT id FROM wg_reconcile_run
                    WHERE started_at < ? AND id NOT IN (SELECT run_id FROM wg_reconcile_outcome))
                """, arguments: [limit.rfc3339])
        try db.execute(
            sql: """
                DELETE FROM wg_reconcile_run
                WHERE started_at < ? AND id NOT IN (SELECT run_id FROM wg_reconcile_outcome)
                """, arguments: [limit.rfc3339])
    }

    // MARK: Approvals

    /// What operators have approved so far.
    struct Approvals: Sendable {
        /// The content of the plan that was approved for the run that is being continued.
        var ofContinuedRun: Set<String> = []
        /// Digests that were approved for other runs; each was good for its one run.
        var spent: Set<String> = []

        init(continuing run: Run?, in db: Database) throws {
            guard try Journal.exists(in: db) else { return }
            let id = run?.id.description ?? ""
            ofContinuedRun = try String.fetchSet(
                db, sql: "SELECT item FROM wg_reconcile_approval WHERE run_id = ?", arguments: [id])
            spent = try String.fetchSet(
                db, sql: "SELECT approval FROM wg_reconcile_run WHERE approval IS NOT NULL AND id <> ?",
                arguments: [id])
        }
    }

    /// Enters that an operator approved this very plan for the run.
    static func approve(_ content: PlanContent, for runID: RunID, in db: Database) throws {
        try db.execute(
            sql: "UPDATE wg_reconcile_run SET approval = ? WHERE id = ?",
            arguments: [content.digest, runID.description])
        let insert = try db.makeStatement(
            sql: "INSERT OR IGNORE INTO wg_reconcile_approval (run_id, item) VALUES (?, ?)")
        for item in content.items { try insert.execute(arguments: [runID.description, item]) }
    }

    // MARK: Outcomes

    /// The journal's table did not take the entry of an account.
    struct EntryNotWritten: Error, CustomStringConvertible {
        var description: String { "the journal in the database did not take the entry" }
    }

    /// Writes outcomes; prepared once, since it runs for every account.
    struct Writer {
        private let db: Database
        private let insert: Statement

        init(_ db: Database) throws {
            self.db = db
            insert = try db.makeStatement(
                sql: """
                    INSERT INTO wg_reconcile_outcome
                        (run_id, entry, line, account_id, email, mailbox, outcome, errors, removal, removed_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """)
        }

        /// Has to run in the transaction that removes the account.
        func write(_ result: AccountResult, mailbox: Mailbox, runID: RunID, at time: UTCTime) throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            try insert.execute(arguments: [
                runID.description, result.entry.number, result.entry.line, result.entry.accountID?.text,
                result.entry.email,
                mailbox.canonical, result.outcome.rawValue,
                String(decoding: try encoder.encode(result.errors), as: UTF8.self),
                String(decoding: try encoder.encode(result.removal ?? RemovalRecord()), as: UTF8.self),
                time.rfc3339,
            ])
            // A trigger's RAISE(IGNORE) drops a row without an error; an account must not go without its entry.
            guard db.changesCount == 1 else { throw EntryNotWritten() }
        }
    }

    /// What the run has committed so far, by the entry's number.
    static func outcomes(of runID: RunID, in db: Database) throws -> [Int: CommittedOutcome] {
        guard try exists(in: db) else { return [:] }
        var outcomes: [Int: CommittedOutcome] = [:]
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT entry, mailbox, outcome, errors, removal, removed_at FROM wg_reconcile_outcome WHERE run_id = ?
                """, arguments: [runID.description])
        while let row = try rows.next() {
            guard let entry = row.integer(0), let outcome = try Self.outcome(row, from: 1) else { continue }
            outcomes[Int(entry)] = outcome
        }
        return outcomes
    }

    /// The latest removal of this account by any run, with the keys of its peers over all runs.
    static func latestRemoval(of mailbox: Mailbox, in db: Database) throws -> EarlierRemoval? {
        let row = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT run_id, removed_at FROM wg_reconcile_outcome
                    WHERE mailbox = ? ORDER BY removed_at DESC LIMIT 1
                    """), arguments: [mailbox.canonical])
        guard let row, let run = row.text(0), let time = row.text(1).flatMap(UTCTime.init(rfc3339:)) else { return nil }
        let keys = try String.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT DISTINCT key.value FROM wg_reconcile_outcome, json_each(removal, '$.peerKeys') AS key
                    WHERE mailbox = ?
                    """), arguments: [mailbox.canonical])
        return EarlierRemoval(runID: run, removedAt: time, peerKeys: keys)
    }

    /// Which of these interface numbers belonged to an instance that a run removed, each with the public keys that went
    /// along: those of the instances and of their peers.
    static func removedInterfaces(among numbers: Set<Int>, in db: Database) throws -> [Int: Set<String>] {
        guard !numbers.isEmpty, try exists(in: db) else { return [:] }
        let removed = try Row.fetchCursor(
            db,
            sql: """
                SELECT number.value, removal
                FROM wg_reconcile_outcome, json_each(removal, '$.interfaceNumbers') AS number
                """)
        var found: [Int: Set<String>] = [:]
        while let row = try removed.next() {
            guard let number = row.integer(0).map({ Int($0) }), numbers.contains(number), let text = row.text(1) else {
                continue
            }
            let removal = try JSONDecoder().decode(RemovalRecord.self, from: Data(text.utf8))
            found[number, default: []].formUnion((removal.interfaceKeys ?? []) + (removal.peerKeys ?? []))
        }
        return found
    }

    /// Reads mailbox, outcome, errors, removal and time from five columns of a row.
    static func outcome(_ row: Row, from index: Int) throws -> CommittedOutcome? {
        guard let mailbox = row.text(index), let outcome = row.text(index + 1).flatMap(Outcome.init(rawValue:)),
            let errors = row.text(index + 2), let removal = row.text(index + 3),
            let time = row.text(index + 4).flatMap(UTCTime.init(rfc3339:))
        else { return nil }
        let decoder = JSONDecoder()
        return CommittedOutcome(
            mailbox: mailbox, outcome: outcome, errors: try decoder.decode([String].self, from: Data(errors.utf8)),
            removal: try decoder.decode(RemovalRecord.self, from: Data(removal.utf8)), removedAt: time)
    }
}
