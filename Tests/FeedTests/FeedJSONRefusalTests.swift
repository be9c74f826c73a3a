import Testing

@testable import Feed

@Suite struct FeedJSONRefusalTests {
    @Test(arguments: [
        BadFeed("[", .jsonTruncated, 1, 2, entry: 1),
        BadFeed("[{\"email\":\"a@example.com\"}", .jsonTruncated, 1, 27, entry: 1),
        BadFeed("[{\"email\":\"a@example.com\"},\n", .jsonTruncated, 2, 1, entry: 2),
        BadFeed("[{\"email\":\"a@example.com", .jsonTruncated, 1, 25, entry: 1),
        BadFeed("[{\"email\":\"a\\", .jsonTruncated, 1, 14, entry: 1),
        BadFeed("[{\"email\":\"a\\u00", .jsonTruncated, 1, 17, entry: 1),
        BadFeed("[{\"email\":\"a\\ud83d", .jsonTruncated, 1, 19, entry: 1),
        BadFeed("[{\"email\"", .jsonTruncated, 1, 10, entry: 1),
        BadFeed("[{\"email\":", .jsonTruncated, 1, 11, entry: 1),
        BadFeed("[{\"x\":tru", .jsonTruncated, 1, 10, entry: 1),
        BadFeed("[{\"x\":-", .jsonTruncated, 1, 8, entry: 1),
        BadFeed("{\"accounts\":[]", .jsonTruncated, 1, 15),
        BadFeed("{\"accounts\":", .jsonTruncated, 1, 13),
        BadFeed("{\"accounts\":[{\"email\":\"a@example.com\"}],\"count\":1", .jsonTruncated, 1, 50),
    ])
    func `JSON that does not end`(bad: BadFeed) { bad.expectRefusal(as: .json) }

    @Test(arguments: [
        BadFeed("[]x", .textAfterJSON, 1, 3),
        BadFeed("[]\n\n  []", .textAfterJSON, 3, 3),
        BadFeed("[],", .textAfterJSON, 1, 3),
        BadFeed("[]\0", .textAfterJSON, 1, 3),
        BadFeed("{\"accounts\":[]}}", .textAfterJSON, 1, 16),
        BadFeed("{\"body\":{\"instance\":\"a@example.com\"}}\n{\"body\":{}}", .textAfterJSON, 2, 1),
        BadFeed("[]\u{A0}", .textAfterJSON, 1, 3),
    ])
    func `JSON that goes on after its end`(bad: BadFeed) { bad.expectRefusal(as: .json) }

