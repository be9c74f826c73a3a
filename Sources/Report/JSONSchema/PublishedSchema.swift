/// A JSON Schema (2020-12) for those who write feeds or read reports. It is compiled in, so that each host prints the
/// schema of its own version. The files are those of `fixtures/json-schema`.
package enum PublishedSchema: String, CaseIterable, Sendable {
    /// The schema of `report.json`. It covers every member.
    case report
    /// The schema of a feed as a JSON document. The anchor `line` is the schema of one line of JSON Lines.
    case feed
    /// The schema of the summary that the program of `--on-finish` gets on standard input.
    case finish

    /// The schema as a JSON document that ends with a line feed.
    package var text: String {
        let bytes =
            switch self {
            case .report: PackageResources.report_schema_json
            case .feed: PackageResources.feed_schema_json
            case .finish: PackageResources.finish_schema_json
            }
        return String(decoding: bytes, as: UTF8.self)
    }
}
