import ControlPlane
import Feed
import GRDB
import Support

/// What runs have removed of one account, from the journal. This is the audit trail.
package struct AccountHistory: Sendable {
    package struct Removal: Sendable {
        package var removedAt: UTCTime
        package var runID: String
        package var command: RunCommandName
        /// Who ran it when it began; nil in a journal of an earlier version, which does not say.
        package var runBy: Operator?
        /// Empty for a run without a feed.
        package var feedPath: String
        /// SHA-256 of the feed, in hex.
        package var feedDigest: String
        /// The entry's number in the feed.
        package var entry: Int
        package var line: Int?
        package var accountID: String?
        package var email: String
        package var outcome: Outcome
        package var errors: [String]
        package var removal: RemovalRecord
        /// When the account was restored.
        package var restoredAt: UTCTime?
        /// Until when it can be restored; nil where it cannot.
        package var restorableUntil: UTCTime?

        package init(
            removedAt: UTCTime, runID: String, command: RunCommandName = .run, runBy: Operator? = nil, feedPath: String,
            feedDigest: String, entry: Int, line: Int? = nil, accountID: String? = nil, email: String, outcome: Outcome,
            errors: [String], removal: RemovalRecord
        ) {
            self.removedAt = removedAt
            self.runID = runID
            self.command = command
            self.runBy = runBy
            self.feedPath = feedPath
            self.feedDigest = feedDigest
            self.entry = entry
            self.line = line
            self.accountID = accountID
            self.email = email
            self.outcome = outcome
            self.errors = errors
            self.removal = removal
        }
    }

    /// As it was asked for.
    package var email: String
    /// The oldest first.
    package var removals: [Removal]

    /// Needs no right to write the database or its folder.
    ///
    /// - Throws: ``DatabaseFailure``, or ``NotAnEmail``.
    package init(
        of email: String, inDatabaseAt path: String, busyTimeout: Double, accepting columns: Set<AcceptedColumn> = [],
        now: UTCTime
    ) throws {
        guard let mailbox = Mailbox(email) else { throw NotAnEmail(email: email) }
        self.email = email
        let database = try ControlPlaneDatabase(
            opening: path, busyTimeout: busyTimeout, accepting: columns, asReader: true)
        removals = try database.readOnly(while: "read the journal of the database") { db in
            guard try Journal.exists(in: db) else { return [] }
            let commands = try Journal.commands(in: db)
            let operators = try Journal.operators(in: db)
            let archives = try Journal.archives(of: mailbox, at: now, in: db).filter { $0.isRestorable(at: now) }
            let restoredAt = try Journal.hasArchive(in: db) ? "outcome.restored_at" : "NULL"
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT outcome.mailbox, outcome.outcome, outcome.errors, outcome.removal, outcome.removed_at,
                        outcome.run_id, run.feed_path, run.feed_sha256, outcome.entry, outcome.line,
                        outcome.account_id, outcome.email, \(restoredAt)
                    FROM wg_reconcile_outcome AS outcome JOIN wg_reconcile_run AS run ON run.id = outcome.run_id
                    WHERE outcome.mailbox = ? ORDER BY outcome.rowid
                    """, arguments: [mailbox.canonical])
            var removals: [Removal] = []
            while let row = try rows.next() {
                let committed = try Journal.outcome(row, from: 0)
                var removal =
                    Removal(
                        removedAt: committed.removedAt, runID: row.text(5) ?? "",
                        command: commands[row.text(5) ?? ""] ?? .run, runBy: operators[row.text(5) ?? ""],
                        feedPath: row.text(6) ?? "", feedDigest: row.text(7) ?? "", entry: Int(row.integer(8) ?? 0),
                        line: row.integer(9).map { Int($0) }, accountID: row.text(10), email: row.text(11) ?? "",
                        outcome: committed.outcome, errors: committed.errors, removal: committed.removal)
                removal.restoredAt = row.text(12).flatMap(UTCTime.init(rfc3339:))
                removal.restorableUntil = archives.last { $0.runID == removal.runID }?.restorableUntil
                removals.append(removal)
            }
            return removals
        }
    }
}

/// A history was requested for text that is not an email.
package struct NotAnEmail: ExplainedError, Hashable {
    package var email: String

    package init(email: String) { self.email = email }

    package var operation: String { "look up" }
    package var subject: String { email.escapedForMessage(limit: 254) }
    package var cause: String { "it has no @" }
    package var hint: String { "give the email of an account" }
    package var exitStatus: ExitStatus { .usage }
}
