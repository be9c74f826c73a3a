import Testing

@testable import Feed

@Suite struct FeedJSONLinesTests {
    @Test(arguments: [
        ("{\"email\":\"a@example.com\"}\n{\"email\":\"b@example.com\"}\n", [1, 2]),
        ("{\"email\":\"a@example.com\"}\r\n{\"email\":\"b@example.com\"}", [1, 2]),
        ("\u{FEFF}\n \t\r\n{\"email\":\"a@example.com\"} \n\n  {\"email\":\"b@example.com\"}\n\n", [3, 5]),
        (
            "{\"body\":{\"instance\":\"a@example.com\"}}\n{\"x\":[{}],\"body\":{\"Instance\":\"b@example.com\"}}\n",
            [1, 2]
        ),
    ])
    func `each line is an entry`(text: String, lines: [Int]) throws {
        let feed = try feed(text, as: .jsonl)
        #expect(feed.format == .jsonl)
        #expect(feed.entries.map(\.email) == ["a@example.com", "b@example.com"])
        #expect(feed.entries.map(\.number) == [1, 2])
        #expect(feed.entries.map(\.line) == lines)
        #expect(feed.entries.allSatisfy { $0.faults.isEmpty })
    }

    @Test(arguments: [
        BadFeed("{}\n{\"email\":\"a@example.com\"\n", .jsonTruncated, 2, 25, entry: 2),
        BadFeed("{\"email\":\n\"a@example.com\"}\n", .jsonTruncated, 1, 10, entry: 1),
        BadFeed("{\"email\":\"a\n", .jsonTruncated, 1, 12, entry: 1),
        BadFeed("{}\n\n{} {}\n", .textAfterJSON, 3, 4, entry: 2),
        BadFeed("{},\n{}\n", .textAfterJSON, 1, 3, entry: 1),
        BadFeed("{}\r{}\n", .textAfterJSON, 1, 4, entry: 1),
        BadFeed("{}\n5\n", .elementNotObject, 2, 1, entry: 2),
        BadFeed("[{\"email\":\"a@example.com\"}]\n", .elementNotObject, 1, 1, entry: 1),
        BadFeed("[\n{\"email\":\"a@example.com\"}\n]\n", .elementNotObject, 1, 1, entry: 1),
        BadFeed("{}\nemail\n", .jsonSyntax(expected: "a value"), 2, 1, entry: 2),
        BadFeed("{\"email\":\"a\",\"instance\":\"b\"}\n", .keyNamedTwice("instance"), 1, 14, entry: 1),
        BadFeed(Array("{}\n{\"x\":\"".utf8) + [0xC3, 0x28] + Array("\"}\n".utf8), .invalidUTF8, 2, 7),
    ])
    func `a feed that is not whole is refused where it breaks`(bad: BadFeed) { bad.expectRefusal(as: .jsonl) }
}
