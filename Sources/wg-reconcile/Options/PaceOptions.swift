import ArgumentParser
import Reconcile
import Removal
import Support

/// The pace of a run, and how long journal, reports and copies of the database are kept.
struct PaceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            How many accounts share a commit; 1 gives each a transaction of its own. A signal waits for the end of the \
            commit. (default: as many as hold the write lock for at most 400 ms, or 1,900 ms if nobody else has written \
            for 5 s)
            """, valueName: "n"))
    var commitEvery: PositiveNumber?

    @Option(
        help: ArgumentHelp(
            "How long to leave the database to the application after a commit; 0 in a maintenance window.",
            valueName: "ms"))
    var pause = Count(Int(CommitPace.standard.pause))

    @Option(
        help: ArgumentHelp(
            """
            How long the journal keeps a removal, counted back from the last run before today, so that a clock that is \
            ahead drops nothing.
            """, valueName: "days"))
    var journalDays = Days(Reconciliation.Options.usualJournalDays)

    @Option(help: ArgumentHelp("Drop reports older than this. (default: keep all)", valueName: "days"))
    var keepReports: Days?

    @Option(
        help: ArgumentHelp(
            """
            Copy the database to this folder before a run's first removal. Copies hold private keys; the folder has to be \
            closed to others. (default: no copies)
            """, valueName: "dir"))
    var backupDir: String?

    @Option(help: ArgumentHelp("How many of these copies to keep.", valueName: "n"))
    var keepBackups = PositiveNumber(7)

    func apply(to options: inout Reconciliation.Options) {
        options.backups = backupDir.map { BackupFolder(path: $0, kept: keepBackups.value) }
        if let commitEvery { options.pace.group = .accounts(commitEvery.value) }
        options.pace.pause = Milliseconds(pause.value)
        options.journalDays = journalDays.value
        options.keepReports = keepReports?.value
    }
}
