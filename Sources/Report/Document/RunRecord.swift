import Feed
import Journal
import Removal
import Support
import WireGuard

/// What the report states about the run as a whole.
package struct RunRecord: Sendable {
    package var id: String
    /// The command that it is a run of.
    package var command = RunCommandName.run
    package var host: String
    package var programVersion: String
    /// When this run began; for a continued run, when its first part began.
    package var startedAt: UTCTime
    package var finishedAt: UTCTime
    /// Whether an earlier part of the run had been cut short.
    package var continued: Bool
    /// Whether a guard had stopped the run before. In that case nothing was removed, and nothing was cut short.
    package var wasHeldByGuard = false
    package var feed: FeedFacts
    /// Who ran it; for a continued run, who ran its last part.
    package var runBy: Operator?
    /// Whether it only rehearses: nothing was removed or written, and entries have the outcome that they would have.
    package var isRehearsal = false
    /// How many removals of the feed the journal keeps until they are due.
    package var putOff = 0
    /// How many users have an email as username and no email address. The application's own pages create such users.
    package var usersKnownByUsername = 0
    package var configs: ConfigsRecord
    /// What the workers of the cluster did; nil where there is no cluster.
    package var cluster: ClusterRecord?
    /// Accounts of earlier runs whose removed keys are still up or unseen, and that this run's results do not report;
    /// nil where interfaces are not checked, or the journal could not be read.
    package var earlierTunnels: TunnelCounts?
    /// Whether such accounts need attention.
    package var hasEarlierTunnels: Bool { earlierTunnels?.isEmpty == false }
    package var sessions: SessionsRecord
    /// References that dangled before the run, one line for each kind: `3 rows of X refer to missing rows of Y`.
    package var danglingReferences: [String]
    /// The digest of the plan. An operator approves the plan by it.
    package var planDigest: String?
    /// How much the plan would remove; for a continued run, how much was left to remove.
    package var planned = PlannedRemovalsRecord()
    /// What ended the run early; nil for a run that reached its end.
    package var stop: RunStop?
    package var isStoppedByGuard: Bool { stop?.isByGuard ?? false }
    /// The exit status of the run, as far as it is settled before its report is written.
    package var exitStatus: ExitStatus?

    package init(
        id: String, host: String, programVersion: String, startedAt: UTCTime, finishedAt: UTCTime, continued: Bool,
        feed: FeedFacts, configs: ConfigsRecord, sessions: SessionsRecord, danglingReferences: [String] = [],
        stop: RunStop? = nil
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
        self.stop = stop
    }

    /// How much a plan would remove.
    package struct PlannedRemovalsRecord: Hashable, Sendable {
        package var extent: PlanExtent
        /// The emails of the first accounts, in feed order.
        package var firstAccounts: [String] = []

        package init(_ extent: PlanExtent = PlanExtent()) { self.extent = extent }

        package init(_ plan: Plan) {
            extent = plan.extent
            firstAccounts = plan.removals.prefix(10).map { plan.entries[$0.place].email }
        }
    }

    /// The facts of the feed. All are nil for a run that only carries out deferred removals. For accounts that an
    /// operator named there is a digest, of their names.
    package struct FeedFacts: Sendable {
        /// The path as given, or `-`.
        package var path: String?
        package var format: FeedFormat?
        package var bytes: Int
        /// SHA-256 of the feed's bytes, in hex.
        package var digest: String?
        package var generatedAt: UTCTime?
        /// When the feed was made, as far as known.
        package var madeAt: UTCTime?
        /// The path of the feed profile.
        package var profile: String?
        /// Warnings about the feed, in sentences.
        package var warnings: [String] = []

        package init(path: String?, format: FeedFormat?, bytes: Int, digest: String?, generatedAt: UTCTime?) {
            self.path = path
            self.format = format
            self.bytes = bytes
            self.digest = digest
            self.generatedAt = generatedAt
        }
    }
}
