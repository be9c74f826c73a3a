import ControlPlane
import Feed
import GRDB
import Journal
import Support

/// What a run would do: a decision for every entry of the feed, and for deferred removals that are due now. Making a
/// plan writes nothing. `plan` prints it and stops; `run` carries it out.
package struct Plan: Sendable {
    /// What to do with one entry.
    package enum Decision: Sendable {
        /// Delete everything that belongs to the account.
        indirect case remove(AccountTarget)
        /// Nothing of the account exists. The notes name what exists under another spelling.
        case absent(EarlierRemoval?, notes: [String])
        /// The entry is not due or must not be carried out.
        case settled(Outcome, [String])
        /// An earlier part of this run has done it, with this committed result.
        indirect case doneBefore(AccountResult)

        /// Whether the entry means a removal that is still to be done.
        package var isDue: Bool {
            switch self {
            case .remove, .absent: true
            case .settled, .doneBefore: false
            }
        }
    }

    /// In the order of ``entries``.
    package var decisions: Decisions
    /// The entries of the feed, in feed order, followed by the deferred removals that are due.
    package var entries: FeedEntries
    /// The deferred removals that are due, as recorded in the journal.
    package var deferred: [Journal.Deferred]
    /// How many deferred removals are due but held back; see ``warnings``.
    var heldBack: Int
    package var feed: Feed
    /// The interrupted run of the same feed that this one continues, if there is one.
    package var continued: Journal.Run?
    /// What would be deleted, key by key.
    package var content: PlanContent
    var approvals: Journal.Approvals
    /// What later feeds have stated about accounts that this plan would remove.
    var newerStatements: (first: Journal.NewerStatement?, count: Int)
    /// How many instances the database has.
    package var instanceCount: Int
    /// How much would be removed, including what was removed recently.
    package var extent: PlanExtent
    /// How many users have no email but a username that is one.
    package var usersKnownByUsername: Int
    /// What would be kept restricted, by the place of the entry. Only filled when a plan is shown; a run determines it
    /// during the removal.
    package var keptRestricted: [Int: [KeptRestriction]] = [:]
    /// References that already dangle, one sentence for each pair of tables.
    package var danglingReferences: [String]
    /// The guards that the removal checks again for every account.
    package var guards: AccountGuards
    /// The hashes of the names in the database.
    package var nameHashes: Set<Int>
    /// The state of the database in which the plan was made; see ``Database/dataVersion()``.
    var dataVersion: Int64

    package init(
        decisions: Decisions, entries: FeedEntries, deferred: [Journal.Deferred], heldBack: Int, feed: Feed,
        continued: Journal.Run? = nil, content: PlanContent, approvals: Journal.Approvals,
        newerStatements: (first: Journal.NewerStatement?, count: Int), instanceCount: Int, extent: PlanExtent,
        usersKnownByUsername: Int, keptRestricted: [Int: [KeptRestriction]] = [:], danglingReferences: [String],
        guards: AccountGuards, nameHashes: Set<Int>, dataVersion: Int64
    ) {
        self.decisions = decisions
        self.entries = entries
        self.deferred = deferred
        self.heldBack = heldBack
        self.feed = feed
        self.continued = continued
        self.content = content
        self.approvals = approvals
        self.newerStatements = newerStatements
        self.instanceCount = instanceCount
        self.extent = extent
        self.usersKnownByUsername = usersKnownByUsername
        self.keptRestricted = keptRestricted
        self.danglingReferences = danglingReferences
        self.guards = guards
        self.nameHashes = nameHashes
        self.dataVersion = dataVersion
    }

    /// The inputs of a plan other than the database.
    package struct Sources {
        var feed: Feed
        /// SHA-256 of the feed, in hex; empty if there is no feed.
        var digest: String
        /// What later feeds of the same call state.
        var later = LaterStatements()
        /// What earlier feeds of the same call would remove, if they are only planned too.
        var before = PlannedRemovals()
        /// The runs of the same call that have no report yet. None of them is continued.
        var underway: Set<RunID> = []
        var guards: AccountGuards
        /// Whether to carry out deferred removals that are due now.
        var carriesOutDeferred: Bool
        var now: UTCTime

        package init(
            feed: Feed, digest: String, later: LaterStatements = LaterStatements(),
            before: PlannedRemovals = PlannedRemovals(), underway: Set<RunID> = [], guards: AccountGuards,
            carriesOutDeferred: Bool, now: UTCTime
        ) {
            self.feed = feed
            self.digest = digest
            self.later = later
            self.before = before
            self.underway = underway
            self.guards = guards
            self.carriesOutDeferred = carriesOutDeferred
            self.now = now
        }
    }
}

