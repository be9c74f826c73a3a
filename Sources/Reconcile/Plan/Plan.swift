import GRDB

/// What a run would do: a decision for every entry of the feed. Made without writing; `plan` prints it and stops there,
/// `run` carries it out.
public struct Plan: Sendable {
    /// What is to become of one entry.
    public enum Decision: Sendable {
        /// Everything that belongs to the account goes.
        indirect case remove(AccountTarget)
        /// Nothing of the account is there.
        case absent(EarlierRemoval?)
        /// The entry is not due, or must not be acted on.
        case settled(Outcome, [String])
        /// An earlier part of this run has done it; the result is the one that was committed then.
        indirect case doneBefore(AccountResult)

        /// Whether the feed means a removal here, which is still to be done.
        public var isDue: Bool {
            switch self {
            case .remove, .absent: true
            case .settled, .doneBefore: false
            }
        }
    }

    /// In feed order; as many as the feed has entries.
    public var decisions: Decisions
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
}

extension Plan {
    /// Resolves every entry of the feed against the database, in one read transaction; for references that dangle it
    /// looks in others, since nobody can commit during one.
    ///
    /// - Throws: ``DatabaseFailure``.
    init(
        for feed: Feed, digest: String, in database: ControlPlaneDatabase, guards: AccountGuards, now: UTCTime
    ) throws {
        let standings = FeedStandings(judging: feed, now: now)
        let (made, items) = try database.readOnly(while: "make the plan from the database") { db in
            let names = try AccountNames(reading: db)
            let nameHashes = names.hashes
            let continued = try Journal.incompleteRun(ofFeed: digest, in: db)
            let unknownReferences = try UnknownReferences(db, schema: database.schema)
            let committed = try continued.map { try Journal.outcomes(of: $0.id, in: db) } ?? [:]
            let directory = try AccountDirectory(
                reading: db, names,
                hashed: PlanResolution.hashesToLookUp(standings, among: nameHashes, committed: committed))
            var sessions = SessionIndex()
            if unknownReferences.concernSessions { try sessions.update(from: db, for: directory.users) }
            let resolution = PlanResolution(
                db: db, directory: directory, nameHashes: nameHashes, guards: guards, committed: committed,
                journaled: try Journal.spellingHashes(in: db), unknownReferences: unknownReferences,
                sessions: sessions)
            let plan = Plan(
                decisions: try resolution.decisions(on: standings), feed: feed, continued: continued,
                content: PlanContent(items: []), approvals: try Journal.Approvals(continuing: continued, in: db),
                instanceCount: names.instanceCount, danglingReferences: [], guards: guards,
                dataVersion: try db.dataVersion())
            return (plan, try PlanContent.items(of: plan.accountsToRemove, in: db))
        }
        self = made
        content = PlanContent(items: items)
        danglingReferences = try DanglingReferences.sentences(database)
    }

    private var accountsToRemove: [(Mailbox, AccountTarget)] {
        removals.compactMap { place, target in Mailbox(feed.entries[place].email).map { ($0, target) } }
    }
}
