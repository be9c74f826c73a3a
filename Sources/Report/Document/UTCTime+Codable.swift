import Support

extension UTCTime: Codable {
    /// - Throws: ``ReportFlaw`` for text that is not an RFC 3339 time.
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let time = UTCTime(rfc3339: text) else {
            throw ReportFlaw.wrong(decoder.codingPath.joined, expected: "an RFC 3339 time")
        }
        self = time
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rfc3339)
    }
}
