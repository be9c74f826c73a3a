import Report
import Support

/// The text of the progress bar at one moment, cut to fit a width.
struct ProgressLine {
    var stage: String
    var done: Int
    /// nil where the amount of work is unknown.
    var total: Int?
    /// How long the stage has been running.
    var elapsed: Duration

    /// At most `width` columns; what does not fit is left out, the least important first: the time left, the rate,
    /// the bar. Stage and count stay, cut short if need be.
    ///
    ///     Removal  [#########-----------]  45%  2,250/5,000  840/s  3 s left
    func text(width: Int, unicode: Bool) -> String {
        let count = total.map { "\(done.grouped)/\($0.grouped)" } ?? done.grouped
        let essential = [stage, share.map { "\($0)%".padded(to: 4, alignedRight: true) }, count].compactMap { $0 }
        let extras = [rate.map { "\($0.grouped)/s" }, timeLeft.map { "\(Self.text(of: $0)) left" }].compactMap { $0 }
        for kept in stride(from: extras.count, through: 0, by: -1) {
            let parts = essential + extras.prefix(kept)
            let rest = width - parts.reduce(0) { $0 + $1.columns + 2 } - 2
            guard rest >= 10 else { continue }
            let bar = bar(width: min(rest, 40), unicode: unicode)
            return ([stage] + bar + parts.dropFirst()).joined(separator: "  ")
        }
        return essential.joined(separator: "  ").shortenedAtTheEnd(to: width)
    }

    private var share: Int? {
        guard let total, total > 0 else { return nil }
        return min(max(done, 0), total) * 100 / total
    }

    private func bar(width: Int, unicode: Bool) -> [String] {
        guard let total, total > 0 else { return [] }
        let filled = min(max(done, 0), total) * width / total
        let (full, empty) = unicode ? ("█", "░") : ("#", "-")
        return ["[" + String(repeating: full, count: filled) + String(repeating: empty, count: width - filled) + "]"]
    }

    /// Per second; nil while there is too little data.
    private var rate: Int? {
        let seconds = elapsed / .seconds(1)
        guard seconds >= 0.5, done > 0 else { return nil }
        return Int((Double(done) / seconds).rounded())
    }

    /// In seconds.
    private var timeLeft: Int? {
        guard let total, let rate, rate > 0, done < total else { return nil }
        return (total - done + rate - 1) / rate
    }

    private static func text(of seconds: Int) -> String {
        switch seconds {
        case ..<60: "\(seconds) s"
        case ..<3_600: "\(seconds / 60) min \(seconds % 60) s"
        default: "\(seconds / 3_600) h \(seconds % 3_600 / 60) min"
        }
    }
}
