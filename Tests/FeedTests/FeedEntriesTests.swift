import Testing

@testable import Feed

@Suite("Entries of a feed, which are read when they are asked for")
struct FeedEntriesTests {
    struct Example: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var text: String
        var format: FeedFormat
    }

    private static let examples = [
        Example(
            testDescription: "CSV with quotes, line ends in fields and blank lines",
            text: "reason,email\r\n\"a \"\"b\"\",\n\nc\",one@example.com\r\n\r\n,two@example.com\nx,\n", format: .csv),
        Example(
            testDescription: "a JSON array",
            text: "[ {\"email\":\"one@example.com\"},\n\n{\"email\":\"two@example.com\"},{}]",
            format: .json),
        Example(
            testDescription: "one request object", text: "\n{\"body\": {\"instance\": \"one@example.com\"}}",
            format: .json),
        Example(
            testDescription: "JSON Lines",
            text:
                "{\"body\":{\"instance\":\"one@example.com\"}}\n \n{\"body\":{\"email\":\"two@example.com\"}}\n{\"email\":5}",
            format: .jsonl),
    ]

    @Test("are the same by their place and one after the other", arguments: examples)
    func places(example: Example) throws {
        let entries = try feed(example.text, as: example.format).entries
        let inOrder = Array(entries)
        #expect(!inOrder.isEmpty)
        #expect(entries.indices.reversed().map { entries[$0] } == inOrder.reversed())
        #expect(entries.indices.map { entries.line(of: $0) } == inOrder.map(\.line))
        #expect(inOrder.map(\.number) == Array(1...inOrder.count))
    }
}

@Suite("The hash of a spelling")
struct SpellingHashTests {
    @Test(
        "is the same for what differs in letter case alone",
        arguments: [
            ("Anna@Example.com", "anna@example.com"), ("\u{C4}nn@example.com", "\u{E4}nn@EXAMPLE.com"),
            ("\u{212A}im@example.com", "kim@example.com"), ("@", "@"),
        ])
    func sameSpelling(one: String, other: String) {
        #expect(NearSpelling.hash(of: one) == NearSpelling.hash(of: other))
    }

    @Test(
        "and another for another account", arguments: ["ann@example.com", "anna@example.org", "e\u{301}@example.com"])
    func otherSpelling(email: String) {
        #expect(NearSpelling.hash(of: email) != NearSpelling.hash(of: "anna@example.com"))
    }
}
