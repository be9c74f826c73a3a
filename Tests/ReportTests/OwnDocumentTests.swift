import Testing

@testable import Feed
@testable import Journal
@testable import Report

/// What this program writes names accounts that stay, and is no feed.
@Suite("Documents of this program's own")
struct OwnDocumentTests {
    private static let everyEntryEnds = {
        var profile = FeedProfile()
        profile.everyEntryEnds = true
        return profile
    }()

    private static func report() throws -> (json: String, lines: String, table: String) {
        let stays = AccountResult(
            entry: FeedEntry(number: 1, line: 2, email: "carla@example.com", status: "active", meaning: .stays),
            outcome: .skipped, errors: ["the status does not mean removal"])
        let report = try publishedReport([removedAccount(1, "a@example.com"), stays])
        let lines = report.text.split(separator: "\n").map { $0.trimmingPrefix(while: \.isWhitespace) }
            .filter { $0.hasPrefix(#"{"entry""#) }.map { $0.hasSuffix(",") ? $0.dropLast() : $0 }
        return (report.text, lines.joined(separator: "\n") + "\n", report.table)
    }

    @Test(arguments: [.standard, everyEntryEnds])
    func `the table, the report and its accounts are refused, whatever the operator says`(profile: FeedProfile) throws {
        let report = try Self.report()
        // A table of an earlier version has fewer columns.
        let older = "entry,line,account_id,email,feed_status,outcome,status_code,instance_uuid,peers_removed,errors\n"
        let documents: [(String, FeedFormat, String)] = [
            (report.table, .csv, "report"), (older, .csv, "report"), (report.json, .json, "report"),
            (report.lines, .jsonl, "report"), ("[" + report.lines.split(separator: "\n")[0] + "]", .json, "report"),
            (#"{"accounts": [], "report_version": 1}"#, .json, "report"),
            (#"{"plan_version": 1, "entries": [], "accounts": []}"#, .json, "plan"),
            (#"{"check_version": 1}"#, .json, "check of a configuration"),
        ]
        for (text, format, name) in documents {
            let refusal = #expect(throws: FeedRefusal.self) {
                try Feed(parsing: Array(text.utf8), as: format, profile, path: "feed")
            }
            #expect(refusal?.reason == .ownDocument(name), "\(text.prefix(60))")
            #expect(refusal?.isSettledByOperator == false)
        }
    }
}
