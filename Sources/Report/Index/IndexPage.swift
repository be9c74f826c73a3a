import Journal
import Support

/// The page of the index, which loads nothing from elsewhere.
struct IndexPage {
    /// The newest first.
    let reports: [IndexedReport]

    private static let style = PageTemplate.style + PackageResources.index_css
    private static let script = PackageResources.index_js

    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        for piece in PageTemplate.pieces(of: PackageResources.index_html) {
            switch piece {
            case .markup(let markup): bytes.append(text: String(markup))
            case .slot(let slot): bytes += content(of: slot)
            }
        }
        return bytes
    }

    private func content(of slot: PageTemplate.Slot) -> [UInt8] {
        switch slot {
        case .styleDigest: Array(PageTemplate.digest(of: Self.style).utf8)
        case .scriptDigest: Array(PageTemplate.digest(of: Self.script).utf8)
        case .style: Self.style
        case .script: Self.script
        case .title: ("Reports of wg-reconcile – \(hosts.firstFew(3))" as HTML).bytes
        case .icon: PageIcon.html(isUrgent: isUrgent).bytes
        case .heading: heading.bytes
        case .nights: NightsChart(reports: reports).html.bytes
        case .rest: ends.bytes
        case .runs: rows.bytes
        case .navigation, .attention, .counts, .facts, .program, .data: []
        }
    }

    /// In alphabetical order.
    private var hosts: [String] { Set(reports.compactMap { try? $0.content.get().host }).sorted() }

    /// The report that the page begins with: of the last night, the newest that is urgent, else the newest. A call may
    /// have run several feeds.
    private var shown: IndexedReport? {
        guard let last = reports.first else { return nil }
        let night = last.runID.time.adding(seconds: -Self.night)
        return reports.prefix { $0.runID.time >= night }.first(where: \.isUrgent) ?? last
    }

    /// How many seconds before the last run a run is of the same night.
    private static let night: Int64 = 12 * 3_600

    private var isUrgent: Bool { shown?.isUrgent ?? false }

    private var heading: HTML {
        guard let last = reports.first, let shown else { return "<h1>Reports</h1><p class=\"lede\">There is none.</p>" }
        return """
            <p class="kicker">wg-reconcile on \(hosts.firstFew(3))</p>
            <div\(isUrgent ? " class=\"urgent\"" as HTML : "")><h1>\(shown.headline)</h1></div>
            <p class="lede">That was \(shown.runID.description == last.runID.description ? "the last run" : "a run of the last night"), on \
            \(shown.runID.time.forReading). \
            \(reports.count.counted("report is", "reports are")) here.</p>
            """
    }

    /// Where the links of the newest and of the oldest report lead that have no neighbour.
    private var ends: HTML {
        guard let newest = reports.first, let oldest = reports.last else { return HTML() }
        return """
            <p class="note end" id="after-\(newest.runID.description)" data-end="after">No later run has a report here.</p>
            <p class="note end" id="before-\(oldest.runID.description)" data-end="before">No earlier run has a report here.</p>
            """
    }

    private var rows: HTML {
        "\(reports.indices.map { row(reports[$0], newer: reports[..<$0].last, older: reports[($0 + 1)...].first) })"
    }

    /// The marks are where the links of the neighbours lead without a script.
    private func row(_ report: IndexedReport, newer: IndexedReport?, older: IndexedReport?) -> HTML {
        let id = report.runID.description
        let marks: [HTML] = [
            newer.map { "<span class=\"mark\" id=\"before-\($0.runID.description)\"></span>" } ?? HTML(),
            older.map { "<span class=\"mark\" id=\"after-\($0.runID.description)\"></span>" } ?? HTML(),
        ]
        let time: HTML = "\(report.runID.time.forList)"
        let link: HTML = report.hasPage ? "<a href=\"\(id)/\(ReportFolder.page)\">\(time)</a>" : time
        return """
            <tr id="\(id)"\(report.isNews ? " class=\"attention\"" as HTML : "")>
            <th scope="row">\(marks)<span class="time">\(link)</span> \
            <bdi class="quiet">\((try? report.content.get().host) ?? "")</bdi></th>
            \(cells(report))</tr>

            """
    }

    private func cells(_ report: IndexedReport) -> HTML {
        switch report.content {
        case .failure(let error):
            return "<td class=\"unread\" colspan=\"4\">The report \(error.reason).</td>"
        case .success(let head):
            let new = head.newlyNeedingAttention ?? 0
            let counts = Outcome.allCases.compactMap { outcome in
                head.counts[outcome].flatMap { $0 == 0 ? nil : "\($0.grouped) \(outcome.label)" }
            }
            return """
                <td class="number" data-label="Removed">\(head.removed)</td>
                <td class="number" data-label="Need attention">\(head.attention)</td>
                <td class="number" data-label="Exit status">\(head.exitStatus.map { "\($0)" as HTML } ?? "unknown")</td>
                <td class="says"><bdi>\(report.headline)</bdi>\
                \(new == 0 ? HTML() : " <span class=\"new\">\(new) new</span>")
                <span class="quiet">\(head.entries.counted("entry", "entries"))\
                \(counts.isEmpty ? "" : ": " + counts.joined(separator: ", "))</span></td>
                """
        }
    }
}

extension IndexedReport {
    /// The report in one sentence.
    var headline: String {
        switch content {
        case .failure(let error): "The report " + error.reason
        case .success(let head):
            head.headline
                ?? (head.isStopped
                    ? "The run was stopped"
                    : head.attention == 0
                        ? "No entry was invalid, refused, failed or unprocessed"
                        : head.attention.counted("entry needs", "entries need") + " attention")
        }
    }

    /// Whether the report has news: something new needs attention, or the run did not end well.
    var isNews: Bool {
        guard case .success(let head) = content, let new = head.newlyNeedingAttention else { return isUrgent }
        return new > 0 || head.isStopped || head.exitStatus ?? 0 > 1
    }

    /// Whether somebody had to look, as far as the report says.
    var isUrgent: Bool {
        switch content {
        case .failure: true
        case .success(let head): (head.exitStatus ?? 0) != 0 || head.attention > 0 || head.isStopped
        }
    }
}

extension UTCTime {
    /// `28 Nov 2026, 01:23`.
    fileprivate var forList: String {
        "\(dayForReading(at: self)) \(date.prefix(4)), \(rfc3339.dropFirst(11).prefix(5))"
    }
}
