import ArgumentParser
import Journal
import Reconcile
import Support

/// What removals keep, so that accounts can come back.
struct ArchiveOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How long a removed account can come back with `restore`; 0 keeps nothing of it.", valueName: "days"))
    var archiveDays = DaysOrNone(Journal.ArchivePolicy.standard.days)

    @Option(
        help: ArgumentHelp(
            """
            The statuses of accounts that are gone for good, and of which nothing is kept. (default: \
            \(Journal.ArchivePolicy.standard.neverStatuses.sorted().joined(separator: ", ")))
            """, valueName: "word,…"))
    var neverArchiveStatus: [Words] = []

    func apply(to options: inout Reconciliation.Options) {
        options.archive.days = archiveDays.value
        if !neverArchiveStatus.isEmpty {
            options.archive.neverStatuses = Set(neverArchiveStatus.flatMap(\.words).map { $0.lowercased() })
        }
    }
}

/// Which accounts a feed brings back.
struct RestoreActiveOptions: ParsableArguments {
    @Flag(
        help: """
            Restore an account that the feed says is active, if a feed had removed it as suspended or payment_failed.
            """)
    var restoreActive = false

    @Option(help: ArgumentHelp("How many accounts a run restores at most.", valueName: "n"))
    var maxRestores = Count(Reconciliation.Options.usualMaxRestores)

    func apply(to options: inout Reconciliation.Options) {
        options.maxRestores = restoreActive ? maxRestores.value : nil
    }
}
