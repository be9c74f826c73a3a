import Testing

@testable import Feed

@Suite struct FeedEntryTests {
    @Test(
        arguments: [
            (#"{}"#, ["email is missing"]),
            (#"{"email": null}"#, ["email is null"]),
            (#"{"email": 5}"#, ["email is not a string"]),
            (#"{"email": ["a@example.com"]}"#, ["email is not a string"]),
            (#"{"email": ""}"#, ["email is blank"]),
            (#"{"email": " \t\u00a0\u3000\u2028"}"#, ["email is blank"]),
            (#"{"email": "anna.example.com"}"#, ["email has no @"]),
            (#"{"email": "an\u0000na@example.com"}"#, ["email has a control or invisible character (U+0000)"]),
            (#"{"email": "an\nna@example.com"}"#, ["email has a control or invisible character (U+000A)"]),
            (#"{"email": "anna@example.com\u007f"}"#, ["email has a control or invisible character (U+007F)"]),
            (#"{"email": "an\u009fna@example.com"}"#, ["email has a control or invisible character (U+009F)"]),
            (#"{"email": "an\u2028na@example.com"}"#, ["email has a control or invisible character (U+2028)"]),
            (#"{"email": "an\u200bna@example.com"}"#, ["email has a control or invisible character (U+200B)"]),
            (#"{"email": "\ufeffanna@example.com"}"#, ["email has a control or invisible character (U+FEFF)"]),
            (#"{"email": "a\u0007"}"#, ["email has a control or invisible character (U+0007)", "email has no @"]),
            (
                #"{"email": "a@example.com", "status": 5}"#,
                [
                    "status is not a string, and 5 is not a known word: --removal-status or --staying-status says "
                        + "what it means"
                ]
            ),
            (
                #"{"email": "a@example.com", "status": true}"#,
                [
                    "status is not a string, and true is not a known word: --removal-status or --staying-status says "
                        + "what it means"
                ]
            ),
            (
                #"{"email": "a@example.com", "status": "terminated"}"#,
                [
                    #"status "terminated" is not a known word: --removal-status or --staying-status says what it means"#
                ]
            ),
            (#"{"email": "a@example.com", "account_id": true}"#, ["account_id is neither a string nor a number"]),
            (
                #"{"email": "a@example.com", "subscription_id": [7]}"#,
                ["subscription_id is neither a string nor a number"]
            ),
            (#"{"email": "a@example.com", "reason": {"a": 1}}"#, ["reason is neither a string nor a number"]),
            (#"{"email": "a@example.com", "effective_at": 1795457220}"#, ["effective_at is not a string"]),
            (
                #"{"email": "a@example.com", "effective_at": "2026-02-30"}"#,
                [#"effective_at is not an RFC 3339 time or date: "2026-02-30""#]
            ),
            (
                #"{"email": "a@example.com", "effective_at": "2026-11-23 18:07:00"}"#,
                [#"effective_at is not an RFC 3339 time or date: "2026-11-23 18:07:00""#]
            ),
            (
                #"{"email": false, "status": [], "reason": [], "account_id": {}, "effective_at": " x"}"#,
                [
                    "email is not a string",
                    "status is not a string, and […] is not a known word: --removal-status or --staying-status says "
                        + "what it means",
                    "account_id is neither a string nor a number",
                    "reason is neither a string nor a number",
                    #"effective_at is not an RFC 3339 time or date: " x""#,
                ]
            ),
        ] as [(String, [String])])
    func `a fault names the field and why, and spares the other entries`(entry: String, faults: [String]) throws {
        // Where one has a status, the other has to have one.
        let other = #"{"email": "b@example.com"\#(entry.contains("status") ? #", "status": "active""# : "")}"#
        let feed = try feed("[\(entry), \(other)]", as: .json)
        #expect(feed.entries[0].faults == faults)
        #expect(feed.entries[1].faults.isEmpty)
    }

    @Test(arguments: [
        #"{"email": "a@example.com"}"#,
        #"{"email": "a@example.com", "subscription_id": null, "account_id": null, "reason": null, "effective_at": null}"#,
        #"{"email": "a@example.com", "subscription_id": "", "account_id": "", "reason": "", "effective_at": ""}"#,
        #"{"email": "a@example.com", "subscription_id": " ", "account_id": " ", "reason": "\t", "effective_at": "\n"}"#,
    ])
    func `null and empty count as not given`(entry: String) throws {
        #expect(try feed("[\(entry)]", as: .json).entries == [FeedEntry(number: 1, line: 1, email: "a@example.com")])
    }

    @Test(arguments: [
        ("anna@example.com", "anna@example.com"), (" anna@example.com\r\n", "anna@example.com"),
        ("\u{A0}\u{2003}anna@example.com\u{85}\u{2029}", "anna@example.com"),
        ("ÄÖ@example.com ", "ÄÖ@example.com"),
    ])
    func `white space around an email is trimmed, and only there`(cell: String, email: String) throws {
        let entry = try feed("email\n\"\(cell)\"\n").entries[0]
        #expect(entry.email.utf8.elementsEqual(email.utf8))
        #expect(entry.faults.isEmpty)
    }

    @Test(arguments: [
        (String(repeating: "a", count: 242) + "@example.com", []),
        (String(repeating: "ü", count: 242) + "@example.com", []),
        (" " + String(repeating: "a", count: 242) + "@example.com ", []),
        (String(repeating: "a", count: 243) + "@example.com", ["email is longer than 254 characters"]),
        (String(repeating: "ü", count: 243) + "@example.com", ["email is longer than 254 characters"]),
    ])
    func `an email has at most 254 characters`(cell: String, faults: [String]) throws {
        #expect(try feed("email\n\(cell)\n").entries[0].faults == faults)
    }

    @Test func `an email keeps its bytes, equivalent spellings apart`() throws {
        let entries = try feed("email\nren\u{E9}@example.com\nrene\u{301}@example.com\n").entries
        #expect(Array(entries[0].email.utf8) == Array("ren\u{E9}@example.com".utf8))
        #expect(Array(entries[1].email.utf8) == Array("rene\u{301}@example.com".utf8))
    }

    @Test func `a status that is no string still shows that the feed tells statuses`() throws {
        let entries = try feed(#"[{"status": 0}, {"status": false}, {"status": {}}, {"status": [1]}]"#, as: .json)
            .entries
        #expect(entries.map(\.status) == ["0", "false", "{…}", "[…]"])
        #expect(entries.map(\.meaning) == [nil, nil, nil, nil])
    }
}
