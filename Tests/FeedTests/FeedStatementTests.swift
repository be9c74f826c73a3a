import Testing

@testable import Feed
@testable import Support

/// A feed has to state that accounts are to be removed, or none is.
@Suite("What states a removal")
struct FeedStatementTests {
    private func read(
        _ text: String, as format: FeedFormat, _ profile: FeedProfile = .standard
    ) throws(FeedRefusal) -> Feed {
        try Feed(parsing: Array(text.utf8), as: format, profile, path: "feed")
    }

    private func meanings(_ feed: Feed) -> [StatusMeaning?] { feed.entries.map(\.meaning) }

    @Test(arguments: [
        ("email,status\na@example.com,cancelled\n", FeedFormat.csv),
        ("email,STATUS \na@example.com,Suspended\n", .csv),
        (#"[{"email": "a@example.com", "status": "cancelled"}]"#, .json),
        (#"{"accounts": [{"email": "a@example.com", "status": "cancelled"}]}"#, .json),
        (#"[{"body": {"instance": "a@example.com"}}]"#, .json),
        (#"{"accounts": [{"body": {"instance": "a@example.com"}}]}"#, .json),
        (#"{"body": {"instance": "a@example.com"}}"#, .json),
        (#"{"instance": "a@example.com"}"#, .json),
        (#"{"body": {"instance": "a@example.com", "status": ""}}"#, .json),
        (#"{"email": "a@example.com", "status": "cancelled"}"#, .jsonl),
        (#"{"body": {"instance": "a@example.com"}}"#, .jsonl),
    ])
    func `a status or the endpoint's request does`(text: String, format: FeedFormat) throws {
        #expect(try meanings(read(text, as: format)) == [.removal])
    }

    @Test(arguments: [
        ("email\na@example.com\n", FeedFormat.csv, ["email"]),
        ("instance\na@example.com\n", .csv, ["instance"]),
        ("email,state\na@example.com,cancelled\n", .csv, ["email", "state"]),
        ("email,account_id\n", .csv, ["email", "account_id"]),
        (#"[{"email": "a@example.com", "state": "cancelled"}]"#, .json, ["email", "state"]),
        (#"{"accounts": [{"instance": "a@example.com"}]}"#, .json, ["instance"]),
        (#"{"body": {"email": "a@example.com"}}"#, .json, ["body"]),
        (#"[{"body": {"email": "a@example.com"}}]"#, .json, ["body"]),
        (#"{"email": "a@example.com"}"#, .jsonl, ["email"]),
        (#"{"instance": "a@example.com"}"#, .jsonl, ["instance"]),
        (#"{"email": "a@example.com", "details": {"status": "cancelled"}}"#, .jsonl, ["email", "details"]),
    ])
    func `without either, the feed is refused, and names what it has`(
        text: String, format: FeedFormat, names: [String]
    ) throws {
        let refusal = #expect(throws: FeedRefusal.self) { try read(text, as: format) }
        #expect(refusal?.reason == .removalNotStated(FoundNames(names, nearestTo: "status")))
        #expect(refusal?.isSettledByOperator == true)
        #expect(refusal?.exitStatus == .feedNotWhole)
        #expect(refusal?.hint.contains("--every-entry-ends") == true)
        #expect(try meanings(read(text, as: format, .endingEveryEntry)).allSatisfy { $0 == .removal })
    }

    @Test(arguments: [
        ("email,status\na@example.com,\nb@example.com,\" \"\n", FeedFormat.csv),
        (#"[{"email": "a@example.com", "status": null}, {"email": "b@example.com"}]"#, .json),
        (#"[{"email": "a@example.com", "status": "\n"}]"#, .json),
        (
            "{\"email\": \"a@example.com\", \"status\": \"\"}\n{\"email\": \"b@example.com\", \"status\": null}\n",
            .jsonl
        ),
    ])
    func `a status that is empty in every entry does not`(text: String, format: FeedFormat) {
        let refusal = #expect(throws: FeedRefusal.self) { try read(text, as: format) }
        #expect(refusal?.reason == .noStatus("status"))
        #expect(refusal?.isSettledByOperator == true)
    }

    @Test(arguments: [
        ("email,status\na@example.com,\n", FeedFormat.csv), ("email,Status\na@example.com,cancelled\n", .csv),
        ("email,status\n", .csv), (#"[{"email": "a@example.com", "status": null}]"#, .json),
        (#"[{"email": "a@example.com", "status": "cancelled"}]"#, .json),
        (#"{"email": "a@example.com", "status": "active"}"#, .jsonl),
    ])
    func `the operator cannot say it of a feed with a status column`(text: String, format: FeedFormat) {
        let refusal = #expect(throws: FeedRefusal.self) { try read(text, as: format, .endingEveryEntry) }
        guard case .statusBesideEveryEntryEnds(let column) = refusal?.reason else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        #expect(column.lowercased() == "status")
        #expect(refusal?.isSettledByOperator == true)
    }

    @Test(arguments: [
        (#"[{"email": "a@example.com", "status": "active"}, {"body": {"instance": "b@example.com"}}]"#, 2),
        (#"[{"body": {"instance": "a@example.com", "status": "cancelled"}}, {"email": "b@example.com"}]"#, 2),
        (#"[{"email": "a@example.com", "status": ""}, {"email": "b@example.com", "status": "active"}]"#, 1),
    ])
    func `where some entries have a status, one without is invalid`(text: String, entry: Int) throws {
        let entry = try read(text, as: .json).entries[entry - 1]
        #expect(entry.faults == ["status is missing, though other entries have one"])
        #expect(entry.meaning == nil)
    }

    @Test func `beside requests, an entry that is none is invalid`() throws {
        let text =
            #"[{"body": {"instance": "a@example.com"}}, {"email": "b@example.com"}, {"instance": "c@example.com"}]"#
        let entries = try read(text, as: .json).entries
        let fault = "status is missing, and the entry is not a request for a removal"
        #expect(entries.map(\.faults) == [[], [fault], [fault]])
        #expect(entries.map(\.meaning) == [.removal, nil, nil])
    }

    @Test(arguments: [
        ("email,status\n", FeedFormat.csv), ("[]", .json), (#"{"accounts": []}"#, .json),
        ("email,status\n,\n,\n", .csv),
    ])
    func `a feed without entries is whole`(text: String, format: FeedFormat) throws {
        #expect(try read(text, as: format).entries.isEmpty)
    }

    @Test(
        arguments: [
            ("email,state", "state"), ("email,Subscription Status", "Subscription Status"), ("email,statsu", "statsu"),
            ("email,account_status,plan", "account_status"), ("email,plan", nil), ("email,e", nil),
        ] as [(String, String?)])
    func `the name that may be meant is suggested`(header: String, nearest: String?) {
        let refusal = #expect(throws: FeedRefusal.self) { try read(header + "\n", as: .csv) }
        guard case .removalNotStated(let found) = refusal?.reason else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        #expect(found.nearest == nearest)
        #expect(refusal?.hint.contains("--column status=") == (nearest != nil))
    }

    @Test(
        arguments: [("status,Customer Email", "Customer Email"), ("status,e-mail", "e-mail"), ("status,plan", nil)]
            as [(String, String?)])
    func `so is that of the email's column`(header: String, nearest: String?) {
        let refusal = #expect(throws: FeedRefusal.self) { try read(header + "\n", as: .csv) }
        guard case .noEmailColumn(let found) = refusal?.reason else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        #expect(found.nearest == nearest)
    }
}

/// A page of a list is not the list.
@Suite("Marks of a page")
struct FeedPageTests {
    private static let accounts = #""accounts": [{"email": "a@example.com", "status": "cancelled"}]"#

    private func refusal(_ members: String) -> FeedRefusal? {
        do {
            _ = try feed("{\(Self.accounts), \(members)}", as: .json)
            return nil
        } catch {
            return error as? FeedRefusal
        }
    }

    @Test(arguments: [
        (#""has_more": true"#, "has_more"), (#""has_more": "true""#, "has_more"), (#""HasMore": 1"#, "hasmore"),
        (#""next": "https://billing.example/2""#, "next"), (#""next_page": 2"#, "next_page"),
        (#""links": {"self": "/1", "next": "/2"}"#, "next"), (#""_links": {"next": {"href": "/2"}}"#, "next"),
        (#""meta": {"page": {"currentPage": 1, "lastPage": 3}}"#, "lastpage"),
        (#""meta": {"total_pages": 2}"#, "total_pages"),
        (#""next_offset": "[\"1\"]""#, "next_offset"), (#""@odata.nextLink": "x""#, "@odata.nextlink"),
        (#""pagination": {"has_next_page": true, "end_cursor": "x"}"#, "has_next_page"),
    ])
    func `a document with more pages is refused`(members: String, name: String) {
        #expect(refusal(members)?.reason == .morePages(named: name))
        #expect(refusal(members)?.exitStatus == .feedNotWhole)
    }

    @Test(arguments: [
        #""has_more": false"#, #""has_more": null"#, #""next": null"#, #""next": """#,
        #""next": "/2", "has_more": false"#,
        #""links": {"self": "/1", "next": null}"#, #""meta": {"page": {"currentPage": 1, "lastPage": 1}}"#,
        #""total_pages": 1"#, #""next_page": 0"#, #""total": 1"#, #""total_count": "1""#, #""count": 1, "total": 1"#,
        #""total": null"#, #""meta": {"total": 1}"#, #""count": "1""#, #""pageinfo": "one""#,
    ])
    func `one that is all there is, is whole`(members: String) {
        #expect(refusal(members) == nil)
    }

    @Test(arguments: [
        (#""total": 2"#, "total", "2"), (#""total_count": 0"#, "total_count", "0"),
        (#""total_count": "3""#, "total_count", "3"),
        (#""meta": {"total": 7}"#, "total", "7"),
        (#""totalCount": 99999999999999999999"#, "totalcount", "99999999999999999999"),
        (#""count": "2""#, "count", "2"),
    ])
    func `a number of entries has to match`(members: String, name: String, declared: String) {
        #expect(refusal(members)?.reason == .countMismatch(name: name, declared: declared, found: 1))
    }

    @Test(arguments: ["records", "data.list"])
    func `marks count where a profile says where the entries are`(records: String) throws {
        let profile = FeedProfile { $0.records = records }
        let list = #"[{"email": "a@example.com", "status": "cancelled"}]"#
        let inner = records == "records" ? #""records": \#(list)"# : #""data": {"list": \#(list), "total": 1}"#
        #expect(try feed("{\(inner)}", as: .json, profile).entries.count == 1)
        #expect(throws: FeedRefusal.self) { try feed("{\(inner), \"has_more\": true}", as: .json, profile) }
        #expect(throws: FeedRefusal.self) {
            try feed("{\(inner.replacing("\"total\": 1", with: "\"total\": 2")), \"count\": 2}", as: .json, profile)
        }
    }
}
