import Support

/// An unknown column that the operator has accepted, after checking that it does not decide who may connect or what the
/// packet filter lets through.
package struct AcceptedColumn: Hashable, Sendable {
    /// In lower case, for comparison with the schema's names.
    package let table: String
    package let column: String

    /// - Parameter text: `table.column`; nil for anything else.
    package init?(_ text: some StringProtocol) {
        // The name of a column may hold anything, also blanks and dots.
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), !parts[0].contains(where: \.isWhitespace) else {
            return nil
        }
        (table, column) = (String(parts[0]).asciiLowercased, String(parts[1]).asciiLowercased)
    }

    init(table: String, column: String) { (self.table, self.column) = (table, column) }
}

extension AcceptedColumn: CustomStringConvertible {
    package var description: String { "\(table).\(column)" }
}
