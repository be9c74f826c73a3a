import ControlPlane
import Feed
import GRDB
import Journal
import Removal
import Report
import Support
import WireGuard

/// A run that may write: it has a run id, an entry in the journal and a report folder.
struct ActiveRun {
    let id: RunID
    let startedAt: UTCTime
    /// The digest of the plan that the run began with, however much of it is left now.
    let planDigest: String
    let plan: Plan
    let facts: RunRecord.FeedFacts
    let database: ControlPlaneDatabase
    let configFolder: ConfigFolder
    let live: LiveView
    let reportFolder: ReportFolder
    let options: Reconciliation.Options
    let surroundings: Surroundings

    var removal = Removal.Result()
    var leftBehind: LeftBehindFindings?
    var restorable: RestorableAccounts?
    var restorations = Restorations()
    var configs = ConfigsRecord()
    var tunnels: TunnelSight
    var sight = FinishedRun.Sight()
    var cluster: ClusterRecord?
    /// When the feed was made, as far as known.
    var feedTime: UTCTime?
    /// What ended the run early.
    var stop: (any ExplainedError)?
    /// What kept the configs from being brought up to date.
    var configsFailure: (any ExplainedError)?
    /// How far the configs were brought up to date.
    var files = ConfigFolder.FilesInPlace.none
    /// The configs and the firewall script, where they were not.
    var unfinished: Set<String> = []
    let isStoppedByGuard: Bool
    /// How long the database still counts as busy because of a write before the run.
    let quietIn: Milliseconds
    /// Whether the run is in the journal, so that it can be continued.
    var isJournaled = false

    /// Prepares the report and enters the run in the journal. A database that cannot take the entry could not take a
    /// removal either. That stops the run, which still tries the configs and writes a report.
    ///
    /// - Parameters:
    ///   - beganAt: When reading of the feed began.
    ///   - objection: The guard that stops the run. Entries that are due stay unprocessed.
    /// - Throws: ``ReportFailure``; nothing was removed then.
    init(
        since beganAt: UTCTime,
        _ plan: Plan, _ facts: RunRecord.FeedFacts, _ objection: GuardStop?, _ database: ControlPlaneDatabase,
        _ configFolder: ConfigFolder,
        _ live: LiveView, _ options: Reconciliation.Options, _ surroundings: Surroundings
    ) throws {
        let id = plan.continued?.id ?? RunID(time: beganAt, randomness: surroundings.randomNumber())
        let startedAt = plan.continued?.startedAt ?? beganAt
        self.id = id
        self.startedAt = startedAt
        planDigest = plan.continued?.planDigest ?? plan.content.digest
        (self.plan, self.facts, self.database, self.configFolder) = (plan, facts, database, configFolder)
        stop = objection
        isStoppedByGuard = objection != nil
        quietIn = CommitPace.quietIn(after: database.lastWritten, at: surroundings.now())
        (self.live, self.options, self.surroundings) = (live, options, surroundings)
        sight.silent = live.silent
        configs.notApplied = live.obstacle ?? .unseen
        tunnels = TunnelSight(isAsked: live.obstacle != .notAsked)
        let folder = try ReportFolder.prepare(
            in: options.reportDirectory, runID: id, entries: plan.entries.count, trust: options.folderTrust)
        reportFolder = folder
        surroundings.observe(.checkpoint(.reportPrepared))
        do {
            try enterInJournal()
            surroundings.observe(.checkpoint(.journaled))
        } catch let error as DatabaseFailure {
            stop = error
        } catch {
            folder.abandon()
            throw error
        }
    }

    var results: AccountResults {
        AccountResults(
            plan: plan, removed: removal.accounts, stoppedByGuard: stop is GuardStop,
            reasonForNone: stop?.description ?? "the run ended before it", tunnels: tunnels, leftBehind: leftBehind,
            restorable: restorable, restorations: restorations.notes)
    }
}
