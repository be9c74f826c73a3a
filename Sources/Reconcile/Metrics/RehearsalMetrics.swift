import Journal
import Report
import Support

/// The metrics of a rehearsal. They have names of their own, so that no alert takes a rehearsal for a run.
package struct RehearsalMetrics: Sendable {
    private var outcomes: [Outcome: Int] = [:]

    package init() {}

    package mutating func add(_ run: FinishedRun) {
        for result in run.results { outcomes[result.wouldBe ?? result.outcome, default: 0] += 1 }
    }

    private static let prefix = "wg_reconcile_rehearsal_"

    /// What the file is to hold: what it held, and this in place of an earlier rehearsal. The next run leaves it out.
    func text(exitStatus: ExitStatus, endedAt now: UTCTime, beside earlier: String) -> String {
        var text = MetricsText()
        text.gauge(Self.prefix + "timestamp_seconds", "When the last rehearsal ended.", Int(now.seconds))
        text.gauge(
            Self.prefix + "exit_status", "The exit status that the run would have had.", Int(exitStatus.rawValue))
        text.gauge(
            Self.prefix + "entries", "Entries by the outcome that they would have had.", by: "outcome",
            Outcome.allCases.map { ($0.rawValue, outcomes[$0, default: 0]) })
        let others = earlier.split(separator: "\n").filter { line in
            !["", "# HELP ", "# TYPE "].contains { line.hasPrefix($0 + Self.prefix) }
        }
        return others.map { $0 + "\n" }.joined() + text.text
    }
}
