import Reconcile
import Support

/// A command that writes, and tells others when it has ended: by its metrics, and by the program of `--on-finish`.
protocol FinishingCommand: PlacedCommand {
    var finish: FinishOptions { get }
    /// nil where the command has no metrics, or none were asked for.
    var metricsFile: MetricsFile? { get }
    /// Whether it only shows what it would do, and tells nobody.
    var dryRun: Bool { get }
}

extension FinishingCommand {
    var metricsFile: MetricsFile? { nil }
    var dryRun: Bool { false }

    /// This call, for those who are told of its end.
    var call: CallToTell {
        CallToTell(
            command: Self._commandName, metrics: metricsFile,
            database: database.database.map {
                JournalSource(path: $0, accepting: database.acceptedColumns, trust: database.trust)
            },
            hook: finish.hook)
    }

    /// They are told that the command could not begin.
    func refuse(_ flaw: any ExplainedError, _ console: Console) throws {
        if dryRun { throw flaw }
        try console.reportingErrors(of: call) { _ in throw flaw }
    }
}

/// A call, and who is told of its end.
struct CallToTell {
    var command: String
    /// nil for none.
    var metrics: MetricsFile?
    /// Where the metrics look for earlier runs; nil where no database is named.
    var database: JournalSource?
    /// nil for none.
    var hook: FinishHook?
}
