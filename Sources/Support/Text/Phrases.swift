// Formats numbers and lists for messages, pages and tables.

extension Int {
    /// `12,345`.
    package var grouped: String {
        var digits = Array(String(magnitude))
        for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
        return (self < 0 ? "-" : "") + String(digits)
    }

    /// `1 entry`, `12,345 entries`.
    package func counted(_ one: String, _ many: String? = nil) -> String {
        "\(grouped) \(self == 1 ? one : many ?? one + "s")"
    }
}

extension Collection<String> {
    /// The first few, and the number of the others: `wg1, wg2 and 7 more`.
    package func firstFew(_ limit: Int = 5) -> String {
        prefix(limit).joined(separator: ", ") + (count > limit ? " and \((count - limit).grouped) more" : "")
    }
}
