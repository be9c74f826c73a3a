import Feed
import Reconcile
import Report
import Support

/// The findings of a check as a table: one line for each finding, and one more for the advice.
struct FindingsTable {
    let findings: [Finding]

    /// Lines of text, each with its line end. Words are not broken. On a terminal a long line continues below its
    /// column.
    ///
    /// - Parameter width: The width of the terminal; nil where the table goes to a file.
    func text(width: Int? = nil, colours: Bool = false) -> String {
        let subjectWidth = findings.map(\.subject.columns).max() ?? 0
        let levelWidth = Finding.Level.allCases.map(\.rawValue.count).max() ?? 0
        let column = levelWidth + subjectWidth + 4
        // On a narrow terminal the details begin below their subject.
        let isStacked = width.map { $0 - column < 30 } ?? false
        let margin = isStacked ? 2 : column
        var lines: [String] = []
        for finding in findings {
            let level = finding.level.rawValue.padded(to: levelWidth)
            let head = marked(level, finding.level, colours) + "  " + finding.subject.padded(to: subjectWidth) + "  "
            let parts = [printable(finding.detail)] + [finding.advice].compactMap { $0.map { "→ " + printable($0) } }
            let rows = parts.flatMap { part in width.map { part.lineWrapped(to: $0 - margin, indent: 0) } ?? [part] }
            let below = isStacked ? rows[...] : rows.dropFirst()
            lines.append(head + (isStacked ? "" : rows.first ?? ""))
            lines += below.map { String(repeating: " ", count: margin) + $0 }
        }
        return (lines + [totals]).map { $0 + "\n" }.joined().wrapped(to: width)
    }

    private var totals: String {
        func count(_ level: Finding.Level) -> Int { findings.count { $0.level == level } }
        let (problems, notes) = (count(.problem), count(.note))
        return "\(problems) \(problems == 1 ? "problem" : "problems"), \(notes) \(notes == 1 ? "note" : "notes"): "
            + (problems == 0 ? "a run would have everything that it needs" : "a run would fail or be incomplete")
    }

    private func marked(_ text: String, _ level: Finding.Level, _ colours: Bool) -> String {
        guard colours else { return text }
        return switch level {
        case .ok: "\u{1B}[32m\(text)\u{1B}[0m"
        case .note: "\u{1B}[33m\(text)\u{1B}[0m"
        case .problem: "\u{1B}[1;31m\(text)\u{1B}[0m"
        }
    }
}
