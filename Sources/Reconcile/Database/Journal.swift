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
        /// The digest of the plan that it began with.
        var planDigest: String
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
                    -- Of the plan as it was when the run began; what a continuation still has to do is another plan.
                    plan_digest TEXT NOT NULL,
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
                    -- 1, and one more each time that the account came back before its run was continued
                    attempt INTEGER NOT NULL,
                    line INTEGER,
                    account_id TEXT,
                    email TEXT NOT NULL,
                    mailbox TEXT NOT NULL,
                    outcome TEXT NOT NULL,
                    errors TEXT NOT NULL,
                    removal TEXT NOT NULL,
                    removed_at TEXT NOT NULL,
                    -- With row ids, since a removal in full would not fit a page of the key's index.
                    PRIMARY KEY (run_id, entry, attempt)
                );
                CREATE INDEX IF NOT EXISTS wg_reconcile_outcome_mailbox ON wg_reconcile_outcome (mailbox);
                """)
    }

    /// Whether a run has ever been journaled here. A plan must not create the tables, so it has to ask.
    static func exists(in db: Database) throws -> Bool {
        try ["wg_reconcile_run", "wg_reconcile_outcome", "wg_reconcile_approval"].allSatisfy { try db.tableExists($0) }
    }

    // MARK: Runs

    /// The latest run of this very feed that did not come to its end.
    static func incompleteRun(ofFeed digest: String, in db: Database) throws -> Run? {
        guard try exists(in: db) else { return nil }
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT id, started_at, plan_digest FROM wg_reconcile_run
                WHERE feed_sha256 = ? AND id = (SELECT max(id) FROM wg_reconcile_run WHERE feed_sha256 = ?)
                    AND completed_at IS NULL
                """, arguments: [digest, digest])
        guard let row, let id = row.text(0).flatMap(RunID.init(parsing:)),
            let start = row.text(1).flatMap(UTCTime.init(rfc3339:)), let planDigest = row.text(2)
        else { return nil }
        return Run(id: id, startedAt: start, planDigest: planDigest)
    }

    static func begin(
        _ run: Run, feed: RunRecord.FeedFacts, host: String, programVersion: String, in db: Database
    ) throws {
        try db.execute(
            sql: """
                INSERT INTO wg_reconcile_run (id, feed_sha256, feed_path, host, program_version, started_at, plan_digest)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO NOTHING
                """,
            arguments: [
                run.id.description, feed.digest, feed.path, host, programVersion, run.startedAt.rfc3339, run.planDigest,
            ])
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
}
