import ControlPlane
import Feed
import Journal
import Removal
import Report
import Support
import WireGuard

/// One run of the nightly job:
///
/// 1. Feed: ``read()`` reads and checks all of it before anything else is opened.
/// 2. Plan: decides on every entry without writing. ``plan()`` stops here.
/// 3. Removal: ``ActiveRun/removeAccounts()``; each account goes as a whole or not at all.
/// 4. Configs: ``ActiveRun/bringConfigsUpToDate()``, once, from the database as it then is.
/// 5. Report: ``ActiveRun/report()``; one result for every entry.
package struct Reconciliation: Sendable {
    let options: Options
    let surroundings: Surroundings
    private let place: Place

    package init(_ options: Options, _ surroundings: Surroundings) { self.init(options, surroundings, Place()) }

    init(_ options: Options, _ surroundings: Surroundings, _ place: Place) {
        self.options = options
        self.surroundings = surroundings
        self.place = place
    }

    /// Makes the plan and changes nothing.
    ///
    /// - Throws: an ``ExplainedError``.
    package func plan() throws -> PlannedRun { try plan(read()) }

    func plan(_ feed: ReadFeed) throws -> PlannedRun {
        let (database, configs, live) = try openControlPlane(isToBeWritten: false)
        if !options.reportDirectory.isEmpty {
            try ReportFolder.examine(options.reportDirectory, trust: options.folderTrust)
        }
        let feed = try feed.dated(by: database)
        var plan = try makePlan(feed, database)
        plan.keptRestricted = try PlannedRestrictions.all(of: plan, after: place.before, in: database)
        var facts = feed.facts
        facts.warnings = plan.warnings
        let objection = objection(to: plan, feed)
        let restorable = try database.readOnly(while: "read the journal of the database") { db in
            try RestorableAccounts(at: surroundings.now(), of: nil, in: db)
        }
        let limit = objection == nil ? options.maxRestores : nil
        var planned = PlannedRun(
            plan: plan, feed: facts, objection: objection, silent: live.silent,
            configErrors: try configs.foreseenErrors(database), archive: options.archive,
            leftBehind: try plan.leftBehind(in: database))
        planned.restorable = restorable
        planned.restorations =
            RestoreCandidates(
                of: plan, among: restorable, besides: place.later, limit: limit
            ).foreseen
        return planned
    }

    /// Removes the accounts of the feed, brings the configs up to date and writes the report.
    ///
    /// - Throws: an ``ExplainedError`` that ends the run before it has a report. Later errors are in the report and in
    ///   ``FinishedRun/failure``.
    package func run() throws -> FinishedRun {
        let beganAt = surroundings.now()
        return try run(read(), since: beganAt)
    }

    /// - Parameter beganAt: When reading of the feed began; nil for now.
    func run(_ feed: ReadFeed, since beganAt: UTCTime? = nil) throws -> FinishedRun {
        let beganAt = beganAt ?? surroundings.now()
        // Checked before the lock file is made, so that none is left next to a missing or untrusted database.
        try ControlPlaneDatabase.requireFile(options.databasePath, trust: options.databaseTrust)
        return try RunLock.holding(ofDatabaseAt: options.databasePath, now: surroundings.now()) {
            var run = try beginHoldingLock(feed, since: beganAt)
            run.take(run.followCluster())
            return try run.report()
        }
    }

    /// Does everything up to the configs. What remains is to tell the workers of a cluster, which all runs of a call do
    /// together, and to write the report.
    ///
    /// - Parameter lock: The lock of an earlier run of the call. If there is none, it is taken. It has to be kept until
    ///   the report.
    func begin(_ feed: ReadFeed, holding lock: inout RunLock.Hold?) throws -> ActiveRun {
        let beganAt = surroundings.now()
        try ControlPlaneDatabase.requireFile(options.databasePath, trust: options.databaseTrust)
        if lock == nil { lock = try RunLock.Hold(ofDatabaseAt: options.databasePath, now: surroundings.now()) }
        return try beginHoldingLock(feed, since: beganAt)
    }

    private func beginHoldingLock(_ feed: ReadFeed, since beganAt: UTCTime) throws -> ActiveRun {
        let (database, configFolder, live) = try openControlPlane(isToBeWritten: true)
        let feed = try feed.dated(by: database)
        let plan = try makePlan(feed, database)
        let objection = objection(to: plan, feed)

        surroundings.observe(.checkpoint(.planned))
        var run = try ActiveRun(
            since: beganAt, plan, feed.facts, objection, database, configFolder, live, options, surroundings)
        run.feedTime = feed.isFromFile ? feed.deliveredAt : nil
        if objection == nil {
            run.removeAccounts()
            run.heedEndedAccounts()
            run.restoreActiveAccounts(besides: place.later)
            run.bringConfigsUpToDate()
        } else if plan.removedBefore > 0 {
            // An earlier part of this run has removed accounts whose configs may still exist.
            run.bringConfigsUpToDate()
        }
        return run
    }

    /// Whether a run without a feed would have work to do: deferred removals are due, or a run that carried some out
    /// never wrote its report.
    func hasDeferredToCarryOut() throws -> Bool {
        let database = try ControlPlaneDatabase(
            opening: options.databasePath, busyTimeout: options.busyTimeout, accepting: options.acceptedColumns,
            trust: options.databaseTrust)
        let now = surroundings.now()
        return try database.readOnly(while: "read the journal of the database") { db in
            try Journal.deferred(in: db).contains { $0.isDue(at: now) }
                || !Journal.unreportedDeferred(besides: nil, in: db).isEmpty
        }
    }

    /// Reads and checks everything that decides about accounts before anything else is opened.
    func read() throws -> ReadFeed {
        let protected = try options.protectedAccountsPath.map {
            try ProtectedAccounts(readingFileAt: $0, trust: options.authentication.trust)
        }
        let path: String
        switch options.source {
        case .feed(let given): path = given
        case .named(let accounts): return ReadFeed(accounts, protected, now: surroundings.now())
        case .deferred: return ReadFeed(NamedAccounts([]), protected, now: surroundings.now())
        }
        surroundings.observe(.began(.feed))
        let format = try options.feedFormat ?? FeedFormat(ofFeedAt: path)
        let profile = try options.profiles.profile(forFeedAt: path, inInbox: place.isInInbox)
        let source = try options.source(at: path, place.inboxFeed)
        try source.authenticate(options.authentication)
        let feed = try Feed(parsing: source.bytes, as: format, profile, path: source.path)
        surroundings.observe(.finished(.feed, [("entries", "\(feed.entries.count)"), ("format", format.rawValue)]))
        return ReadFeed(feed, source, protected, now: surroundings.now())
    }

    private func openControlPlane(isToBeWritten: Bool) throws -> (ControlPlaneDatabase, ConfigFolder, LiveView) {
        let database = try ControlPlaneDatabase(
            opening: options.databasePath, busyTimeout: options.busyTimeout, accepting: options.acceptedColumns,
            trust: options.databaseTrust)
        let folder = try ConfigFolder(
            existing: options.wireguardDirectory, of: database, mtu: options.mtu,
            keepsFirewall: options.keepsFirewall, isToBeWritten: isToBeWritten)
        var live = try LiveView(options.live, silent: place.silent)
        try live.requireReach(of: database, configs: folder)
        return (database, folder, live)
    }

    private func makePlan(_ feed: ReadFeed, _ database: ControlPlaneDatabase) throws -> Plan {
        surroundings.observe(.began(.plan))
        let guards = AccountGuards(
            protected: feed.protected, matchesUsernames: options.matchesUsernames, feedTime: feed.time,
            heedsRestorations: options.source.command == .run)
        let plan = try Plan(
            for: Plan.Sources(
                feed: feed.feed, digest: feed.facts.digest ?? "", later: place.later, before: place.before,
                underway: place.underway, guards: guards,
                carriesOutDeferred: place.isLast && options.source.command == .run, now: surroundings.now()),
            in: database)
        surroundings.observe(
            .finished(
                .plan,
                [
                    ("to_remove", "\(plan.targets.count)"), ("instances_in_database", "\(plan.instanceCount)"),
                    ("digest", plan.content.digest),
                ]))
        return plan
    }

    private func objection(to plan: Plan, _ feed: ReadFeed) -> GuardStop? {
        // A feed without removals may have the same bytes as an old one. What counts is that billing still delivers it.
        let time = plan.removals.isEmpty ? feed.deliveredAt : feed.time
        return options.guards.objection(to: plan, feedTime: time, now: surroundings.now())
    }
}
