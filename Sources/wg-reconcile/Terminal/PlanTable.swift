import Report
import Support

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

    private let rows: AnySequence<Row>
    /// The line below the table.
    private let totals: String

    /// - Parameter rows: gone through twice, once for the widths of the columns; made as they are come to, where there
    ///   may be a million of them.
    init(rows: some Sequence<Row>, totals: String) {
        self.rows = AnySequence(rows)
        self.totals = totals
    }

    /// Lines of text, each with its end. The last column is as long as it needs to be, so that nothing of it is lost
    /// where the output goes to a file.
    ///
    /// - Parameter width: That of the terminal: emails and the last column are cut to fit. Nil where the table goes
    ///   to a file.
    func text(width: Int? = nil) -> String {
        var text = ""
        write(width: width) { text += $0 }
        return text
    }

    /// The same, handed on line by line.
    func write<Failure: Error>(width: Int?, _ take: (String) throws(Failure) -> Void) throws(Failure) {
        // What the other columns usually need is left to them.
        let emailWidth = width.map { min(40, max(16, $0 - 45)) } ?? 40
        var widths = Self.headings.dropLast().map(\.columns)
        for row in rows {
            for (column, cell) in Self.cells(of: row, emailWidth).enumerated() {
                widths[column] = max(widths[column], cell.columns)
            }
        }
        try take(Self.line(of: Self.headings, widths, limit: width) + "\n")
        for row in rows {
            let cells = Self.cells(of: row, emailWidth) + [printable(row.detail)]
            try take(Self.line(of: cells, widths, limit: width) + "\n")
        }
        try take(totals + "\n")
    }

    /// All but the last, which is as long as it is.
    private static func cells(of row: Row, _ emailWidth: Int) -> [String] {
        [
            String(row.entry), row.line.map(String.init) ?? "",
            printable(row.email).shortenedInTheMiddle(to: emailWidth),
            printable(row.action).shortenedAtTheEnd(to: actionWidth),
        ]
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
