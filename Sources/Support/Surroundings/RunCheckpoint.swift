/// The points of a run at which an interruption must do no harm.
package enum RunCheckpoint: String, CaseIterable, Sendable {
    /// The plan is made. Nothing has been written yet.
    case planned
    /// The report's temporary folder exists.
    case reportPrepared = "report-prepared"
    /// The run is recorded in the journal.
    case journaled
    /// The database is copied. Comes only with `--backup-dir`.
    case backedUp = "backed-up"
    /// An account is removed in a transaction that is still open.
    case accountRemoved = "account-removed"
    /// A transaction with all its accounts is about to commit.
    case committing
    /// The transaction is committed. The report does not contain it yet.
    case committed
    /// One config was written, or needed no change.
    case configVisited = "config-visited"
    /// All configs are written. Live interfaces have not been changed yet.
    case configsWritten = "configs-written"
    /// One config of a removed instance was deleted.
    case configDeleted = "config-deleted"
    /// All configs and live interfaces are up to date.
    case configsDone = "configs-done"
    /// The cluster's workers may fetch the files. The run has not waited for them yet.
    case versionRaised = "version-raised"
    /// The report is in place. The journal does not yet mark the run as complete.
    case published
    /// The journal marks the run as complete.
    case completed
}
