import ControlPlane
import Feed
import Journal
import Support

/// Deletes what the journal keeps of a removed account for good: `wg-reconcile forget`.
package struct ForgottenAccount: Sendable {
    /// How many removals could have been restored, or were kept for others.
    package let archives: Int
    /// How many entries of the journal no longer name the account.
    package let entries: Int

    /// - Parameter evenUnseen: whether to forget the account even if no run has seen its tunnel down. Later results of
    ///   the account then no longer depend on that tunnel.
    /// - Throws: ``DatabaseFailure``, ``UntrustedFile``, ``NotAnEmail``, ``AccountIsThere``, ``TunnelNotSeenDown``,
    ///   ``LogInUse``, or an error of the lock.
    package init(
        _ email: String, evenUnseen: Bool = false, inDatabaseAt path: String, busyTimeout: Double,
        accepting columns: Set<AcceptedColumn>,
        trust: FileTrust, now: UTCTime
    ) throws {
        guard let mailbox = Mailbox(email) else { throw NotAnEmail(email: email) }
        try ControlPlaneDatabase.requireFile(path, trust: trust)
        (archives, entries) = try RunLock.holding(ofDatabaseAt: path, now: now) {
            let database = try ControlPlaneDatabase(
                opening: path, busyTimeout: busyTimeout, accepting: columns, trust: trust)
            let (counts, isCleared) = try database.writeSecurely(while: "delete what the journal keeps of an account") {
                db in
                guard try Journal.exists(in: db) else { return (0, 0) }
                let target = try AccountTarget(of: mailbox, reading: db)
                // The journal protects an account that was restored.
                guard target.isEmpty else { throw AccountIsThere(email: email) }
                try Journal.prepare(in: db)
                if !evenUnseen, try Journal.hasUnseenKeys(mailbox, in: db) { throw TunnelNotSeenDown(email: email) }
                return try Journal.forget(mailbox, in: db)
            }
            guard isCleared else { throw LogInUse(path: path) }
            return counts
        }
    }
}

/// An account that is to be forgotten is in the database.
package struct AccountIsThere: ExplainedError, Hashable {
    package var email: String

    package var operation: String { "forget" }
    package var subject: String { email.escapedForMessage(limit: 254) }
    package var cause: String { "the account is in the database; nothing was changed" }
    package var hint: String { "remove it first, with `wg-reconcile remove`" }
    package var exitStatus: ExitStatus { .usage }
}

/// No run has seen the tunnel of the account down. Only the account's journal entry tells what may still be up.
package struct TunnelNotSeenDown: ExplainedError, Hashable {
    package var email: String

    package var operation: String { "forget" }
    package var subject: String { email.escapedForMessage(limit: 254) }
    package var cause: String { "no run has seen its tunnel down; nothing was changed" }
    package var hint: String {
        "run `wg-reconcile regenerate` where the interfaces are, and forget it then; --unseen forgets it now"
    }
    package var exitStatus: ExitStatus { .attentionNeeded }
}

/// What was deleted may still be in the write-ahead log, because somebody reads the database.
package struct LogInUse: ExplainedError, Hashable {
    package var path: String

    package var operation: String { "overwrite what was deleted in" }
    package var subject: String { path + "-wal" }
    package var cause: String { "another program is reading the database; what was to be forgotten is deleted" }
    package var hint: String { "run it again, until it says that the journal knows nothing" }
    package var exitStatus: ExitStatus { .busy }
}