extension Plan {
    /// Resolves every entry of the feed against the database in one read transaction. Dangling references are looked
    /// for in separate transactions, because nobody else can commit during one.
    ///
    /// - Throws: ``DatabaseFailure``.
    package init(for sources: Sources, in database: ControlPlaneDatabase) throws {
        var standings = FeedStandings(judging: sources.feed, now: sources.now, later: sources.later)
        var guards = sources.guards
        let (made, items, recent) = try database.readOnly(while: "make the plan from the database") { db in
            if guards.heedsRestorations { guards.restorations = try Journal.restorations(in: db) }
            let names = try AccountNames(reading: db)
            let nameHashes = names.hashes
            let continued = try Journal.incompleteRun(ofFeed: sources.digest, besides: sources.underway, in: db)
            let deferrals = try DueDeferrals(continuing: continued, sources, standings, in: db)
            standings.add(deferrals.deferred.map(\.entry))
            let unknownReferences = try UnknownReferences(db, schema: database.schema)
            let committed = try continued.map { try Journal.outcomes(of: $0.id, in: db) } ?? [:]
            let directory = try AccountDirectory(
                reading: db, names,
                hashed: PlanResolution.hashesToLookUp(standings, among: nameHashes, committed: committed),
                matchingUsernames: sources.guards.matchesUsernames)
            var sessions = SessionIndex()
            if unknownReferences.concernSessions { try sessions.update(from: db, for: directory.users) }
            let resolution = PlanResolution(
                db: db, directory: directory, nameHashes: nameHashes, guards: guards, committed: committed,
                journaled: try Journal.spellingHashes(in: db), unknownReferences: unknownReferences,
                wideningGuard: try WideningGuard(db, schema: database.schema), sessions: sessions)
            var decisions = try resolution.decisions(on: standings)
            try Self.dropOlderPutOffs(in: &decisions, standings, sources, nameHashes, db)
            for (place, outcome) in deferrals.doneByOthers {
                let place = standings.entries.countOfFeed + place
                decisions.resolve(place, as: .doneBefore(AccountResult(standings.entries[place], outcome)))
            }
            var plan = Plan(
                decisions: decisions, entries: standings.entries, deferred: deferrals.deferred,
                heldBack: deferrals.heldBack,
                feed: sources.feed, continued: continued, content: PlanContent(items: []),
                approvals: try Journal.Approvals(continuing: continued, in: db), newerStatements: (nil, 0),
                instanceCount: names.instanceCount,
                extent: PlanExtent(),
                usersKnownByUsername: names.usernames.count,
                danglingReferences: [], guards: guards, nameHashes: nameHashes,
                dataVersion: try db.dataVersion())
            plan.takeAsGone(sources.before)
            if var sharedRules = try SharedRules(db, unknownReferences) {
                try plan.refuseInOrder(after: sources.before) { try sharedRules.refusal(of: $0) }
            }
            if var sharedGroups = try SharedGroups(db, schema: database.schema) {
                plan.refuseInOrder(after: sources.before) { sharedGroups.refusal(of: $0) }
            }
            if var sharedRoutes = try SharedRoutes(db, schema: database.schema) {
                plan.refuseInOrder(after: sources.before) { sharedRoutes.refusal(of: $0) }
            }
            let accounts = plan.accountsToRemove
            plan.newerStatements = try Journal.statements(
                newerThan: sources.guards.feedTime, of: plan.accountsOfFeed, in: db)
            let recent = try Journal.removals(
                since: sources.now.adding(seconds: -MassRemovalGuard.window), now: sources.now, continuing: continued,
                in: db)
            return (plan, try PlanContent.items(of: accounts, after: sources.before, in: db), recent)
        }
        self = made
        content = PlanContent(items: items)
        extent = PlanExtent(of: targets, after: sources.before, recent, instanceCount: instanceCount)
        danglingReferences = try DanglingReferences.sentences(database)
    }

    /// Does not keep a deferred removal if a newer feed states something else.
    private static func dropOlderPutOffs(
        in decisions: inout Decisions, _ standings: FeedStandings, _ sources: Sources, _ nameHashes: Set<Int>,
        _ db: Database
    ) throws {
        for place in 0..<standings.entries.countOfFeed
        where standings[brief: place] == .notYetDue(kept: true)
            && nameHashes.contains(standings.spellingHash(of: place))
        {
            let entry = standings.entries[place]
            guard let account = entry.account,
                let newer = try Journal.statements(newerThan: sources.guards.feedTime, of: [account], in: db).first
            else { continue }
            let reason =
                "not yet due: effective \(entry.effectiveAt?.text ?? "later"); not kept, because a feed of "
                + "\(newer.feedTime.rfc3339) says that the account \(newer.isPutOff ? "goes at another time" : "stays")"
            decisions.resolve(place, as: .settled(.skipped, [reason]))
        }
    }

