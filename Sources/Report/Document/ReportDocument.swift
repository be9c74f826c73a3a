import Journal
import Support

/// `report.json`, version 2: what the run did, the totals, and one line for each entry of the feed, in feed order.
///
/// Every member is always present and always in the same order. It is null or empty where there is nothing to report.
/// Each account takes one line, so that `grep` finds everything that the report states about it.
struct ReportDocument {
    /// The `report_version`. Adding a member does not change it.
    static let version = 2

    var record: RunRecord
    var summary: ReportSummary

    func write(_ results: some Sequence<AccountResult>, to file: inout ReportFile) throws(FileFailure) {
        var json = JSONText()
        var rowCounts = RowCounts()
        try json.object(.lines) { (json: inout JSONText) throws(FileFailure) in
            json.member("report_version", Self.version)
            json.member("run", .lines, encoding: ReportedRun(record, summary))
            json.member("summary", .lines, encoding: summary)
            json.key("accounts")
            try json.array(.lines) { (json: inout JSONText) throws(FileFailure) in
                for result in results {
                    json.value(result, configsRegenerated: record.configs.regenerated, rowCounts: &rowCounts)
                    try file.takeIfMany(&json.bytes)
                }
            }
        }
        json.endLine()
        try file.takeAll(&json.bytes)
    }
}

/// The `report_version` alone. It decides whether the rest of a report can be read.
struct ReportedVersion: Decodable {
    let number: Int

    private enum CodingKeys: String, CodingKey { case number = "report_version" }
}
