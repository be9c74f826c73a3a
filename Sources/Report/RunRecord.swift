import Feed
import Removal
import Support
import WireGuard

/// What the report says of the run as a whole.
public struct RunRecord: Sendable {
    public var id: String
    public var host: String
    public var programVersion: String
    /// When this run began; of a continued run, when its first part began.
    public var startedAt: UTCTime
    public var finishedAt: UTCTime
    /// Whether an earlier part of the run had been cut short.
    public var continued: Bool
    /// Whether a guard had stopped it before, so that nothing was removed and nothing cut short.
    public var wasHeldByGuard = false
    public var feed: FeedFacts
    /// Who ran it; of a continued run, who ran its last part.
    public var runBy: Operator?
    /// How many removals of the feed the journal keeps until they are due.
    public var putOff = 0
    /// How many users without an email have one for their username: the application's own pages make such users.
    public var usersKnownByUsername = 0
    public var configs: ConfigsRecord
    /// What became of the workers of the cluster; nil where there is none.
    public var cluster: ClusterRecord?
    public var sessions: SessionsRecord
    /// References that dangled before the run, one line for each kind: `3 rows of X refer to missing rows of Y`.
    public var danglingReferences: [String]
    /// The digest of the plan, by which an operator can approve it.
    public var planDigest: String?
    /// How much the plan would remove; of a continued run, what was left to do.
    public var planned = PlannedRemovalsRecord()
    /// What ended the run before its time, as a sentence with its hint; nil for a run that reached its end.
    public var stoppedBy: String?
    /// The exit status of what ended it; nil for a run that reached its end.
    public var stoppedWith: ExitStatus?

    public init(
        id: String, host: String, programVersion: String, startedAt: UTCTime, finishedAt: UTCTime, continued: Bool,
        feed: FeedFacts, configs: ConfigsRecord, sessions: SessionsRecord, danglingReferences: [String] = [],
        stoppedBy: String? = nil
    ) {
        self.id = id
        self.host = host
        self.programVersion = programVersion
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.continued = continued
        self.feed = feed
        self.configs = configs
        self.sessions = sessions
        self.danglingReferences = danglingReferences
        self.stoppedBy = stoppedBy
    }

    /// How much a plan would remove.
    public struct PlannedRemovalsRecord: Sendable {
        public var extent = PlanExtent()
        /// The emails of the first accounts, in feed order.
        public var firstAccounts: [String] = []

        public init() {}

        init(_ plan: Plan) {
            extent = plan.extent
            firstAccounts = plan.removals.prefix(10).map { plan.entries[$0.place].email }
        }
    }

    /// All nil for a run without a feed, which carries out removals that were put off.
    public struct FeedFacts: Sendable {
        /// The path as it was given, or `-`.
        public var path: String?
        public var format: FeedFormat?
        public var bytes: Int
        /// SHA-256 of the feed's bytes, in hex.
        public var digest: String?
        public var generatedAt: UTCTime?
        /// When the feed was made, as far as that can be told.
        public var madeAt: UTCTime?
        /// The path of the profile that it was read with.
        public var profile: String?
        /// What deserves a look, in sentences.
        public var warnings: [String] = []

        public init(path: String?, format: FeedFormat?, bytes: Int, digest: String?, generatedAt: UTCTime?) {
            self.path = path
            self.format = format
            self.bytes = bytes
            self.digest = digest
            self.generatedAt = generatedAt
        }

        public static let none = FeedFacts(path: nil, format: nil, bytes: 0, digest: nil, generatedAt: nil)
    }
}