    /// Marks accounts as absent if earlier feeds of the same call would remove them.
    private mutating func takeAsGone(_ before: PlannedRemovals) {
        guard !before.removals.isEmpty else { return }
        let gone = Set(before.removals.map(\.mailbox))
        for (place, _) in removals where entries[place].account.map(gone.contains) == true {
            decisions.resolve(place, as: .absent(nil, notes: ["a feed that runs before this one removes it"]))
        }
    }

    /// Refuses accounts that must not be removed after those before them.
    ///
    /// - Parameter refusal: why an account must not be removed. nil if it may be; then it counts as removed.
    private mutating func refuseInOrder(
        after before: PlannedRemovals, _ refusal: (AccountTarget) throws -> String?
    ) rethrows {
        for (_, target) in before.removals { _ = try refusal(target) }
        for (place, target) in removalsInOrder {
            guard let refusal = try refusal(target) else { continue }
            decisions.resolve(place, as: .settled(.refused, [refusal]))
        }
    }

    private var accountsToRemove: [(Mailbox, AccountTarget)] {
        removals.compactMap { place, target in Mailbox(entries[place].email).map { ($0, target) } }
    }

    /// The accounts that the feed itself would remove.
    private var accountsOfFeed: [Mailbox] {
        removals.filter { $0.place < entries.countOfFeed }.compactMap { Mailbox(entries[$0.place].email) }
    }
}

/// The deferred removals in the journal that this run carries out or has to report.
private struct DueDeferrals {
    private(set) var deferred: [Journal.Deferred] = []
    /// The outcomes of those that other runs carried out but never reported, by their index in ``deferred``.
    private(set) var doneByOthers: [Int: Journal.CommittedOutcome] = [:]
    /// How many due removals are held back because the feed states that the account stays, although it is older than
    /// the feed that deferred them.
    private(set) var heldBack = 0

    /// A continued run has the removals that it began with. Others are carried out when they are due, unless the feed
    /// states something else about the account, or lists everybody and no longer names it.
    package init(
        continuing continued: Journal.Run?, _ sources: Plan.Sources, _ standings: FeedStandings, in db: Database
    ) throws {
        deferred = try continued.map { try Journal.deferred(takenBy: $0.id, in: db) } ?? []
        guard sources.carriesOutDeferred else { return }
        for (unreported, outcome) in try Journal.unreportedDeferred(besides: continued?.id, in: db)
        where !sources.underway.contains(where: { $0.description == unreported.takenBy }) {
            doneByOthers[deferred.count] = outcome
            deferred.append(unreported)
        }
        let begun = Set(deferred.map(\.mailbox))
        let due = try Journal.deferred(in: db).filter { $0.isDue(at: sources.now) && !begun.contains($0.mailbox) }
        let hashes = Set(due.map { NearSpelling.hash(of: $0.mailbox.canonical) })
        let named = standings.accounts(hashed: hashes)
        let toBeRemoved = standings.accounts(.due, hashed: hashes)
        let staying = standings.accounts(.stays, hashed: hashes)
        let listsEverybody = sources.feed.profile.listsEverybody && !sources.digest.isEmpty
        deferred += due.filter { candidate in
            let isOlder = (candidate.entry.deferral?.feedTime ?? sources.now) <= sources.guards.feedTime
            let isOvertaken = isOlder && (listsEverybody || named.contains(candidate.mailbox))
            if !isOvertaken && staying.contains(candidate.mailbox) {
                // The current feed may count as old only because the same bytes were delivered before.
                heldBack += 1
                return false
            }
            return !isOvertaken && !toBeRemoved.contains(candidate.mailbox)
        }
    }
}

extension FeedStandings {
    /// The accounts of entries with this standing, limited to those with these spelling hashes.
    fileprivate func accounts(_ brief: Brief, hashed hashes: Set<Int>) -> Set<Mailbox> {
        var accounts: Set<Mailbox> = []
        for place in 0..<entries.countOfFeed
        where self[brief: place] == brief && hashes.contains(spellingHash(of: place)) {
            if let account = entries[place].account { accounts.insert(account) }
        }
        return accounts
    }
}
