import Testing

@testable import Feed
@testable import Support

@Suite struct FeedRefusalTests {
    @Test func `a refusal says what was tried, where it failed, why, and what to do`() throws {
        let refusal = FeedRefusal(
            reason: .tooFewFields(expected: 4, found: 3), position: FeedPosition(line: 7, column: 31),
            path: "/f/feed.csv")
        #expect(
            refusal.description
                == "cannot read the feed /f/feed.csv: line 7, column 31: the row has only 3 fields, the header 4")
        #expect(refusal.hint.hasPrefix("nothing was touched; "))
    }

    @Test func `a JSON refusal names the entry`() throws {
        let refusal = FeedRefusal(
            reason: .elementNotObject, position: FeedPosition(line: 2, column: 3), entry: 5, path: "-")
        #expect(
            refusal.description
                == "cannot read the feed on standard input: line 2, column 3, entry 5: the entry is not a JSON object")
    }

    @Test(arguments: [
        ("a\u{1B}[2Jb", "\"a\\u{001B}[2Jb\""),
        ("a\nb\r\tc", "\"a\\nb\\r\\tc\""),
        ("say \"a\\b\"", "\"say \\\"a\\b\\\"\""),
        ("\\N", "\"\\N\""),
        ("\u{202E}gpj.exe\u{85}\u{7F}", "\"\\u{202E}gpj.exe\\u{0085}\\u{007F}\""),
        ("zürich 東京", "\"zürich 東京\""),
        (String(repeating: "x", count: 61), "\"" + String(repeating: "x", count: 60) + "…\""),
        (String(repeating: "x", count: 60), "\"" + String(repeating: "x", count: 60) + "\""),
    ])
    func `what comes from the feed is shown escaped and shortened`(text: String, shown: String) {
        #expect(text.quotedForMessage() == shown)
    }

    @Test func `no byte of a hostile feed reaches the message raw`() {
        let name = "\u{1B}]0;x\u{7}" + String(repeating: "y", count: 100_000)
        let refusal = #expect(throws: FeedRefusal.self) { try feed("email,\(name),\(name)\n") }
        #expect(refusal?.reason == .columnNamedTwice(name))
        let message = refusal?.description ?? ""
        #expect(message.unicodeScalars.count < 300)
        #expect(!message.unicodeScalars.contains { $0.isInvisible })
    }
}
