import Foundation
import GRDB
import Support

/// The record of what this program has removed and what feeds have stated. It is kept in the application's own
/// database.
///
/// An outcome is written in the transaction that removes the account, so neither exists without the other. The journal
/// holds the accounts that a run changed, not those that it found absent or skipped. It serves four purposes:
///
/// - It is the audit trail.
/// - It allows an interrupted run to continue.
/// - It shows when an account that is now absent was removed.
/// - It keeps deferred removals and what newer feeds have stated, so that an older feed cannot undo it.
package struct Journal: Sendable {
    /// A run, as recorded in the journal.
    package struct Run: Hashable, Sendable {
        package var id: RunID
        package var startedAt: UTCTime
        /// The digest of the plan that the run began with.
        package var planDigest: String
        /// Whether the run passed its guards when it began.
        package var passedGuards: Bool

        package init(id: RunID, startedAt: UTCTime, planDigest: String, passedGuards: Bool) {
            self.id = id
            self.startedAt = startedAt
            self.planDigest = planDigest
            self.passedGuards = passedGuards
        }
    }

    /// An outcome as it was committed.
    package struct CommittedOutcome: Sendable {
        package var mailbox: String
        var outcome: Outcome
        var errors: [String]
        var removal: RemovalRecord
        var removedAt: UTCTime
    }

    /// Whether there is a journal. A plan must not create the tables, so it has to check.
    package static func exists(in db: Database) throws -> Bool {
        try ["wg_reconcile_run", "wg_reconcile_outcome", "wg_reconcile_approval"].allSatisfy { try db.tableExists($0) }
    }

    // MARK: Runs

    /// The last recorded run of this exact feed, if it was not completed. "Last" is by row order and does not depend on
    /// the clock.
    ///
    /// - Parameters:
    ///   - digest: the feed's digest; empty for runs without a feed.
    ///   - underway: other runs of this process that are not complete. They do not count.
    package static func incompleteRun(
        ofFeed digest: String, besides underway: Set<RunID> = [], in db: Database
    ) throws -> Run? {
        guard try exists(in: db) else { return nil }
        let passedGuards =
            try version(in: db) == 1
            ? "EXISTS (SELECT 1 FROM wg_reconcile_outcome WHERE run_id = run.id)" : "passed_guards"
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT id, started_at, plan_digest, \(passedGuards) FROM wg_reconcile_run AS run
                WHERE completed_at IS NULL AND rowid = (
                    SELECT max(rowid) FROM wg_reconcile_run
                    WHERE feed_sha256 = ? AND id NOT IN (SELECT value FROM json_each(?)))
                """, arguments: [digest, "[" + underway.map { "\"\($0)\"" }.joined(separator: ",") + "]"])
        guard let row, let id = row.text(0).flatMap(RunID.init(parsing:)),
            let start = row.text(1).flatMap(UTCTime.init(rfc3339:)), let planDigest = row.text(2)
        else { return nil }
        return Run(id: id, startedAt: start, planDigest: planDigest, passedGuards: row.flag(3))
    }

    /// Where a run comes from: its command, feed, host, program version and operator.
    package struct Provenance: Sendable {
        var command: RunCommandName
        /// Empty for a run without a feed.
        var feedPath: String
        /// SHA-256, in hex; empty for a run that only carries out deferred removals.
        var feedDigest: String
        var host: String
        var programVersion: String
        var runBy: Operator

        package init(
            command: RunCommandName = .run, feedPath: String, feedDigest: String, host: String, programVersion: String,
            runBy: Operator
        ) {
            self.command = command
            self.feedPath = feedPath
            self.feedDigest = feedDigest
            self.host = host
            self.programVersion = programVersion
            self.runBy = runBy
        }
    }

    package static func begin(_ run: Run, _ provenance: Provenance, in db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO wg_reconcile_run
                    (id, command, feed_sha256, feed_path, host, program_version, started_at, plan_digest,
                    passed_guards, user_id, sudo_user)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET passed_guards = max(passed_guards, excluded.passed_guards)
                """,
            arguments: [
                run.id.description, provenance.command.rawValue, provenance.feedDigest, provenance.feedPath,
                provenance.host,
                provenance.programVersion, run.startedAt.rfc3339, run.planDigest, run.passedGuards,
                Int64(provenance.runBy.userID), provenance.runBy.sudoUser,
            ])
    }

    /// Marks a run complete: its report is in place and none of its entries is unprocessed.
    package static func complete(_ runID: RunID, at time: UTCTime, in db: Database) throws {
        try db.execute(sql: "DELETE FROM wg_reconcile_approval WHERE run_id = ?", arguments: [runID.description])
        try db.execute(
            sql: "UPDATE wg_reconcile_run SET completed_at = ? WHERE id = ?",
            arguments: [time.rfc3339, runID.description])
    }

    /// The reference time for judging what is old: the start of the last run before today's. A clock that is ahead for
    /// one night therefore makes nothing old. nil if there was no such run.
    package static func settledTime(before now: UTCTime, in db: Database) throws -> UTCTime? {
        try String.fetchOne(
            db, sql: "SELECT max(started_at) FROM wg_reconcile_run WHERE started_at < ?",
            arguments: [now.adding(seconds: -settlingTime).rfc3339]
        ).flatMap(UTCTime.init(rfc3339:))
    }

    /// In seconds. Less than the time from one night to the next, more than a night's run takes.
    static let settlingTime: Int64 = 20 * 3_600

    /// Deletes what is older than `limit`, and runs that have nothing left.
    package static func drop(before limit: UTCTime, in db: Database) throws {
        try db.execute(
            sql: """
                DELETE FROM wg_reconcile_outcome WHERE removed_at < ? AND NOT EXISTS (
                    SELECT 1 FROM wg_reconcile_archive AS archive
                    WHERE archive.run_id = wg_reconcile_outcome.run_id AND archive.entry = wg_reconcile_outcome.entry
                        AND archive.attempt = wg_reconcile_outcome.attempt)
                """, arguments: [limit.rfc3339])
        try db.execute(sql: "DELETE FROM wg_reconcile_statement WHERE feed_time < ?", arguments: [limit.sortable])
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
