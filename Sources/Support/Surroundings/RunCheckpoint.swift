/// The points of a run at which it makes a difference whether it is cut short before or after.
package enum RunCheckpoint: String, CaseIterable, Sendable {
    /// The plan is made; nothing was written yet.
    case planned
    /// The report's aside is there.
    case reportPrepared = "report-prepared"
    /// The run stands in the journal.
    case journaled
    /// An account is removed within a transaction that is still open.
    case accountRemoved = "account-removed"
    /// A transaction with all its accounts is about to be committed.
    case committing
    /// It is committed; the report does not know of it yet.
    case committed
    /// One config was written or found unchanged.
    case configVisited = "config-visited"
    /// All configs are written; live interfaces were not touched yet.
    case configsWritten = "configs-written"
    /// One config of a removed instance was deleted.
    case configDeleted = "config-deleted"
    /// All configs are up to date, and live interfaces with them.
    case configsDone = "configs-done"
    /// The workers of the cluster may fetch the files; nobody has waited for them yet.
    case versionRaised = "version-raised"
    /// The report is in place; the journal does not say yet that the run is complete.
    case published
    /// The journal says that the run is complete.
    case completed
}
