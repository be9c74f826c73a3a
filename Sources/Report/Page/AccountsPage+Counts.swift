import Journal

extension AccountsPage {
    /// The outcomes as bars with their numbers, and the totals of what was removed.
    var counts: HTML {
        let outcomes = Outcome.allCases.filter { summary[$0] > 0 }
        guard !outcomes.isEmpty else { return figures }
        return """
            <figure>
            \(whole(outcomes))
            <table class="outcomes">
            <caption class="hidden">Entries of the feed by outcome</caption>
            <thead class="hidden"><tr><th scope="col">Outcome</th><th scope="col">Entries</th><th scope="col">Meaning</th></tr></thead>
            <tbody>
            \(outcomes.map(row))</tbody>
            </table>
            </figure>
            \(figures)
            """
    }

    /// One bar for all entries.
    private func whole(_ outcomes: [Outcome]) -> HTML {
        let words = outcomes.map { "\(percent($0)) \($0.label)" }.joined(separator: ", ")
        var parts = HTML()
        var start = 0.0
        for outcome in outcomes {
            let width = share(outcome)
            parts +=
                "<rect class=\"\(outcome.rawValue)\" x=\"\(decimal(start))%\" width=\"\(decimal(width))%\" height=\"100%\"/>"
            start += width
        }
        return "<svg class=\"whole\" role=\"img\" aria-label=\"All entries: \(words)\">\(parts)</svg>"
    }

    private func row(_ outcome: Outcome) -> HTML {
        """
        <tr><th scope="row">\(outcome.label)</th><td class="count">\(summary[outcome])</td><td>\
        <svg class="\(outcome.rawValue)" aria-hidden="true"><rect class="track" width="100%" height="100%" rx="3"/>\
        <rect width="\(decimal(max(0.6, share(outcome))))%" height="100%" rx="3"/></svg>\
        <span class="meaning">\(isRehearsal && outcome == .unprocessed ? "a run would remove it, or not reach it" : outcome.meaning)</span></td></tr>

        """
    }

    private var figures: HTML {
        let figures = [
            (summary.instancesRemoved, "instance", "removed"), (summary.peersRemoved, "peer", "removed"),
            (summary.usersRemoved, "user", "removed"), (summary.sessionsRemoved, "session", "removed"),
            (configsWritten, "config", "written"), (configsDeleted, "config", "deleted"),
        ]
        return """
            <dl class="figures">
            \(figures.map { "<div><dt>\($0 == 1 ? $1 : $1 + "s") \($2)</dt><dd>\($0)</dd></div>\n" as HTML })</dl>
            """
    }

    /// The share of all entries, in percent.
    private func share(_ outcome: Outcome) -> Double {
        summary.entries == 0 ? 0 : 100 * Double(summary[outcome]) / Double(summary.entries)
    }

    private func percent(_ outcome: Outcome) -> String {
        let share = share(outcome)
        return share < 1 ? "less than 1 percent" : "\(Int(share.rounded())) percent"
    }

    /// With two decimals, as SVG accepts it.
    private func decimal(_ number: Double) -> String { String((number * 100).rounded() / 100) }
}