    @Test(arguments: [
        ("[{\"email\":\"a@example.com\"},]", 1, 28, 2), ("[,]", 1, 2, 1), ("[{,}]", 1, 3, 1),
        ("[{\"email\":\"a@example.com\",}]", 1, 27, 1), ("[{\"email\":\"a@example.com\"} {}]", 1, 28, 1),
        ("[{\"email\" \"a@example.com\"}]", 1, 11, 1), ("[{email:\"a@example.com\"}]", 1, 3, 1),
        ("[{'email':\"a@example.com\"}]", 1, 3, 1), ("[{\"x\":01}]", 1, 8, 1), ("[{\"x\":+1}]", 1, 7, 1),
        ("[{\"x\":.5}]", 1, 7, 1), ("[{\"x\":1.}]", 1, 9, 1), ("[{\"x\":1e}]", 1, 9, 1), ("[{\"x\":-}]", 1, 8, 1),
        ("[{\"x\":0x10}]", 1, 8, 1), ("[{\"x\":NaN}]", 1, 7, 1), ("[{\"x\":True}]", 1, 7, 1),
        ("[{\"x\":nul}]", 1, 7, 1), ("[{\"x\":truee}]", 1, 11, 1), ("[{\"x\":[1 2]}]", 1, 10, 1),
        ("[{\"x\":[1,]}]", 1, 10, 1), ("[{\"x\":}]", 1, 7, 1), ("[\n{} // none\n]", 2, 4, 1),
        ("[{\"x\":\"a\nb\"}]", 1, 9, 1), ("[{\"x\":\"a\tb\"}]", 1, 9, 1), ("[{\"x\":\"a\0b\"}]", 1, 9, 1),
        ("[{\"x\":\"\\x41\"}]", 1, 8, 1), ("[{\"x\":\"\\u00g0\"}]", 1, 12, 1), ("[{\"x\":\"\\U0041\"}]", 1, 8, 1),
        ("[{\"x\":\"é\\ud83d\"}]", 1, 9, 1), ("[{\"x\":\"\\udE00\"}]", 1, 8, 1),
        ("[{\"x\":\"\\ud83d\\u0041\"}]", 1, 8, 1),
        ("[{\"x\":\"\\ud83d\\ud83d\"}]", 1, 8, 1), ("[{\"x\":\"\\ud83d\\n\"}]", 1, 8, 1),
        ("[{\"\\ud800\":1}]", 1, 4, 1),
        ("[abc]", 1, 2, 1), ("[{}}", 1, 4, 1), ("[{]", 1, 3, 1), ("[\u{A0}]", 1, 2, 1), ("[{\u{FEFF}}]", 1, 3, 1),
    ])
    func `JSON that RFC 8259 does not know`(text: String, line: Int, column: Int, entry: Int) {
        let refusal = #expect(throws: FeedRefusal.self) { try feed(text, as: .json) }
        guard case .jsonSyntax = refusal?.reason else {
            Issue.record("refused as \(String(describing: refusal?.reason))")
            return
        }
        #expect(refusal?.position == FeedPosition(line: line, column: column))
        #expect(refusal?.entry == entry)
    }

    @Test(arguments: [
        BadFeed("[{}, 5]", .elementNotObject, 1, 6, entry: 2),
        BadFeed("[\n\"a@example.com\"]", .elementNotObject, 2, 1, entry: 1),
        BadFeed("[null]", .elementNotObject, 1, 2, entry: 1),
        BadFeed("[[]]", .elementNotObject, 1, 2, entry: 1),
        BadFeed("{\"accounts\":[true]}", .elementNotObject, 1, 14, entry: 1),
    ])
    func `an element that is no object`(bad: BadFeed) { bad.expectRefusal(as: .json) }

    @Test(arguments: [
        BadFeed(
            "[{\"email\":\"a@example.com\",\"email\":\"b@example.com\"}]", .keyNamedTwice("email"), 1, 27, entry: 1),
        BadFeed("[{\"email\":null,\"Email\":\"b@example.com\"}]", .keyNamedTwice("Email"), 1, 16, entry: 1),
        BadFeed("[{},{\"email\":\"\",\"instance\":\"\"}]", .keyNamedTwice("instance"), 1, 17, entry: 2),
        BadFeed("[{\"status\":\"x\",\n\" status\":\"x\"}]", .keyNamedTwice(" status"), 2, 1, entry: 1),
        BadFeed("[{\"x\":1,\"\\u0078\":2}]", .keyNamedTwice("x"), 1, 9, entry: 1),
        BadFeed("[{\"x\":{\"y\":[{\"z\":1,\"z\":1}]}}]", .keyNamedTwice("z"), 1, 20, entry: 1),
        BadFeed("[{\"\":1,\"\":2}]", .keyNamedTwice(""), 1, 8, entry: 1),
        BadFeed("[{\"email\":\"a\",\"body\":{\"instance\":\"b\"}}]", .keyNamedTwice("instance"), 1, 23, entry: 1),
        BadFeed("[{\"body\":{\"instance\":\"b\"},\"email\":\"a\"}]", .keyNamedTwice("email"), 1, 27, entry: 1),
        BadFeed("[{\"body\":{},\"Body\":{}}]", .keyNamedTwice("Body"), 1, 13, entry: 1),
        BadFeed("{\"body\":{\"instance\":\"b\"},\"email\":\"a\"}", .keyNamedTwice("email"), 1, 26, entry: 1),
        BadFeed("{\"accounts\":[],\"accounts\":[]}", .keyNamedTwice("accounts"), 1, 16),
        BadFeed("{\"accounts\":[],\"Accounts\":[]}", .keyNamedTwice("Accounts"), 1, 16),
        BadFeed("{\"accounts\":[],\"count\":0,\"COUNT\":0}", .keyNamedTwice("COUNT"), 1, 26),
        BadFeed("{\"accounts\":[],\"x\":0,\"x\":0}", .keyNamedTwice("x"), 1, 22),
        BadFeed("{\"x\":{\"y\":0,\"y\":0},\"accounts\":[]}", .keyNamedTwice("y"), 1, 13),
    ])
    func `a key or field named twice`(bad: BadFeed) { bad.expectRefusal(as: .json) }

