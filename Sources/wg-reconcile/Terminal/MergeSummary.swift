import Journal
import Report
import Support

/// The summary at the end of a merge, for people: how each host ended, the outcomes of the accounts, and what needs
/// attention.
struct MergeSummary {
    let finished: FinishedMerge

    /// Lines of text, each with its line end.
    ///
    /// - Parameter colours: Whether to colour what needs attention. It is marked with `!` in any case.
    func text(colours: Bool) -> String {
        let summary = finished.summary
        let sections = [
            heading, hosts(colours), summary.outcomeLines(colours), summary.tunnelLines(colours), summary.removalLines,
            summary.attentionLines(attention, at: finished.run.startedAt), place,
        ]
        return sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") + "\n" }.joined(separator: "\n")
    }

    private var heading: [String] {
        let run = finished.run
        let reported = run.hosts.count - run.missing.count
        return [
            "Merged the reports of \(reported.grouped) of \(run.hosts.count.counted("host")): "
                + finished.summary.entries.counted("entry", "entries")
        ]
    }

    private func hosts(_ colours: Bool) -> [String] {
        let width = finished.run.hosts.map { printable($0.name).columns }.max() ?? 0
        return finished.run.hosts.flatMap { host in
            let name = printable(host.name).padded(to: width)
            guard let runID = host.runID else {
                return [marked("! \(name)  \(printable(host.absence ?? ""))", colours)]
            }
            let problems = problems(host)
            let isUrgent = !problems.isEmpty || host.needingAttention > 0
            let needing = host.needingAttention.counted("entry needs", "entries need")
            let people = host.needingAttention > 0 ? "; \(needing) attention" : ""
            let lines = ["\(isUrgent ? "!" : " ") \(name)  run \(printable(runID))\(people)"] + problems
            return isUrgent ? lines.map { marked($0, colours) } : lines
        }
    }

    private func problems(_ host: MergedRun.Host) -> [String] {
        var problems = host.stop.map { ["stopped: \($0.text)"] } ?? []
        problems += host.configErrors
        // A run that a guard stopped had no configs to regenerate.
        if !host.configsAreRegenerated && problems.isEmpty {
            problems.append("not all of its configs were regenerated")
        }
        problems += host.cluster?.troubles ?? []
        problems += host.earlierTunnels.sentences
        return problems.map { "!   " + printable($0) }
    }

    /// Shortens the reason of entries that were not processed because a host's run was stopped. It is shown once, with
    /// the host.
    private var attention: [AccountResult] {
        let reasons = Set(finished.run.hosts.compactMap(\.stop?.reason))
        return finished.attention.map { result in
            var result = result
            result.errors = result.errors.map { error in
                reasons.reduce(error) { $0.replacing($1, with: "stopped, see above") }
            }
            return result
        }
    }

    private var place: [String] { finished.reportPath.map { ["Report: " + printable($0)] } ?? [] }
}
