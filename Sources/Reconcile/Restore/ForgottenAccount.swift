import ControlPlane
import Feed
import Journal
import Support

/// Deletes what the journal keeps of an account for good: `wg-reconcile forget`.
package struct ForgottenAccount: Sendable {
    /// How many removals could have been restored, or were kept for others.
    package let archives: Int
    /// How many removals no longer name the account.
    package let removals: Int

    /// - Throws: ``DatabaseFailure``, ``UntrustedFile``, ``NotAnEmail``, or an error of the lock.
    package init(
        _ email: String, inDatabaseAt path: String, busyTimeout: Double, accepting columns: Set<AcceptedColumn>,
        trust: FileTrust, now: UTCTime
    ) throws {
        guard let mailbox = Mailbox(email) else { throw NotAnEmail(email: email) }
        try ControlPlaneDatabase.requireFile(path, trust: trust)
        (archives, removals) = try RunLock.holding(ofDatabaseAt: path, now: now) {
            let database = try ControlPlaneDatabase(
                opening: path, busyTimeout: busyTimeout, accepting: columns, trust: trust)
            return try database.writeSecurely(while: "delete what the journal keeps of an account") { db in
                guard try Journal.exists(in: db) else { return (0, 0) }
                try Journal.prepare(in: db)
                return try Journal.forget(mailbox, in: db)
            }
        }
    }
}
