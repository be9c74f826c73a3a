import Support

/// The member `run.feed` of `report.json`.
struct ReportedFeed: Codable, Equatable, Sendable {
    /// nil for a run without a feed; so are the format and the digest.
    let path: String?
    let format: String?
    let bytes: Int
    let sha256: String?
    let generatedAt: String?
    let madeAt: String?
    let profile: String?
    let warnings: [String]
    let entries: Int

    /// In the order in which they are written.
    enum CodingKeys: String, JSONMembers {
        case path, format, bytes, sha256
        case generatedAt = "generated_at"
        case madeAt = "made_at"
        case profile, warnings, entries
    }
}

extension ReportedFeed {
    init(_ facts: RunRecord.FeedFacts, entries: Int) {
        self.init(
            path: facts.path, format: facts.format?.rawValue, bytes: facts.bytes, sha256: facts.digest,
            generatedAt: facts.generatedAt?.rfc3339, madeAt: facts.madeAt?.rfc3339, profile: facts.profile,
            warnings: facts.warnings, entries: entries)
    }
}
