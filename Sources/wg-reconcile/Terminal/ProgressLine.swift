import Report
import Support

/// The text of the progress bar at one moment, cut to fit a width.
struct ProgressLine {
    var stage: String
    /// nil where nothing is counted.
    var done: Int?
    /// nil where the amount of work is unknown.
    var total: Int?
    /// How long the stage has been running.
    var elapsed: Duration

    /// At most `width` columns; what does not fit is left out, the least important first: the time left, the rate,
    /// the bar. Stage and count stay, cut short if need be.
    ///
    ///     Removal  [#########-----------]  45%  2,250/5,000  840/s  3 s left
    ///
    /// Where nothing is counted, the bar shows only that time passes:
    ///
    ///     Planning  [----####------------]  3 s
    func text(width: Int, unicode: Bool) -> String {
        guard let done else {
            let parts = [stage, Self.text(of: Int(elapsed / .seconds(1)))]
            let rest = width - parts.reduce(0) { $0 + $1.columns + 2 } - 2
            guard rest >= 10 else { return parts.joined(separator: "  ").shortenedAtTheEnd(to: width) }
            return [parts[0], pulse(width: min(rest, 40), unicode: unicode), parts[1]].joined(separator: "  ")
        }
        return text(of: done, width: width, unicode: unicode)
    }

    private func text(of done: Int, width: Int, unicode: Bool) -> String {
        let count = total.map { "\(done.grouped)/\($0.grouped)" } ?? done.grouped
        let essential = [stage, share(of: done).map { "\($0)%".padded(to: 4, alignedRight: true) }, count].compactMap {
            $0
        }
        let extras = [
            rate(of: done).map { "\($0.grouped)/s" }, timeLeft(of: done).map { "\(Self.text(of: $0)) left" },
        ].compactMap { $0 }
        for kept in stride(from: extras.count, through: 0, by: -1) {
            let parts = essential + extras.prefix(kept)
            let rest = width - parts.reduce(0) { $0 + $1.columns + 2 } - 2
            guard rest >= 10 else { continue }
            let bar = bar(of: done, width: min(rest, 40), unicode: unicode)
            return ([stage] + bar + parts.dropFirst()).joined(separator: "  ")
        }
        return essential.joined(separator: "  ").shortenedAtTheEnd(to: width)
    }

    private func share(of done: Int) -> Int? {
        guard let total, total > 0 else { return nil }
        return min(max(done, 0), total) * 100 / total
    }

    private func bar(of done: Int, width: Int, unicode: Bool) -> [String] {
        guard let total, total > 0 else { return [] }
        return [Self.bar(full: 0..<min(max(done, 0), total) * width / total, of: width, unicode)]
    }

    /// A piece of bar that goes to and fro, two columns in a tenth of a second.
    private func pulse(width: Int, unicode: Bool) -> String {
        let (length, steps) = (width / 5, width - width / 5)
        let step = Int(elapsed / .milliseconds(50)) % (2 * steps)
        let start = step < steps ? step : 2 * steps - step
        return Self.bar(full: start..<start + length, of: width, unicode)
    }

    private static func bar(full: Range<Int>, of width: Int, _ unicode: Bool) -> String {
        let (filled, empty) = unicode ? ("█", "░") : ("#", "-")
        return "[" + (0..<width).map { full.contains($0) ? filled : empty }.joined() + "]"
    }

    /// Per second; nil while there is too little data.
    private func rate(of done: Int) -> Int? {
        let seconds = elapsed / .seconds(1)
        guard seconds >= 0.5, done > 0 else { return nil }
        return Int((Double(done) / seconds).rounded())
    }

    /// In seconds.
    private func timeLeft(of done: Int) -> Int? {
        guard let total, let rate = rate(of: done), rate > 0, done < total else { return nil }
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