    @Test(arguments: [
        BadFeed("{}", .unknownDocument, 1, 1),
        BadFeed("\n {\"email\":\"a@example.com\"}", .unknownDocument, 2, 2),
        BadFeed("{\"body\":\"x\"}", .unknownDocument, 1, 1),
        BadFeed("\"a@example.com\"", .unknownDocument, 1, 1),
        BadFeed("null", .unknownDocument, 1, 1),
        BadFeed("5", .unknownDocument, 1, 1),
        BadFeed("{\"accounts\":{}}", .accountsNotArray, 1, 13),
        BadFeed("{\"accounts\":null}", .accountsNotArray, 1, 13),
        BadFeed("{\"accounts\":[],\"body\":{\"instance\":\"a@example.com\"}}", .accountsBesideBody, 1, 16),
        BadFeed("{\"body\":{},\"accounts\":[]}", .accountsBesideBody, 1, 2),
        BadFeed("{\"accounts\":[{}],\"count\":2}", .countMismatch(name: "count", declared: "2", found: 1), 1, 26),
        BadFeed("{\"count\":0,\n\"accounts\":[{}]}", .countMismatch(name: "count", declared: "0", found: 1), 1, 10),
        BadFeed("{\"accounts\":[],\"count\":-1}", .countMismatch(name: "count", declared: "-1", found: 0), 1, 24),
        BadFeed(
            "{\"accounts\":[],\"count\":99999999999999999999}",
            .countMismatch(name: "count", declared: "99999999999999999999", found: 0), 1, 24),
        BadFeed(
            "{\"body\":{\"instance\":\"a\"},\"count\":2}", .countMismatch(name: "count", declared: "2", found: 1), 1, 34
        ),
        BadFeed("{\"accounts\":[],\"count\":\"none\"}", .countNotInteger(name: "count", "none"), 1, 24),
        BadFeed("{\"accounts\":[],\"count\":0.0}", .countNotInteger(name: "count", "0.0"), 1, 24),
        BadFeed("{\"accounts\":[],\"count\":0e1}", .countNotInteger(name: "count", "0e1"), 1, 24),
        BadFeed("{\"accounts\":[],\"count\":\"\"}", .countNotInteger(name: "count", ""), 1, 24),
        BadFeed("{\"accounts\":[],\"count\":[]}", .countNotInteger(name: "count", "[…]"), 1, 24),
        BadFeed("{\"accounts\":[],\"generated_at\":\"today\"}", .invalidGeneratedAt("today"), 1, 31),
        BadFeed("{\"accounts\":[],\"generated_at\":\"2026-02-30\"}", .invalidGeneratedAt("2026-02-30"), 1, 31),
        BadFeed("{\"accounts\":[],\"generated_at\":1795457220}", .invalidGeneratedAt("1795457220"), 1, 31),
        BadFeed("{\"accounts\":[],\"generated_at\":false}", .invalidGeneratedAt("false"), 1, 31),
        BadFeed(Array("[{\"email\":\"".utf8) + [0xFF] + Array("\"}]".utf8), .invalidUTF8, 1, 12),
    ])
    func `a document that contradicts itself or is none`(bad: BadFeed) { bad.expectRefusal(as: .json) }
}
