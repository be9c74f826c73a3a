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
        public var massRemoval = MassRemovalGuard.standard
        public var pace = CommitPace.standard
        /// Seconds to wait for another process's lock on the database.
        public var busyTimeout = 20.0
        /// Days after which the journal forgets.
        public var journalDays = 400
        /// Days after which a report is dropped; nil keeps them all.
        public var keepReports: Int?
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
        let (feed, facts) = try readFeed()
        let (database, _) = try openControlPlane()
        try ReportFolder.examine(options.reportDirectory)
        let plan = try makePlan(feed, facts, database)
        return PlannedRun(plan: plan, feed: facts, objection: options.massRemoval.objection(to: plan))
    }

    /// Removes the accounts of the feed, brings the configs up to date and writes the report.
    ///
    /// - Throws: an ``ExplainedError`` for what ends the run before it has a report; what comes after stands in the
    ///   report and in ``FinishedRun/failure``.
    public func run() throws -> FinishedRun {
        let (feed, facts) = try readFeed()
        let (database, configFolder) = try openControlPlane()
        let plan = try makePlan(feed, facts, database)

        var run = try RunUnderway(plan, facts, database, configFolder, options, surroundings)
        if let objection = options.massRemoval.objection(to: plan) {
            run.stop(by: objection)
        } else {
            run.removeAccounts()
            run.bringConfigsUpToDate()
        }
        return try run.report()
    }

    private func readFeed() throws -> (Feed, RunRecord.FeedFacts) {
        let format = try options.feedFormat ?? FeedFormat(ofFeedAt: options.feedPath)
        let source = try FeedSource(reading: options.feedPath)
        let feed = try Feed(parsing: source.bytes, as: format, path: source.path)
        surroundings.observe(.finished(.feed, [("entries", "\(feed.entries.count)"), ("format", format.rawValue)]))
        return (
            feed,
            RunRecord.FeedFacts(
                path: source.path, format: format, bytes: source.bytes.count, digest: source.digest,
                generatedAt: feed.generatedAt)
        )
    }

    private func openControlPlane() throws -> (ControlPlaneDatabase, ConfigFolder) {
        let database = try ControlPlaneDatabase(opening: options.databasePath, busyTimeout: options.busyTimeout)
        return (database, try ConfigFolder(existing: options.wireguardDirectory))
    }

    private func makePlan(
        _ feed: Feed, _ facts: RunRecord.FeedFacts, _ database: ControlPlaneDatabase
    ) throws -> Plan {
        let plan = try Plan(for: feed, digest: facts.digest, in: database, now: surroundings.now())
        surroundings.observe(
            .finished(
                .plan,
                [("to_remove", "\(plan.targets.count)"), ("instances_in_database", "\(plan.instanceCount)")]))
        return plan
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
        return plan.expectations.contains { $0.outcome.needsAPerson } ? .attentionNeeded : .success
    }
}

/// What a run has to say once its report is in place.
public struct FinishedRun: Sendable {
    public var record: RunRecord
    /// One for every entry, in feed order.
    public var results: [AccountResult]
    public var summary: ReportSummary
    /// The folder of the report.
    public var reportPath: String
    /// What stopped the run, or kept it from being marked complete.
    public var failure: (any ExplainedError)?

    public var exitStatus: ExitStatus {
        if let failure { return failure.exitStatus }
        let isWhole = record.configs.regenerated && !results.contains { $0.outcome.needsAPerson }
        return isWhole ? .success : .attentionNeeded
    }
}
