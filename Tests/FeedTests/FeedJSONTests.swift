import Testing

@testable import Feed
@testable import Support

@Suite struct FeedJSONTests {
    @Test func `an object is an entry with its fields, number and line`() throws {
        let feed = try feed(
            """
            {
              "generated_at": "2026-11-23T00:10:00Z",
              "source": {"name": "billing", "ids": [1, 2.5e-3, true, null]},
              "count": 2,
              "accounts": [
                {"account_id": 12345678901234567890, "email": "anna@example.com", "status": "cancelled",
                 "effective_at": "2026-11-20T03:00:00Z", "reason": "too slow, she says", "subscription_id": 7},
                {"email": "bert@example.org", "account_id": null, "status": "active", "effective_at": "2026-11-21"}
              ]
            }
            """, as: .json)
        #expect(feed.format == .json)
        #expect(feed.generatedAt == UTCTime(rfc3339: "2026-11-23T00:10:00Z"))
        #expect(
            feed.entries == [
                FeedEntry(
                    number: 1, line: 6, accountID: .number("12345678901234567890"),
                    subscriptionID: .number("7"), reason: .text("too slow, she says"), email: "anna@example.com",
                    status: "cancelled",
                    effectiveAt: EffectiveTime("2026-11-20T03:00:00Z")),
                FeedEntry(
                    number: 2, line: 8, email: "bert@example.org", status: "active", meaning: .stays,
                    effectiveAt: EffectiveTime("2026-11-21")),
            ])
    }

    @Test(arguments: [
        #"[{"email":"a@example.com"},{"email":"b@example.com"}]"#,
        #" [ { "email" : "a@example.com" } , { "email" : "b@example.com" } ] "#,
        "\u{FEFF}[{\"email\":\"a@example.com\"},\r\n{\"email\":\"b@example.com\"}]\r\n",
        #"{"accounts":[{"instance":"a@example.com"},{"Email":" b@example.com\n"}]}"#,
        #"{"ACCOUNTS ":[{" EMAIL":"a@example.com"},{"\u0065mail":"b@example.com"}],"Count":2}"#,
        #"{"count":2,"accounts":[{"body":{"instance":"a@example.com"}},{"body":{"instance":"b@example.com"}}]}"#,
        #"{"accounts":[{"email":"\u0061\u0040example\u002Ecom"},{"email":"b@example.com"}],"count":null}"#,
        #"[{"email":"a@example.com","x":{"email":"c","x":[[{}]]}},{"x":-0.5E+10,"y":{"email":"c","z":1},"email":"b@example.com","z":2}]"#,
        #"{"accounts":[{"email":"a@example.com"},{"email":"b@example.com"}],"body":null,"generated_at":""}"#,
    ])
    func `the same entries are read from every form of document`(text: String) throws {
        let feed = try feed(text, as: .json)
        #expect(feed.entries.map(\.email) == ["a@example.com", "b@example.com"])
        #expect(feed.entries.map(\.number) == [1, 2])
        #expect(feed.entries.allSatisfy { $0.faults.isEmpty && $0.status == nil })
        #expect(feed.generatedAt == nil)
    }

    @Test(arguments: [
        #"{"body":{"instance":"anna@example.com"}}"#,
        #"{"body":{"instance":"anna@example.com"},"method":"POST"}"#,
        #"{"Body":{"Instance":"anna@example.com","body":{"email":"x"}},"count":1}"#,
        #"{"instance":"anna@example.com"}"#,
        #" {"INSTANCE ":"anna@example.com","method":"POST"} "#,
    ])
    func `the endpoint's request, and its body alone, are a feed of one entry`(text: String) throws {
        let entries = try Feed(parsing: Array(text.utf8), as: .json, path: "feed").entries
        #expect(entries == [FeedEntry(number: 1, line: 1, email: "anna@example.com")])
    }

    @Test func `a request object's fields are taken from both levels`() throws {
        let text = #"[{"account_id": 7, "body": {"instance": "anna@example.com", "status": "active"}}]"#
        let entry = try feed(text, as: .json).entries[0]
        #expect(
            entry
                == FeedEntry(
                    number: 1, line: 1, accountID: .number("7"), email: "anna@example.com", status: "active",
                    meaning: .stays))
    }

    @Test(arguments: ["[]", " [ ] ", #"{"accounts":[]}"#, #"{"accounts":[],"count":0}"#])
    func `no entry is a whole feed`(text: String) throws {
        #expect(try feed(text, as: .json).entries.isEmpty)
    }

    @Test(
        arguments: [
            (#""007""#, .text("007")), ("7", .number("7")), ("-0", .number("-0")), ("1.50", .number("1.50")),
            ("1E400", .number("1E400")), ("9007199254740993", .number("9007199254740993")), (#""""#, nil),
            ("null", nil),
            (#"" ""#, nil),
        ] as [(String, EchoedValue?)])
    func `an account id is echoed in its own spelling`(json: String, value: EchoedValue?) throws {
        let entry = try feed(#"[{"email": "a@example.com", "account_id": \#(json)}]"#, as: .json).entries[0]
        #expect(entry.accountID == value)
        #expect(entry.faults.isEmpty)
    }

    @Test(arguments: [
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
        (#""\u00e9\u00E9""#, "éé"),
        (#""\ud83d\udE00!""#, "😀!"),
        (#""\uD800\uDC00\uDBFF\uDFFF""#, "\u{10000}\u{10FFFF}"),
        (#""\uFFFD\uFEFF""#, "\u{FFFD}\u{FEFF}"),
        ("\"\u{7F}ü\"", "\u{7F}ü"),
    ])
    func `strings are decoded with all their escapes`(json: String, text: String) throws {
        let entry = try feed(#"[{"email": "a@example.com", "reason": \#(json)}]"#, as: .json).entries[0]
        #expect(entry.reason?.text.utf8.elementsEqual(text.utf8) == true)
    }

    @Test(
        arguments: [
            ("null", nil), (#""""#, nil), (#""2026-11-23T00:00:00+01:00""#, "2026-11-22T23:00:00Z"),
            (#""2026-11-23""#, "2026-11-23T00:00:00Z"),
        ] as [(String, String?)])
    func `generated_at may be missing, a time or a date`(json: String, time: String?) throws {
        #expect(try feed(#"{"accounts":[],"generated_at":\#(json)}"#, as: .json).generatedAt?.rfc3339 == time)
    }

    @Test func `keys that no feed knows may differ in case alone`() throws {
        #expect(try feed(#"[{"email": "a@example.com", "x": 1, "X": 2}]"#, as: .json).entries.count == 1)
    }

    @Test func `many keys in one object are told apart`() throws {
        let keys = (0..<5_000).map { #""k\#($0)":\#($0)"# }.joined(separator: ",")
        #expect(try feed("[{\"email\":\"a@example.com\",\(keys)}]", as: .json).entries.count == 1)
        let twice = "[{\"email\":\"a@example.com\",\(keys),\"k4\\u0032\":0}]"
        let refusal = #expect(throws: FeedRefusal.self) { try feed(twice, as: .json) }
        #expect(refusal?.reason == .keyNamedTwice("k42"))
    }

    @Test func `128 levels are read and 129 refused`() throws {
        func nested(_ levels: Int) -> String {
            // The array of entries and the entry are the first two levels.
            let inner = String(repeating: "[", count: levels - 2) + String(repeating: "]", count: levels - 2)
            return #"[{"email":"a@example.com","x":\#(inner)}]"#
        }
        #expect(try feed(nested(128), as: .json).entries.count == 1)
        let refusal = #expect(throws: FeedRefusal.self) { try feed(nested(129), as: .json) }
        #expect(refusal?.reason == .nestedTooDeeply(limit: 128))
        #expect(refusal?.position == FeedPosition(line: 1, column: 31 + 126))
        #expect(throws: FeedRefusal.self) { try feed(String(repeating: "[", count: 1_000_000), as: .json) }
    }
}
