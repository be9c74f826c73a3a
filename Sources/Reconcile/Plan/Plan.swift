import GRDB

/// What a run would do: a decision for every entry of the feed. Made without writing; `plan` prints it and stops there,
/// `run` carries it out.
public struct Plan: Sendable {
    /// What is to become of one entry.
    public enum Decision: Sendable {
        /// Everything that belongs to the account goes.
        case remove(AccountTarget)
        /// Nothing of the account is there.
        case absent(EarlierRemoval?)
        /// The entry is not due, or must not be acted on.
        case settled(Outcome, [String])
        /// An earlier part of this run has done it; the result is the one that was committed then.
        case doneBefore(AccountResult)

        /// Whether the feed means a removal here, which is still to be done.
        public var isDue: Bool {
            switch self {
            case .remove, .absent: true
            case .settled, .doneBefore: false
            }
        }
    }

    /// In feed order; as many as the feed has entries.
    public var decisions: [Decision]
    public var feed: Feed
    /// The run that this one continues, where an earlier one with the same feed was cut short.
    var continued: Journal.Run?
    /// What would go, key by key.
    public var content: PlanContent
    var approvals: Journal.Approvals
    /// How many instances the database holds.
    public var instanceCount: Int
    /// References that dangle already, one sentence for each kind.
    public var danglingReferences: [String]
    /// What the removal asks again of every account.
    var guards: AccountGuards
    /// The state of the database that the plan was made from; see ``Database/dataVersion()``.
    var dataVersion: Int64

    /// How many accounts an earlier part of this run has removed.
    var removedBefore: Int {
        decisions.count { decision in
            if case .doneBefore = decision { true } else { false }
        }
    }

    /// The accounts that would be removed.
    public var targets: [AccountTarget] {
        decisions.compactMap { decision in
            if case .remove(let target) = decision { target } else { nil }
        }
    }
}

extension Plan {
    /// Resolves every entry of the feed against the database, in one read transaction.
    ///
    /// - Throws: ``DatabaseFailure``.
    init(
        for feed: Feed, digest: String, in database: ControlPlaneDatabase, guards: AccountGuards, now: UTCTime
    ) throws {
        let standings = FeedStanding.judge(feed, now: now)
        self = try database.readOnly(while: "make the plan from the database") { db in
            let directory = try AccountDirectory(reading: db)
            let continued = try Journal.incompleteRun(ofFeed: digest, in: db)
            let unknownReferences = try UnknownReferences(db, schema: database.schema)
            var sessions = SessionIndex()
            if unknownReferences.concernSessions { try sessions.update(from: db) }
            let resolution = Resolution(
                db: db, directory: directory, guards: guards,
                committed: try continued.map { try Journal.outcomes(of: $0.id, in: db) } ?? [:],
                hasJournal: try Journal.exists(in: db),
                unknownReferences: unknownReferences, sessions: sessions)
            let decisions = try zip(feed.entries, standings).map(resolution.decide)
            return Plan(
                decisions: decisions, feed: feed, continued: continued,
                content: try PlanContent(of: Self.removals(feed, decisions), in: db),
                approvals: try Journal.Approvals(continuing: continued, in: db),
                instanceCount: directory.instanceCount,
                danglingReferences: try DanglingReferences.sentences(db), guards: guards,
                dataVersion: try db.dataVersion())
        }
    }

    private static func removals(_ feed: Feed, _ decisions: [Decision]) -> [(Mailbox, AccountTarget)] {
        zip(feed.entries, decisions).compactMap { entry, decision in
            guard case .remove(let target) = decision, let mailbox = Mailbox(entry.email) else { return nil }
            return (mailbox, target)
        }
    }

    /// Decides entry by entry.
    private struct Resolution {
        let db: Database
        let directory: AccountDirectory
        let guards: AccountGuards
        /// What an earlier part of this run has committed, by entry.
        let committed: [Int: Journal.CommittedOutcome]
        let hasJournal: Bool
        let unknownReferences: UnknownReferences
        /// Read only where a table refers to them.
        let sessions: SessionIndex

        func decide(_ entry: FeedEntry, _ standing: FeedStanding) throws -> Decision {
            if let result = resultOfEarlierPart(entry) { return .doneBefore(result) }
            switch standing {
            case .invalid(let faults): return .settled(.invalid, faults)
            case .skipped(let reason): return .settled(.skipped, [reason])
            case .duplicate(_, let reason): return .settled(.duplicate, [reason])
            case .refused(let reason): return .settled(.refused, [reason])
            case .due: break
            }
            guard let mailbox = Mailbox(entry.email) else { return .settled(.invalid, ["email has no @"]) }
            return try decide(mailbox, entry)
        }

        private func decide(_ mailbox: Mailbox, _ entry: FeedEntry) throws -> Decision {
            let target = directory.target(of: mailbox)
            guard !target.isEmpty else {
                let spellings = directory.otherSpellings(of: mailbox)
                if !spellings.isEmpty {
                    return .settled(.refused, [Self.differsInCase(spellings)])
                }
                return .absent(hasJournal ? try Journal.latestRemoval(of: mailbox, in: db) : nil)
            }
            if let refusal = try guards.refusal(of: target, for: entry, mailbox)
                ?? unknownReferences.refusal(of: target, sessions)
            {
                return .settled(.refused, [refusal])
            }
            return .remove(target)
        }

        /// A committed result is taken over only while the account is still absent; one that is back is looked at anew.
        private func resultOfEarlierPart(_ entry: FeedEntry) -> AccountResult? {
            guard let done = committed[entry.number], let mailbox = Mailbox(entry.email),
                mailbox.canonical == done.mailbox, directory.target(of: mailbox).isEmpty
            else { return nil }
            return AccountResult(entry: entry, outcome: done.outcome, errors: done.errors, removal: done.removal)
        }

        private static func differsInCase(_ spellings: [String]) -> String {
            "the database has no such account, but one that differs in the case of letters: "
                + spellings.prefix(3).joined(separator: ", ")
        }
    }
}
