import Journal
import Logging
import Reconcile
import Removal

/// Logs what a run has kept restricted: rules, ACLs and API keys of other users that it changed when it removed an
/// account.
struct RestrictionLog {
    /// How many restrictions the log names at most. The report has them all.
    private static let mostLines = 20

    private let run: FinishedRun

    init(_ run: FinishedRun) { self.run = run }

    func write(to logger: Logger) {
        let all = KeptRestriction.Kind.allCases.reduce(0) { $0 + run.summary[restricted: $1] }
        // The check avoids going through a large feed again, which would take a second.
        guard all > 0 else { return }
        let found = run.results.lazy.flatMap { result in
            (result.removal?.keptRestricted ?? []).map { (result.entry, $0) }
        }
        for (entry, restriction) in found.prefix(Self.mostLines) {
            logger.notice(
                "kept restricted: \(restriction.sentence)",
                metadata: ["entry": "\(entry.number)", "email": "\(entry.email)"])
        }
        if all > Self.mostLines {
            logger.notice(
                "more was kept restricted",
                metadata: ["more": "\(all - Self.mostLines)", "report": "\(run.reportPath)"])
        }
    }
}
