/// A feed that is whole: read to its end, every entry found.
public struct Feed: Sendable {
    public var format: FeedFormat
    /// `generated_at` of a JSON document.
    public var generatedAt: UTCTime?
    /// In feed order; `entries[n].number == n + 1`.
    public var entries: [FeedEntry]

    public init(format: FeedFormat, generatedAt: UTCTime? = nil, entries: [FeedEntry]) {
        self.format = format
        self.generatedAt = generatedAt
        self.entries = entries
    }
}

/// The formats that a feed can have.
public enum FeedFormat: String, CaseIterable, Sendable {
    case csv, json, jsonl
}
