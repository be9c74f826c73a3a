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

    /// What became of the WireGuard configs.
    public struct ConfigsRecord: Sendable {
        /// Whether every config now says what the database says. Only then does a response carry `wireguard_configs`.
        public var regenerated = false
        public var written: [String] = []
        public var unchanged = 0
        public var deleted: [String] = []
        /// Written for another reason than a removal: edits that had not been applied, or a file that was missing.
        public var changedOtherwise: [String] = []
        /// Whether the firewall script was written anew.
        public var firewallWritten = false
        /// Rows of the firewall whose rules the script leaves out, by their keys and columns.
        public var firewallProblems: [String] = []
        /// `wg*.conf` files that belong to no instance that the database or the journal knows, and a firewall script that
        /// somebody else wrote; left alone.
        public var unknown: [String] = []
        /// What the files that were there told of the application; nil where the run did not come to them.
        public var learnt: LearntRecord?
        public var unknownConfigs: [String] { unknown.filter { $0 != FirewallScript.fileName } }
        /// The firewall script, if it is somebody else's.
        public var unknownScripts: [String] { unknown.filter { $0 == FirewallScript.fileName } }
        /// Whether live interfaces were brought in line with the configs.
        public var applied: Bool { notApplied == nil }
        /// Why they were not; nil where they were.
        public var notApplied: NotApplied? = .notAsked
        public var live = LiveRecord()
        /// What went wrong, with files or interfaces.
        public var errors: [String] = []

        public init() {}
    }

    /// What was learnt of the application's output before anything was written.
    public struct LearntRecord: Sendable {
        /// The name of the generation, which stays the same from version to version.
        public var generation: String
        /// Its releases, for people.
        public var releases: String
        /// What told of it: `wg-firewall.sh`, `configs`, `tables`.
        public var evidence: [String]
        /// The MTU of every config; nil for none.
        public var mtu: Int?
        /// Whether clients of the VPN may reach the application's own pages.
        public var letsClientsReachApplication: Bool

        init(_ learnt: LearntOutput) {
            generation = learnt.generation.name
            releases = learnt.generation.releases
            evidence = learnt.evidence.map(\.rawValue)
            mtu = learnt.mtu
            letsClientsReachApplication = learnt.letsClientsReachApplication
        }

        /// In a line: `releases from 9975 (recognised from wg-firewall.sh, configs, tables)`.
        public var sentence: String { "\(releases) (recognised from \(evidence.joined(separator: ", ")))" }
    }

    public struct SessionsRecord: Sendable {
        public var examined = 0
        /// Sessions whose data cannot be decoded, so that nobody can say whose they are; left alone.
        public var unreadable = 0
        public var removed = 0

        public init() {}
    }
}
