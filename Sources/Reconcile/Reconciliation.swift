/// One run of the nightly job, from the feed to the report.
public struct Reconciliation: Sendable {
    /// What the operator decides.
    public struct Options: Sendable {
        public var feedPath: String
        /// nil for the format that the feed's name tells.
        public var feedFormat: FeedFormat?
        public var databasePath: String
        public var wireguardDirectory: String
        public var reportDirectory: String
        /// The MTU that every config sets; nil for none.
        public var mtu: Int?
        public var guards = RunGuards()
        public var authentication = FeedAuthentication(.permissions, trust: FileTrust())
        /// Whose database may be worked on.
        public var databaseTrust = FileTrust()
        /// A file of emails that no feed removes.
        public var protectedAccountsPath: String?
        public var pace = CommitPace.standard
        /// Seconds to wait for another process's lock on the database.
        public var busyTimeout = 20.0
        /// Days after which the journal forgets.
        public var journalDays = 400
        /// Days after which a report is dropped; nil keeps them all.
        public var keepReports: Int?
        /// How to reach live interfaces; nil for leaving them alone.
        public var live: LiveAccess?
        public var programVersion: String

        public init(
            feedPath: String, databasePath: String, wireguardDirectory: String, reportDirectory: String,
            programVersion: String
        ) {
            self.feedPath = feedPath
            self.databasePath = databasePath
            self.wireguardDirectory = wireguardDirectory
            self.reportDirectory = reportDirectory
            self.programVersion = programVersion
        }
    }

    let options: Options
    let surroundings: Surroundings

    public init(_ options: Options, _ surroundings: Surroundings) {
        self.options = options
        self.surroundings = surroundings
    }

    /// Makes the plan and touches nothing.
    ///
    /// - Throws: an ``ExplainedError``.
    public func plan() throws -> PlannedRun {
        let feed = try readFeed()
        let (database, _, _) = try openControlPlane()
        try ReportFolder.examine(options.reportDirectory)
        let plan = try makePlan(feed, database)
        return PlannedRun(plan: plan, feed: feed.facts, objection: objection(to: plan, feed))
    }

    /// Removes the accounts of the feed, brings the configs up to date and writes the report.
    ///
    /// - Throws: an ``ExplainedError`` for what ends the run before it has a report; what comes after stands in the
    ///   report and in ``FinishedRun/failure``.
    public func run() throws -> FinishedRun {
        let feed = try readFeed()
        // Before the lock file is made, so that none is left beside a database that is not there, or not to be trusted.
        try ControlPlaneDatabase.requireFile(options.databasePath, trust: options.databaseTrust)
        return try RunLock.holding(ofDatabaseAt: options.databasePath, now: surroundings.now()) { try run(feed) }
    }

    private func run(_ feed: ReadFeed) throws -> FinishedRun {
        let (database, configFolder, live) = try openControlPlane()
        let plan = try makePlan(feed, database)

        surroundings.observe(.checkpoint(.planned))
        var run = try RunUnderway(plan, feed.facts, database, configFolder, live, options, surroundings)
        if let objection = objection(to: plan, feed) {
            run.stop(by: objection)
            // An earlier part of this run has removed accounts, whose configs may still be there.
            if plan.removedBefore > 0 { run.bringConfigsUpToDate() }
        } else {
            run.removeAccounts()
            run.bringConfigsUpToDate()
        }
        var finished = try run.report()
        finished.feedTime = feed.time
        return finished
    }

    /// The feed, and what else the run has to know of it.
    private struct ReadFeed {
        var feed: Feed
        var facts: RunRecord.FeedFacts
        /// When billing made it, as far as that can be told.
        var time: UTCTime
        var protected: ProtectedAccounts
    }

    /// Reads and checks everything that decides about accounts before anything else is opened.
    private func readFeed() throws -> ReadFeed {
        let format = try options.feedFormat ?? FeedFormat(ofFeedAt: options.feedPath)
        let source = try FeedSource(reading: options.feedPath, trust: options.authentication.trust)
        try source.authenticate(options.authentication)
        let feed = try Feed(parsing: source.bytes, as: format, path: source.path)
        let protected = try options.protectedAccountsPath.map {
            try ProtectedAccounts(readingFileAt: $0, trust: options.authentication.trust)
        }
        surroundings.observe(.finished(.feed, [("entries", "\(feed.entries.count)"), ("format", format.rawValue)]))
        return ReadFeed(
            feed: feed,
            facts: RunRecord.FeedFacts(
                path: source.path, format: format, bytes: source.bytes.count, digest: source.digest,
                generatedAt: feed.generatedAt),
            // A clock that is ahead somewhere must not make a feed newer than everything.
            time: min(feed.generatedAt ?? source.modifiedAt, surroundings.now()),
            protected: protected ?? ProtectedAccounts())
    }

    private func openControlPlane() throws -> (ControlPlaneDatabase, ConfigFolder, LiveView) {
        let database = try ControlPlaneDatabase(
            opening: options.databasePath, busyTimeout: options.busyTimeout, trust: options.databaseTrust)
        let folder = try ConfigFolder(existing: options.wireguardDirectory, mtu: options.mtu)
        let live = try LiveView(options.live)
        try live.requireReach(of: database, configs: folder)
        return (database, folder, live)
    }

    private func makePlan(_ feed: ReadFeed, _ database: ControlPlaneDatabase) throws -> Plan {
        let plan = try Plan(
            for: feed.feed, digest: feed.facts.digest, in: database,
            guards: AccountGuards(protected: feed.protected, feedTime: feed.time), now: surroundings.now())
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
        options.guards.objection(to: plan, feedTime: feed.time, now: surroundings.now())
    }
}

/// What `plan` has to say.
public struct PlannedRun: Sendable {
    public var plan: Plan
    public var feed: RunRecord.FeedFacts
    /// The guard that would stop the run.
    public var objection: GuardStop?

    /// How the run would end, as far as a plan can know.
    public var exitStatus: ExitStatus {
        if let objection { return objection.exitStatus }
        return plan.decisions.needAPerson ? .attentionNeeded : .success
    }
}

/// What a run has to say once its report is in place.
public struct FinishedRun: Sendable {
    public var record: RunRecord
    /// One for every entry, in feed order.
    public var results: AccountResults
    public var summary: ReportSummary
    /// The folder of the report.
    public var reportPath: String
    /// When the feed was made, as far as that can be told.
    public var feedTime: UTCTime?
    /// What stopped the run, or kept it from being marked complete.
    public var failure: (any ExplainedError)?
    /// What the run has looked at on its way.
    public var sight = Sight()

    public struct Sight: Hashable, Sendable {
        /// Whether it came to the configs. One that a guard stopped leaves them alone.
        public var cameToConfigs = false
        /// Whether it could read every live interface, and so tell of every tunnel of its accounts.
        public var sawTunnels = false

        public init() {}
    }

    public var exitStatus: ExitStatus {
        if let failure { return failure.exitStatus }
        let isWhole = record.configs.regenerated && record.configs.errors.isEmpty
        return isWhole && summary.needingAPerson == 0 ? .success : .attentionNeeded
    }
}
