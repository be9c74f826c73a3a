import Support

/// The last 14 days up to the newest report as small bars: how many accounts were removed, and how many entries needed
/// attention. A day without a report is shown as such.
struct NightsChart {
    private static let days = 14

    private struct Night {
        var day: UTCTime
        var removed = 0
        var attention = 0
        /// The newest report of the day.
        var newest: String?
        /// Whether a run of it was stopped, or has a report that could not be read.
        var isBroken = false

        var total: Int { removed + attention }
    }

    private let nights: [Night]

    /// - Parameter reports: The newest first.
    init(reports: [IndexedReport]) {
        guard let last = reports.first else {
            nights = []
            return
        }
        let today = last.runID.time.seconds / 86_400
        var nights = (0..<Self.days).reversed().map { Night(day: UTCTime(seconds: (today - Int64($0)) * 86_400)) }
        for report in reports {
            let place = Self.days - 1 - Int(today - report.runID.time.seconds / 86_400)
            // They come in order, so the others are older.
            guard nights.indices.contains(place) else { break }
            nights[place].newest = nights[place].newest ?? report.runID.description
            switch report.content {
            case .failure: nights[place].isBroken = true
            case .success(let head):
                nights[place].removed += head.removed
                nights[place].attention += head.attention
                if head.isStopped { nights[place].isBroken = true }
            }
        }
        self.nights = nights
    }

    var html: HTML {
        guard !nights.isEmpty else { return HTML() }
        let most = max(1, nights.map(\.total).max() ?? 1)
        return """
            <section aria-labelledby="nights-title">
            <h2 id="nights-title">The last \(Self.days) days</h2>
            <ol class="nights">
            \(nights.map { bar($0, most: most) })</ol>
            <p class="quiet legend"><span class="key removed">accounts removed</span> \
            <span class="key refused">entries that need attention</span> \
            <span>! a run was stopped, or its report cannot be read</span></p>
            </section>

            """
    }

    private func bar(_ night: Night, most: Int) -> HTML {
        let label = night.day.dayForReading(at: night.day)
        guard let newest = night.newest else {
            return "<li class=\"none\"><span class=\"hidden\">\(label): no report</span>\(day(night, "–"))</li>\n"
        }
        let (removed, attention) = (height(night.removed, of: most), height(night.attention, of: most))
        let words =
            "\(label): \(night.removed.grouped) removed, \(night.attention.grouped) need attention"
            + (night.isBroken ? ", a run was stopped or cannot be read" : "")
        return """
            <li><a href="#\(newest)" title="\(words)"><span class="hidden">\(words)</span>\
            <svg aria-hidden="true"><rect class="track" y="99%" width="100%" height="1%"/>\
            <rect class="removed" y="\(percent(100 - removed))" width="100%" height="\(percent(removed))"/>\
            <rect class="refused" y="\(percent(100 - removed - attention))" width="100%" \
            height="\(percent(attention))"/></svg>\(day(night, night.total.grouped + (night.isBroken ? "!" : "")))</a></li>

            """
    }

    /// The number under the bar, and the day.
    private func day(_ night: Night, _ number: String) -> HTML {
        let parts = night.day.dayForReading(at: night.day).split(separator: " ").map(String.init)
        return """
            <span class="number" aria-hidden="true">\(number)</span><span class="day" aria-hidden="true">\
            \(parts.first ?? "")<br>\(parts.last ?? "")</span>
            """
    }

    /// In percent. What is there can be seen, however little it is.
    private func height(_ count: Int, of most: Int) -> Int {
        count == 0 ? 0 : max(3, Int(94 * Double(count) / Double(most)))
    }

    private func percent(_ number: Int) -> String { "\(number)%" }
}
