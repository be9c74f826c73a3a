import Journal
import Support
import WireGuard

/// `report.html`: the report for people, in one file that loads nothing from elsewhere.
///
/// What needs attention comes first, then the counts, then the accounts that changed or need attention. Other entries
/// are only counted. Head and counts are plain HTML and need no script. The accounts are data that the page's script
/// shows in portions, so that a long list is as fast as a short one. The page's policy allows this script and style
/// sheet by their digests, and nothing else.
struct ReportPage {
    /// How many accounts the page lists at most; those that need attention come first. No browser could open a page
    /// with a million accounts. The JSON and the CSV have them all.
    static let listed = 100_000

    let record: RunRecord
    let summary: ReportSummary
    let selection: PageSelection
    private let room: Int

    /// - Parameter room: How many accounts to list at most.
    init(record: RunRecord, summary: ReportSummary, selection: PageSelection, room: Int = listed) {
        (self.record, self.summary, self.selection, self.room) = (record, summary, selection, room)
    }

    /// About how many bytes a page takes for a feed with this many entries, most of which changed nothing.
    static func room(entries: Int) -> Int { 64 * 1024 + 96 * min(entries, listed) }

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
        case .title: title.bytes
        case .icon: icon.bytes
        case .heading: heading.bytes
        case .attention: concerns.bytes
        case .counts: counts.bytes
        case .rest: rest.bytes
        case .facts: facts.bytes
        case .program: ("wg-reconcile \(record.programVersion)." as HTML).bytes
        case .data: []
        }
    }

    private var rows: PageRows {
        let attention = min(room, selection.needingAttention)
        let changed = min(room - attention, selection.changed)
        return PageRows(
            attention: attention, changed: changed, others: min(room - attention - changed, selection.leftOut),
            selection: selection)
    }

    /// How many unlisted accounts the search can find.
    private var findable: HTML {
        let (found, all) = (rows.others, selection.leftOut)
        if found == all { return "The search finds them all the same." }
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

extension Outcome {
    /// The outcome as people write it.
    var label: String { rawValue.replacing("_", with: " ") }

    /// Whether some part of the account was removed.
    var changes: Bool {
        switch self {
        case .removed, .partiallyRemoved: true
        case .alreadyAbsent, .skipped, .duplicate, .invalid, .refused, .failed, .unprocessed: false
        }
    }

    /// The meaning in a few words, for the page.
    var meaning: String {
        switch self {
        case .removed: "instance and user were there and are gone"
        case .partiallyRemoved: "something was there and is gone, something was not found"
        case .alreadyAbsent: "nothing was there"
        case .skipped: "not due by status or date"
        case .duplicate: "stands elsewhere in the feed"
        case .invalid: "the entry is unusable"
        case .refused: "blocked by a guard"
        case .failed: "the database refused it; rolled back whole"
        case .unprocessed: "the run ended before it"
        }
    }
}
