import Testing

@testable import Feed
@testable import Support

@Suite struct FeedFormatTests {
    @Test(
        arguments: [
            ("feed.csv", .csv), ("/var/feeds/2026-11-23.JSON", .json), ("feed.jsonl", .jsonl), ("feed.NDJSON", .jsonl),
            ("feed.json.csv", .csv), ("a.dir/feed.Csv", .csv),
        ] as [(String, FeedFormat)])
    func `the name's extension tells the format`(path: String, format: FeedFormat) throws {
        #expect(try FeedFormat(ofFeedAt: path) == format)
    }

    @Test(arguments: ["-", "", "feed", "feed.txt", "feed.csv.gz", "feeds.csv/feed", "csv", "feed.", "feed.csv "])
    func `any other name needs --format`(path: String) {
        let error = #expect(throws: UnknownFeedFormat.self) { try FeedFormat(ofFeedAt: path) }
        #expect(error?.exitStatus == .usage)
        #expect(error?.hint.contains("--format") == true)
    }
}
