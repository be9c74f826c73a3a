/// A plan as a table: what would happen to each entry, and why, or what would go.
struct PlanTable {
    struct Row {
        var entry: Int
        /// Nil where the feed's format does not tell.
        var line: Int?
        var email: String
        /// What would happen, in the words of the outcomes: `remove`, `skip`, `refuse`.
        var action: String
        /// Why, or what would go.
        var detail: String
    }

    private static let headings = ["entry", "line", "email", "action", "detail"]
    private static let actionWidth = 24

    var rows: [Row]
    /// The line below the table.
    var totals: String

    /// Lines of text, each with its end. The last column is as long as it needs to be, so that nothing of it is lost
    /// where the output goes to a file.
    ///
    /// - Parameter width: That of the terminal: emails and the last column are cut to fit. Nil where the table goes
    ///   to a file.
    func text(width: Int? = nil) -> String {
        // What the other columns usually need is left to them.
        let emailWidth = width.map { min(40, max(16, $0 - 45)) } ?? 40
        let cells = rows.map { row in
            [
                String(row.entry), row.line.map(String.init) ?? "",
                printable(row.email).shortenedInTheMiddle(to: emailWidth),
                printable(row.action).shortenedAtTheEnd(to: Self.actionWidth), printable(row.detail),
            ]
        }
        var widths = Self.headings.dropLast().map(\.columns)
        for row in cells {
            for column in widths.indices {
                widths[column] = max(widths[column], row[column].columns)
            }
        }
        let lines = ([Self.headings] + cells).map { Self.line(of: $0, widths, limit: width) }
        return (lines + [totals]).joined(separator: "\n") + "\n"
    }

    private static func line(of cells: [String], _ widths: [Int], limit: Int?) -> String {
        var line = ""
        for (column, width) in widths.enumerated() {
            // Entry and line are numbers.
            line += cells[column].padded(to: width, alignedRight: column < 2) + "  "
        }
        let last = cells[widths.count]
        line += limit.map { last.shortenedAtTheEnd(to: max(8, $0 - line.columns)) } ?? last
        while line.last == " " {
            line.removeLast()
        }
        return line
    }
}
