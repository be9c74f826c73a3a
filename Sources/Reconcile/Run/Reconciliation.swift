import ControlPlane
import Feed
import Journal
import Removal
import Report
import Support
import WireGuard

/// One run of the nightly job, from the feed to the report.
package struct Reconciliation: Sendable {
    /// What the operator decides.
    package struct Options: Sendable {
        /// nil for a run without a feed, which carries out deferred removals.
        package var feedPath: String?
        /// nil for the format that the feed's name shows.
        package var feedFormat: FeedFormat?
        package var profiles = FeedProfiles()
        /// How many bytes of a feed are read at most.
        package var maxFeedSize = FeedSource.usualLimit
        package var databasePath: String
        package var wireguardDirectory: String
        /// Empty where none is given, which a plan accepts.
        package var reportDirectory: String
        /// The MTU that every config sets; nil to keep that of the existing configs.
        package var mtu: Int?
        /// Whether to accept that a firewall script of unknown origin is left alone. If not, it is an error.
        package var keepsFirewall = false
        package var guards = RunGuards()
        package var authentication = FeedAuthentication(.permissions, trust: FileTrust())
        /// Who may own the database.
        package var databaseTrust = FileTrust()
        /// Columns that are unknown to this program and that the operator has accepted.
        package var acceptedColumns: Set<AcceptedColumn> = []
        /// A file with emails that no feed removes.
        package var protectedAccountsPath: String?
        /// Whether a user without an email belongs to the account if the username is the account's email.
        package var matchesUsernames = false
        package var pace = CommitPace.standard
        /// Seconds to wait for another process's lock on the database.
        package var busyTimeout = usualBusyTimeout
        package static let usualBusyTimeout = 20.0
        /// Days after which entries of the journal are deleted.
        package var journalDays = usualJournalDays
        package static let usualJournalDays = 400
        /// Days after which a report is deleted; nil keeps all reports.
        package var keepReports: Int?
        /// How to reach live interfaces; nil to leave them alone.
        package var live: LiveAccess?
        /// Seconds to wait for the workers of a cluster, where live interfaces are checked.
        package var workersTimeLimit = usualWorkersTimeLimit
        package static let usualWorkersTimeLimit = 180.0
        package var programVersion: String

        package init(
            feedPath: String?, databasePath: String, wireguardDirectory: String, reportDirectory: String,
            programVersion: String
        ) {
            self.feedPath = feedPath
            self.databasePath = databasePath
            self.wireguardDirectory = wireguardDirectory
            self.reportDirectory = reportDirectory
            self.programVersion = programVersion
        }

        /// Reads the feed of a run: the one from the inbox, or the one at the path.
        func source(at path: String, _ inboxFeed: InboxFeed?) throws -> FeedSource {
            let trust = authentication.feedTrust
            if let inboxFeed { return try FeedSource(reading: inboxFeed, limit: maxFeedSize, trust: trust) }
            return try FeedSource(reading: path, limit: maxFeedSize, trust: trust)
        }

        /// Who may own the report folder.
        var folderTrust: FileTrust {
            FileTrust(
                owners: authentication.trust.owners.union(databaseTrust.owners),
                allowsAnything: authentication.trust.allowsAnything)
        }
    }

    /// What one of several feeds has to know of the others.
    struct Place: Sendable {
        /// The feed as found in the inbox; nil for a feed from elsewhere.
        var inboxFeed: InboxFeed?
        var isInInbox: Bool { inboxFeed != nil }
        /// Statements of feeds that were made later.
        var later = LaterStatements()
        /// What earlier feeds of the call would remove, where they are only planned as well.
        var before = PlannedRemovals()
        /// The runs of the call that have no report yet.
        var underway: Set<RunID> = []
        /// Whether it is the last feed of the call, whose run carries out deferred removals.
        var isLast = true
        /// Interfaces that did not answer earlier runs of the call.
        var silent = SilentInterfaces()
    }

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
        let (database, _, live) = try openControlPlane()
        if !options.reportDirectory.isEmpty {
            try ReportFolder.examine(options.reportDirectory, trust: options.folderTrust)
        }
        let feed = try feed.dated(by: database)
        var plan = try makePlan(feed, database)
        plan.keptRestricted = try PlannedRestrictions.all(of: plan, after: place.before, in: database)
        var facts = feed.facts
        facts.warnings = plan.warnings
        return PlannedRun(
            plan: plan, feed: facts, objection: objection(to: plan, feed), silent: live.silent,
            leftBehind: try plan.leftBehind(in: database))
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
        let (database, configFolder, live) = try openControlPlane()
        let feed = try feed.dated(by: database)
        let plan = try makePlan(feed, database)
        let objection = objection(to: plan, feed)

        surroundings.observe(.checkpoint(.planned))
        var run = try ActiveRun(
            since: beganAt, plan, feed.facts, objection, database, configFolder, live, options, surroundings)
        run.feedTime = feed.facts.digest == nil ? nil : feed.deliveredAt
        if objection == nil {
            run.removeAccounts()
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
        guard let path = options.feedPath else { return .none(at: surroundings.now(), protected) }
        let format = try options.feedFormat ?? FeedFormat(ofFeedAt: path)
        let profile = try options.profiles.profile(forFeedAt: path, inInbox: place.isInInbox)
        let source = try options.source(at: path, place.inboxFeed)
        try source.authenticate(options.authentication)
        let feed = try Feed(parsing: source.bytes, as: format, profile, path: source.path)
        surroundings.observe(.finished(.feed, [("entries", "\(feed.entries.count)"), ("format", format.rawValue)]))
        return ReadFeed(feed, source, protected, now: surroundings.now())
    }

    private func openControlPlane() throws -> (ControlPlaneDatabase, ConfigFolder, LiveView) {
        let database = try ControlPlaneDatabase(
            opening: options.databasePath, busyTimeout: options.busyTimeout, accepting: options.acceptedColumns,
            trust: options.databaseTrust)
        let folder = try ConfigFolder(
            existing: options.wireguardDirectory, of: database, mtu: options.mtu,
            keepsFirewall: options.keepsFirewall)
        var live = try LiveView(options.live, silent: place.silent)
        try live.requireReach(of: database, configs: folder)
        return (database, folder, live)
    }

    private func makePlan(_ feed: ReadFeed, _ database: ControlPlaneDatabase) throws -> Plan {
        let guards = AccountGuards(
            protected: feed.protected, matchesUsernames: options.matchesUsernames, feedTime: feed.time)
        let plan = try Plan(
            for: Plan.Sources(
                feed: feed.feed, digest: feed.facts.digest ?? "", later: place.later, before: place.before,
                underway: place.underway, guards: guards,
                carriesOutDeferred: place.isLast, now: surroundings.now()),
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
        // A feed that removes nobody may have the same bytes as an old one. What counts is that billing still delivers
        // it.
        let time = plan.removals.isEmpty ? feed.deliveredAt : feed.time
        return options.guards.objection(to: plan, feedTime: time, now: surroundings.now())
    }
}

/// The feed, read and checked, and what else the run has to know of it.
struct ReadFeed: Sendable {
    let feed: Feed
    private(set) var facts: RunRecord.FeedFacts
    let protected: ProtectedAccounts
    /// When the feed was made by its own statement, whether or not the same bytes were processed before. Two feeds that
    /// remove nobody may be identical.
    let deliveredAt: UTCTime

    /// When billing made the feed, as far as known.
    var time: UTCTime { facts.madeAt ?? UTCTime(seconds: 0) }

    init(_ feed: Feed, _ source: FeedSource, _ protected: ProtectedAccounts?, now: UTCTime) {
        self.feed = feed
        self.protected = protected ?? ProtectedAccounts()
        facts = RunRecord.FeedFacts(
            path: source.path, format: feed.format, bytes: source.bytes.count, digest: source.digest,
            generatedAt: feed.generatedAt)
        facts.profile = feed.profile.path
        // If the clock of another machine is ahead, its feed must not count as newer than everything else.
        deliveredAt = min(feed.generatedAt ?? source.modifiedAt, now)
        facts.madeAt = deliveredAt
    }

    private init(_ feed: Feed, _ facts: RunRecord.FeedFacts, _ protected: ProtectedAccounts, deliveredAt: UTCTime) {
        (self.feed, self.facts, self.protected, self.deliveredAt) = (feed, facts, protected, deliveredAt)
    }

    /// What a run without a feed uses in its place.
    static func none(at now: UTCTime, _ protected: ProtectedAccounts?) -> ReadFeed {
        var facts = RunRecord.FeedFacts.none
        facts.madeAt = now
        return ReadFeed(Feed(format: .json, entries: []), facts, protected ?? ProtectedAccounts(), deliveredAt: now)
    }

    /// The same, with the time at which these bytes were first processed here, if that is earlier. An old feed that is
    /// delivered again stays old.
    func dated(by database: ControlPlaneDatabase) throws -> ReadFeed {
        guard let digest = facts.digest,
            let first = try database.readOnly(
                while: "read the journal of the database",
                { db in
                    try Journal.firstProcessed(digest, in: db)
                })
        else { return self }
        var feed = self
        feed.facts.madeAt = min(time, first)
        return feed
    }
}

/// The result of a run once its report is in place.
package struct FinishedRun: Sendable {
    package var record: RunRecord
    /// One for every entry, in feed order.
    package var results: AccountResults
    package var summary: ReportSummary
    /// The folder of the report.
    package var reportPath: String
    /// When the feed was made, as far as known.
    package var feedTime: UTCTime?
    /// The error that stopped the run, or kept it from being marked complete.
    package var failure: (any ExplainedError)?
    /// Why the index of the reports is not up to date.
    package var indexFailure: ReportFailure?
    /// How many removed accounts, of this run and others, have keys that no run has seen gone. Nil where interfaces are
    /// not checked, or where the journal could not be read.
    package var tunnels: TunnelCounts?
    /// What the run has checked.
    package var sight = Sight()

    package struct Sight: Hashable, Sendable {
        /// Whether it reached the configs. A run that a guard stopped leaves them alone.
        package var cameToConfigs = false
        /// The interfaces that did not answer.
        var silent = SilentInterfaces()

        package init() {}
    }

    package var exitStatus: ExitStatus {
        let status = record.exitStatus(summary, failure)
        // The work is done and the report is in place, but somebody has to look.
        return status == .success && indexFailure != nil ? .attentionNeeded : status
    }
}

extension RunRecord {
    /// - Parameter failure: What stopped the run, or kept it from its end.
    func exitStatus(_ summary: ReportSummary, _ failure: (any ExplainedError)?) -> ExitStatus {
        if let failure { return failure.exitStatus }
        let isWhole = configs.regenerated && configs.errors.isEmpty
        return isWhole && summary.needingAttention == 0 && earlierTunnels.isEmpty && cluster?.behind ?? 0 == 0
            ? .success : .attentionNeeded
    }
}
