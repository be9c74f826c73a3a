import Journal
import Support

/// `report.html` of a merged report: like that of a run, with the state of each host.
struct MergedPage: AccountsPage {
    let run: MergedRun
    let summary: ReportSummary
    let selection: PageSelection
    let room = mostAccountsOfAPage

    var runID: String { run.id.description }
    var programVersion: String { run.programVersion }
    var startedAt: UTCTime { run.startedAt }
    var configsWritten: Int { runs.reduce(0) { $0 + $1.configs.written.count } }
    var configsDeleted: Int { runs.reduce(0) { $0 + $1.configs.deleted.count } }
    private var runs: [ReportedRun] { run.hosts.compactMap(\.run) }

    var headline: Headline { Headline(run, summary) }
    var needsAttention: Bool { run.exitStatus(summary) != .success }
    var origin: String { "\(hosts.firstFew()), \(run.startedAt.date)" }
    private var hosts: [String] { run.hosts.map(\.name) }

    var kicker: HTML {
        """
        wg-reconcile on \(hosts.firstFew()), <time datetime="\(run.startedAt.rfc3339)">\(run.startedAt.forReading)</time>
        """
    }

    var lede: String {
        let removed = summary[.removed] + summary[.partiallyRemoved]
        let something = summary.instancesRemoved + summary.usersRemoved > 0
        let what =
            removed > 0
            ? removed.counted("account was", "accounts were") + " removed"
            : something ? "No account was removed on every host that is asked" : "No account was removed"
        let feed = run.feed.path.map { path in
            path == "-" ? "a feed on standard input" : path.split(separator: "/").last.map(String.init) ?? path
        }
        return "\(what), out of \(summary.entries.counted("entry", "entries"))" + (feed.map { " of \($0)" } ?? "")
            + ". Merged from \(runs.count.counted("report")) of \(run.hosts.count.counted("host"))."
    }

    var concerns: HTML {
        """
        \(attention)<section aria-labelledby="hosts-title">
        <h2 id="hosts-title">The hosts</h2>
        <ul class="hosts">
        \(run.hosts.map(line))</ul>
        </section>
        """
    }

    private var attention: HTML {
        let troubled = run.hosts.filter { !$0.troubles.isEmpty }
        guard !troubled.isEmpty || selection.needingAttention > 0 else { return HTML() }
        return """
            <section aria-labelledby="attention-title">
            <h2 id="attention-title">What needs attention</h2>
            \(troubled.map(concern))\(groups(ofUnprocessed: "A host did not process it or did not report: see above."))
            </section>

            """
    }

    private func concern(_ host: MergedRun.Host) -> HTML {
        """
        <div class="concern"><h3>\(host.name): \(host.absence ?? host.state)</h3>
        <ul>\(host.troubles.map { "<li class=\"plain\">\(prose($0))</li>" as HTML })</ul></div>

        """
    }

    private func line(_ host: MergedRun.Host) -> HTML {
        let isUrgent = !host.troubles.isEmpty
        let run: HTML =
            host.run.map { run in
                """
                <span>\(copied(run.id))</span> <span>\(run.startedAt.forReading)</span> \
                <span>\(host.needingAttention == 0
                    ? "no entry needs attention"
                    : host.needingAttention.counted("entry needs", "entries need") + " attention")</span>
                """
            } ?? HTML()
        return """
            <li\(isUrgent ? " class=\"attention\"" as HTML : "")><bdi class="host">\(host.name)</bdi> \
            <span class="state">\(host.state)</span> \(run)</li>

            """
    }

    var facts: HTML {
        let feed = run.feed
        let lines: [(String, HTML)] = [
            ("Merged at", "\(run.mergedAt.rfc3339)"),
            ("Report", copied(runID)),
            ("Feed", feed.path.map { "<bdi>\($0)</bdi>, \(feed.bytes.counted("byte"))" } ?? "none"),
            ("SHA-256 of the feed", feed.sha256.map(copied) ?? "none"),
            ("Feed made at", "\(feed.madeAt ?? "not stated")"),
        ]
        return """
            <section aria-labelledby="run-title">
            <h2 id="run-title">The report</h2>
            <dl class="facts">
            \(lines.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>\n" as HTML })</dl>
            </section>
            """
    }
}

extension MergedRun.Host {
    /// How its run ended, in a few words.
    var state: String {
        guard run != nil else { return "did not report" }
        if isStoppedByGuard { return "stopped by a guard" }
        if stop != nil { return "stopped before its end" }
        if !configsAreRegenerated || !configErrors.isEmpty { return "its configs are incomplete" }
        if !earlierTunnels.isEmpty { return "tunnels of earlier runs are not down" }
        if cluster?.behind ?? 0 > 0 { return "workers of its cluster have not followed" }
        return "completed"
    }

    /// What is wrong with it, besides its accounts.
    var troubles: [String] {
        if absence != nil { return ["When its report is there, run `wg-reconcile merge` again."] }
        let troubles =
            [stop?.text].compactMap(\.self) + configErrors + (cluster?.troubles ?? [])
            + earlierTunnels.sentences
        return troubles.isEmpty && !configsAreRegenerated ? ["its configs were not regenerated"] : troubles
    }
}

extension Headline {
    init(_ run: MergedRun, _ summary: ReportSummary) {
        let missing = run.missing.count
        let stopped = run.hosts.count { $0.stop != nil }
        let troubled = run.hosts.count { !$0.troubles.isEmpty } - missing - stopped
        let parts = [
            missing == 0 ? nil : missing.counted("host") + " did not report",
            stopped == 0 ? nil : stopped.counted("host was", "hosts were") + " stopped",
            Headline.attention(summary),
            troubled == 0
                ? nil : troubled.counted("host has", "hosts have") + " problems with configs, workers or tunnels",
        ].compactMap(\.self)
        let blind = run.hosts.filter { $0.run?.configs.applied == false && $0.stop == nil }.map(\.name)
        self.init(
            parts.isEmpty ? "Nothing needs attention" : parts.joined(separator: "; "),
            unchecked: (blind.isEmpty ? [] : ["live interfaces of \(blind.firstFew())"])
                + (summary.leftBehind == nil ? ["leftovers of accounts"] : []))
    }
}
