/// A JSON Schema (2020-12) for who writes feeds or reads reports, compiled into the program, so that each host prints
/// the one that its version keeps to. The files are those of `fixtures/json-schema`.
package enum PublishedSchema: String, CaseIterable, Sendable {
    /// Of `report.json`, to the member.
    case report
    /// Of a feed as a JSON document, and, under the anchor `line`, of a line of JSON Lines.
    case feed

    /// A JSON document with a line end.
    package var text: String {
        let bytes =
            switch self {
            case .report: PackageResources.report_schema_json
            case .feed: PackageResources.feed_schema_json
            }
        return String(decoding: bytes, as: UTF8.self)
    }
}
