import Reconcile

/// What a person reads at the end of a merge: how each host ended, what the accounts came to, and who needs a person.
struct MergeSummary {
    let finished: FinishedMerge

    /// Lines of text, each with its end.
    ///
    /// - Parameter colours: Whether to mark what needs a person in colour. It is marked with `!` in any case.
    func text(colours: Bool) -> String {
        let summary = finished.summary
        let sections = [
            heading, hosts(colours), summary.outcomeLines(colours), summary.removalLines,
            summary.attentionLines(finished.attention), place,
        ]
        return sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") + "\n" }.joined(separator: "\n")
    }

    private var heading: [String] {
        let run = finished.run
        let reported = run.hosts.count - run.missing.count
        return [
            "Merged the reports of \(grouped(reported)) of \(count(run.hosts.count, "host")): "
                + count(finished.summary.entries, "entry", "entries")
        ]
    }

    private func hosts(_ colours: Bool) -> [String] {
        let width = finished.run.hosts.map { printable($0.name).columns }.max() ?? 0
        return finished.run.hosts.flatMap { host in
            let name = printable(host.name).padded(to: width)
            guard let runID = host.runID else {
                return [marked("! \(name)  \(printable(host.absence ?? ""))", colours)]
            }
            let people = host.needingAPerson > 0 ? "; \(count(host.needingAPerson, "entry needs", "entries need")) a person" : ""
            let problems = problems(host)
            let isUrgent = !problems.isEmpty || host.needingAPerson > 0
            let lines = ["\(isUrgent ? "!" : " ") \(name)  run \(printable(runID))\(people)"] + problems
            return isUrgent ? lines.map { marked($0, colours) } : lines
        }
    }

    private func problems(_ host: MergedRun.Host) -> [String] {
        var problems = host.stoppedBy.map { ["stopped: \($0)"] } ?? []
        problems += host.configErrors
        if !host.configsAreRegenerated && host.configErrors.isEmpty {
            problems.append("its configs were not regenerated whole")
        }
        return problems.map { "!   " + printable($0) }
    }

    private var place: [String] { finished.reportPath.map { ["Report: " + printable($0)] } ?? [] }
}
