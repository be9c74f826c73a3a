import Report
import Support

/// A plan as a table: what would happen to each entry, with the reason or what would be removed.
struct PlanTable {
    struct Row {
        var entry: Int
        /// nil where the feed's format has no line numbers.
        var line: Int?
        var email: String
        /// What would happen, in words like those of the outcomes: `remove`, `skip`, `refuse`.
        var action: String
        /// The reason, or what would be removed.
        var detail: String
    }

    private static let headings = ["entry", "line", "email", "action", "detail"]
    private static let actionWidth = 24

    private let rows: AnySequence<Row>
    /// The line below the table.
    private let totals: String

    /// - Parameter rows: Read twice, the first time for the column widths. There may be a million rows, so they are
    ///   made on demand.
    init(rows: some Sequence<Row>, totals: String) {
        self.rows = AnySequence(rows)
        self.totals = totals
    }

    /// Lines of text, each with its line end. The last column has its full length, so that nothing is lost where the
    /// output goes to a file.
    ///
    /// - Parameter width: The width of the terminal. Emails and the last column are cut to fit. nil where the table
    ///   goes to a file.
    func text(width: Int? = nil) -> String {
        var text = ""
        write(width: width) { text += $0 }
        return text
    }

    /// The same, passed on line by line.
    func write<Failure: Error>(width: Int?, _ take: (String) throws(Failure) -> Void) throws(Failure) {
        if let width, width < Self.leastWidth { return try writeList(width: width, take) }
        // Leaves the other columns the room that they usually need.
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
        for line in (width.map { totals.lineWrapped(to: $0) } ?? [totals]) { try take(line + "\n") }
    }

    /// Narrower terminals get a list, since the columns would leave no room for the details.
    private static let leastWidth = 72

    private func writeList<Failure: Error>(width: Int, _ take: (String) throws(Failure) -> Void) throws(Failure) {
        for row in rows {
            let place = row.line.map { "entry \(row.entry), line \($0)" } ?? "entry \(row.entry)"
            let what = printable(row.action) + (row.detail.isEmpty ? "" : ": " + printable(row.detail))
            let lines =
                "\(place): \(printable(row.email))".lineWrapped(to: width) + ("  " + what).lineWrapped(to: width)
            for line in lines { try take(line + "\n") }
        }
        for line in totals.lineWrapped(to: width) { try take(line + "\n") }
    }

    /// All cells but the last, which has no fixed width.
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
            // Entry and line are numbers, so they are aligned right.
            line += cells[column].padded(to: width, alignedRight: column < 2) + "  "
        }
        let last = cells[widths.count]
        line += limit.map { last.shortenedBetweenWords(to: max(8, $0 - line.columns)) } ?? last
        while line.last == " " {
            line.removeLast()
        }
        return line
    }
}
