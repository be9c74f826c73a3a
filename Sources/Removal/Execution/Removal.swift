import ControlPlane
import Feed
import GRDB
import Journal
import Support

/// Carries out a plan. Each account is removed as a whole or not at all; a commit holds several accounts.
package struct Removal {
    /// The results of the accounts, as far as they were committed.
    package struct Result {
        /// By the index of the entry. An entry that is missing was not processed.
        package var accounts: [Int: AccountResult] = [:]
        package var sessions = SessionsRecord()
        /// The error or signal that ended the removal early.
        package var stoppedBy: (any ExplainedError)?

        package init(
            accounts: [Int: AccountResult] = [:], sessions: SessionsRecord = SessionsRecord(),
            stoppedBy: (any ExplainedError)? = nil
        ) {
            self.accounts = accounts
            self.sessions = sessions
            self.stoppedBy = stoppedBy
        }
    }

    /// An account to remove, by its place in the plan.
    struct DueAccount {
        var index: Int
        var entry: FeedEntry
        var mailbox: Mailbox
        /// What belongs to the account now.
        var target: AccountTarget
        /// What belonged to the account when the plan was made.
        let planned: AccountTarget
        /// The state of the database in which ``target`` was read; see ``Database/dataVersion()``.
        var version: Int64
        /// Why the account must not be removed, if it has changed since the plan was made.
        var objection: String?
    }

    static let operation = "remove accounts from the database"

    let database: ControlPlaneDatabase
    let plan: Plan
    let runID: RunID
    let pace: CommitPace
    /// How long the database still counts as busy because of a write before the run; 0 if it is quiet.
    let quietIn: Milliseconds
    let guards: RunGuards
    let archive: Journal.ArchivePolicy
    /// The files to archive with an instance, by its number.
    let files: [Int: [ArchivedAccount.File]]
    /// The public keys of the peers in the config of an instance, by its number.
    let exportedKeys: [Int: Set<String>]
    let surroundings: Surroundings

    package init(
        database: ControlPlaneDatabase, plan: Plan, runID: RunID, pace: CommitPace, quietIn: Milliseconds,
        guards: RunGuards,
        archive: Journal.ArchivePolicy, files: [Int: [ArchivedAccount.File]], exportedKeys: [Int: Set<String>],
        surroundings: Surroundings
    ) {
        self.database = database
        self.plan = plan
        self.runID = runID
        self.pace = pace
        self.quietIn = quietIn
        self.guards = guards
        self.archive = archive
        self.files = files
        self.exportedKeys = exportedKeys
        self.surroundings = surroundings
    }

    package func perform() -> Result {
        var result = Result()
        let due = dueAccounts()
        guard !due.isEmpty else { return result }
        do {
            try database.queue.writeWithoutTransaction { db in
                try ControlPlaneDatabase.makeRoom(db)
                var worker = try RemovalWorker(db, self, due)
                // `defer`, because results from before an error count too.
                defer {
                    result.accounts = worker.settled
                    result.sessions = worker.sessionsRecord
                }
                try worker.work()
                if worker.wasInterrupted { result.stoppedBy = Interruption() }
            }
        } catch let failure as DatabaseFailure {
            result.stoppedBy = failure
        } catch let error as DatabaseError {
            result.stoppedBy = database.failure(error, while: Self.operation)
        } catch {
            result.stoppedBy = DatabaseFailure(
                .other(code: -1), while: Self.operation, on: database.path, message: "\(error)")
        }
        return result
    }

    private func dueAccounts() -> [DueAccount] {
        plan.removalsInOrder.compactMap { place, target in
            let entry = plan.entries[place]
            guard let mailbox = Mailbox(entry.email) else { return nil }
            return DueAccount(
                index: place, entry: entry, mailbox: mailbox, target: target, planned: target, version: plan.dataVersion
            )
        }
    }
}

/// A signal requested that the run end early.
package struct Interruption: ExplainedError, Hashable {
    package var operation: String { "finish" }
    package var subject: String { "the run" }
    package var cause: String { "a signal asked it to end; the accounts in progress are committed" }
    package var hint: String { "run the same feed again, which continues this run" }
    package var exitStatus: ExitStatus { .attentionNeeded }
}

extension Removal.DueAccount {
    /// The endpoint's texts for what was not found.
    var notFound: [String] { target.notFound(email: entry.email) }
}

extension AccountTarget {
    /// The endpoint's texts for what an account does not have.
    package func notFound(email: String) -> [String] {
        var texts: [String] = []
        if instances.isEmpty { texts.append("WireGuard instance not found: " + email) }
        if users.isEmpty { texts.append("User not found: " + email) }
        return texts
    }
}
