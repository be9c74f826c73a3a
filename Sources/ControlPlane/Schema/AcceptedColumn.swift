import Support

/// A column that this program does not know, and that somebody has looked at: it lets nobody connect and nothing through.
public struct AcceptedColumn: Hashable, Sendable {
    /// In lower case, as the schema's names are compared.
    public let table: String
    public let column: String

    /// - Parameter text: `table.column`; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && !$0.contains(where: \.isWhitespace) }) else {
            return nil
        }
        (table, column) = (String(parts[0]).asciiLowercased, String(parts[1]).asciiLowercased)
    }

    init(table: String, column: String) { (self.table, self.column) = (table, column) }
}

extension AcceptedColumn: CustomStringConvertible {
    public var description: String { "\(table).\(column)" }
}
