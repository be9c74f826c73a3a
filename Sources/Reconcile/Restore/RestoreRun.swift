import ControlPlane
import Feed
import Journal
import Removal
import Report
import Support
import WireGuard

/// Brings removed accounts back: `wg-reconcile restore`.
///
/// Each account comes back as a whole or not at all, in a transaction of its own. Then configs, interfaces and workers
/// follow once, as in a regeneration, and the interfaces of the restored instances are brought up.
package struct RestoreRun: Sendable {
    package struct Result: Sendable {
        /// For each email, in the order in which they were given.
        package var accounts: [(email: String, outcome: Swift.Result<RestoredAccount, RestoreRefusal>)] = []
        /// nil if nothing was restored, or in a dry run.
        package var regeneration: Regeneration.Result?

        /// The first account that was not restored, as an error.
        package var firstRefusal: NotRestored? {
            accounts.lazy.compactMap { email, outcome in
                if case .failure(let refusal) = outcome { NotRestored(email: email, refusal: refusal) } else { nil }
            }.first
        }

        package var exitStatus: ExitStatus {
            if let failure = regeneration?.failure { return failure.exitStatus }
            let needsAttention = accounts.contains { account in
                switch account.outcome {
                case .success(let restored): !restored.lostRules.isEmpty
                case .failure: true
                }
            }
            return needsAttention || regeneration?.exitStatus ?? .success != .success ? .attentionNeeded : .success
        }
    }

    private let options: Reconciliation.Options
    private let accounts: NamedAccounts
    /// The run whose removal is undone; nil for the last one of each account.
    private let removal: String?
    private let isDry: Bool
    private let renumbers: Bool
    private let surroundings: Surroundings

    /// - Parameter isDry: whether to look only: every transaction is rolled back, and nothing else is done.
    package init(
        _ options: Reconciliation.Options, of accounts: NamedAccounts, removedBy removal: String?, isDry: Bool,
        renumbers: Bool, _ surroundings: Surroundings
    ) {
        (self.options, self.accounts, self.removal) = (options, accounts, removal)
        (self.isDry, self.renumbers, self.surroundings) = (isDry, renumbers, surroundings)
    }

    /// - Throws: an ``ExplainedError`` where nothing could be done at all.
    package func perform() throws -> Result {
        try ControlPlaneDatabase.requireFile(options.databasePath, trust: options.databaseTrust)
        return try RunLock.holding(ofDatabaseAt: options.databasePath, now: surroundings.now()) {
            let regeneration = Regeneration(options, surroundings)
            // Checked before anything is restored.
            let place = try regeneration.open()
            var result = Result()
            let id = RunID(time: surroundings.now(), randomness: surroundings.randomNumber())
            // Two spellings of the domain name one account.
            var known: Set<Mailbox> = []
            for email in accounts.emails where Mailbox(email).map({ known.insert($0).inserted }) ?? true {
                result.accounts.append((email, try restore(email, id, at: place)))
            }
            let restored = result.accounts.compactMap { try? $0.outcome.get() }
            if isDry || restored.isEmpty { return result }
            surroundings.observe(.checkpoint(.committed))
            result.regeneration = try regeneration.perform(place, restored: restored)
            return result
        }
    }

    private func restore(
        _ email: String, _ id: RunID, at place: Regeneration.Place
    ) throws -> Swift.Result<RestoredAccount, RestoreRefusal> {
        guard let mailbox = Mailbox(email) else { throw NotAnEmail(email: email) }
        let (now, database) = (surroundings.now(), place.database)
        let (archive, lastRun, isThere, hasOthers) = try database.readOnly(while: "read the journal of the database") {
            db in
            let archives = try Journal.archives(of: mailbox, at: now, in: db).filter { $0.isRestorable(at: now) }
            let exists = try Journal.exists(in: db)
            let target = try AccountTarget(of: mailbox, reading: db)
            return (
                archives.last { removal == nil || $0.runID == removal },
                exists ? try Journal.latestRemoval(of: mailbox, in: db)?.runID : nil, !target.isEmpty, !archives.isEmpty
            )
        }
        guard let archive else {
            if isThere { return .failure(.isThere("it has not been removed, or was restored")) }
            if let removal, hasOthers { return .failure(.otherRun(removal)) }
            return .failure(.notArchived(removedBy: lastRun))
        }
        return try RestoreTransaction(
            database: database, runID: id, now: now, renumbers: renumbers, configs: place.folder,
            isLive: options.live != nil, isDry: isDry
        ).restore(archive)
    }
}

/// An account was not restored. The database is unchanged.
package struct NotRestored: ExplainedError, Hashable {
    package var email: String
    package var refusal: RestoreRefusal

    package var operation: String { "restore" }
    package var subject: String { email.escapedForMessage(limit: 254) }
    package var cause: String { refusal.description }
    package var hint: String { "clear what is in the way, then restore it again" }
    package var exitStatus: ExitStatus { .attentionNeeded }
}
