import ControlPlane
import Feed
import GRDB
import Support

/// What runs have removed of one account, from the journal: the audit trail.
public struct AccountHistory: Sendable {
    public struct Removal: Sendable {
        public var removedAt: UTCTime
        public var runID: String
        public var feedPath: String
        /// SHA-256 of the feed, in hex.
        public var feedDigest: String
        /// The entry's place in the feed.
        public var entry: Int
        public var line: Int?
        public var accountID: String?
        public var email: String
        public var outcome: Outcome
        public var errors: [String]
        public var removal: RemovalRecord
    }

    /// The oldest first.
    public var removals: [Removal]

    /// - Throws: ``DatabaseFailure``, or ``NotAnEmail``.
    public init(
        of email: String, inDatabaseAt path: String, busyTimeout: Double, accepting columns: Set<AcceptedColumn> = []
    ) throws {
        guard let mailbox = Mailbox(email) else { throw NotAnEmail(email: email) }
        let database = try ControlPlaneDatabase(opening: path, busyTimeout: busyTimeout, accepting: columns)
        removals = try database.readOnly(while: "read the journal of the database") { db in
            guard try Journal.exists(in: db) else { return [] }
            let rows = try Row.fetchCursor(
                db,
                sql: """
                    SELECT outcome.mailbox, outcome.outcome, outcome.errors, outcome.removal, outcome.removed_at,
                        outcome.run_id, run.feed_path, run.feed_sha256, outcome.entry, outcome.line,
                        outcome.account_id, outcome.email
                    FROM wg_reconcile_outcome AS outcome JOIN wg_reconcile_run AS run ON run.id = outcome.run_id
                    WHERE outcome.mailbox = ? ORDER BY outcome.rowid
                    """, arguments: [mailbox.canonical])
            var removals: [Removal] = []
            while let row = try rows.next() {
                let committed = try Journal.outcome(row, from: 0)
                removals.append(
                    Removal(
                        removedAt: committed.removedAt, runID: row.text(5) ?? "", feedPath: row.text(6) ?? "",
                        feedDigest: row.text(7) ?? "", entry: Int(row.integer(8) ?? 0),
                        line: row.integer(9).map { Int($0) }, accountID: row.text(10), email: row.text(11) ?? "",
                        outcome: committed.outcome, errors: committed.errors, removal: committed.removal))
            }
            return removals
        }
    }
}

/// A history was asked for something that names no account.
public struct NotAnEmail: ExplainedError, Hashable {
    public var email: String

    public var operation: String { "look up" }
    public var subject: String { email.escapedForMessage(limit: 254) }
    public var cause: String { "it has no @" }
    public var hint: String { "give the email of an account" }
    public var exitStatus: ExitStatus { .usage }
}
