import Journal
import Support

/// A page with the accounts of a report, in one file that loads nothing from elsewhere: of one run, or of a merged
/// report.
///
/// What needs attention comes first, then the counts, then the accounts that changed or need attention. Other entries
/// are only counted. Head and counts are plain HTML and need no script. The accounts are data that the page's script
/// shows in portions, so that a long list is as fast as a short one. The page's policy allows this script and style
/// sheet by their digests, and nothing else.
protocol AccountsPage {
    /// The name of the run's folder.
    var runID: String { get }
    var programVersion: String { get }
    /// When the run began; since when accounts need attention is told from this time.
    var startedAt: UTCTime { get }
    /// Whether nothing was removed, because it was only rehearsed.
    var isRehearsal: Bool { get }
    var summary: ReportSummary { get }
    var selection: PageSelection { get }
    /// How many accounts to list at most.
    var room: Int { get }
    var headline: Headline { get }
    var needsAttention: Bool { get }
    /// Where and when, for the browser's tab.
    var origin: String { get }
    /// What stands above and below the headline.
    var kicker: HTML { get }
    var lede: String { get }
    /// What needs attention, or nothing.
    var concerns: HTML { get }
    var configsWritten: Int { get }
    var configsDeleted: Int { get }
    /// Further facts about the run, and how to identify it.
    var facts: HTML { get }
}

/// How many accounts a page lists at most; those that need attention come first. No browser could open a page with a
/// million accounts. The JSON and the CSV have them all.
let mostAccountsOfAPage = 100_000

extension AccountsPage {
    var isRehearsal: Bool { false }

    /// About how many bytes a page takes for a feed with this many entries, most of which changed nothing.
    static func room(entries: Int) -> Int { 64 * 1024 + 96 * min(entries, mostAccountsOfAPage) }

    /// Reads the results twice: once for the list, once for the search.
    func write(_ results: some Sequence<AccountResult>, to file: inout ReportFile) throws(FileFailure) {
        for piece in PageTemplate.pieces {
            var bytes: [UInt8] = []
            switch piece {
            case .markup(let markup): bytes.append(text: String(markup))
            case .slot(.data): try rows.write(results, to: &file)
            case .slot(let slot): bytes = content(of: slot)
            }
            try file.takeAll(&bytes)
        }
    }

    private func content(of slot: PageTemplate.Slot) -> [UInt8] {
        switch slot {
        case .styleDigest: Array(PageTemplate.digest(of: PageTemplate.style).utf8)
        case .scriptDigest: Array(PageTemplate.digest(of: PageTemplate.script).utf8)
        case .style: PageTemplate.style
        case .script: PageTemplate.script
        case .title: ("\(headline.text) – \(origin)" as HTML).bytes
        case .icon: PageIcon.html(isUrgent: needsAttention).bytes
        case .navigation: navigation.bytes
        case .heading: heading.bytes
        case .attention: concerns.bytes
        case .counts: counts.bytes
        case .rest: rest.bytes
        case .facts: facts.bytes
        case .program: ("wg-reconcile \(programVersion)." as HTML).bytes
        case .data, .nights, .runs: []
        }
    }

    /// The index knows which reports there are now, and leads on to those before and after.
    private var navigation: HTML {
        """
        <nav aria-label="Reports"><a href="../index.html#before-\(runID)" rel="prev">Earlier run</a>
        <a href="../index.html#\(runID)">All runs</a>
        <a href="../index.html#after-\(runID)" rel="next">Later run</a></nav>
        """
    }

    private var heading: HTML {
        """
        <p class="kicker">\(kicker)</p>
        <div\(needsAttention ? " class=\"urgent\"" as HTML : "")><h1>\(headline.text)</h1></div>
        <p class="lede">\(lede)</p>
        """
    }

    private var rows: PageRows {
        let attention = min(room, selection.needingAttention)
        let changed = min(room - attention, selection.changed)
        return PageRows(
            attention: attention, changed: changed, others: min(room - attention - changed, selection.leftOut),
            selection: selection, startedAt: startedAt)
    }

    /// How many unlisted accounts the search can find.
    private var findable: HTML {
        let (found, all) = (rows.others, selection.leftOut)
        if found == all { return "The search still finds them." }
        return """
            The search finds \(found) of them; all stand in <a href="accounts.csv">accounts.csv</a>.
            """
    }

    /// What the list leaves out, so that nobody takes it for the whole feed.
    private var rest: HTML {
        var html = HTML()
        if selection.needingAttention + selection.changed == 0 { html += "<p>There is none.</p>\n" }
        let left = Outcome.allCases.compactMap { outcome in
            selection.unlisted[outcome].map { "\($0.grouped) \(outcome.label)" }
        }
        if !left.isEmpty {
            html += """
                <p class="quiet">Not listed, because nothing of them changed: \(left.joined(separator: ", ")). \(findable)</p>

                """
        }
        let missing = selection.needingAttention + selection.changed - rows.attention - rows.changed
        if missing > 0 {
            html += """
                <p class="note">The list ends after \(room) accounts, those that need attention before all others; \(missing)
                more stand in <a href="report.json">report.json</a> and <a href="accounts.csv">accounts.csv</a>.</p>

                """
        }
        return html
    }
}

/// The icon of a page in the browser's tab: a full dot where something needs attention.
enum PageIcon {
    static func html(isUrgent: Bool) -> HTML {
        let dot =
            isUrgent
            ? "%3Ccircle cx='8' cy='8' r='7' fill='%23c2481f'/%3E"
            : "%3Ccircle cx='8' cy='8' r='6' fill='none' stroke='%232b8378' stroke-width='3'/%3E"
        return "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E\(dot)%3C/svg%3E"
    }
}
