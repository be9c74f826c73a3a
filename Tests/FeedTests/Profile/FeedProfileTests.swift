import Foundation
import Testing

@testable import Feed

@Suite("A feed profile: where things are")
struct FeedProfileTests {
    private func read(
        _ text: String, as format: FeedFormat = .csv, _ change: (inout FeedProfile) -> Void
    ) throws -> FeedEntries {
        try Feed(parsing: Array(text.utf8), as: format, FeedProfile(change), path: "feed").entries
    }

    private func refusal(
        _ text: String, as format: FeedFormat = .csv, _ change: (inout FeedProfile) -> Void
    ) -> FeedRefusal.Reason? {
        do {
            _ = try read(text, as: format, change)
            return nil
        } catch {
            return (error as? FeedRefusal)?.reason
        }
    }

    // MARK: columns

    @Test func `a column of CSV is found by its name, without regard to case and space around it`() throws {
        let text = "ID,Customer Email, Sub State ,Sub,When\n7,a@example.com,cancelled,s1,2026-11-01\n"
        let entries = try read(text) {
            $0.columns = [
                .email: "customer email", .status: "Sub State", .accountID: "id", .subscriptionID: "Sub",
                .effectiveAt: "when",
            ]
        }
        #expect(
            Array(entries) == [
                FeedEntry(
                    number: 1, line: 2, accountID: .text("7"), subscriptionID: .text("s1"), email: "a@example.com",
                    status: "cancelled", effectiveAt: EffectiveTime("2026-11-01"))
            ])
    }

    @Test func `a field that is mapped is looked for there alone`() throws {
        let text = "email,status,state,billing_email\nb@example.com,active,cancelled,a@example.com\n"
        let entry = try read(text) { $0.columns = [.email: "billing_email", .status: "state"] }[0]
        #expect(entry.email == "a@example.com" && entry.meaning == .removal)
        let json =
            #"[{"email": "b@example.com", "status": "active", "x": {"email": "a@example.com"}, "state": "cancelled"}]"#
        let same = try read(json, as: .json) { $0.columns = [.email: "x.email", .status: "state"] }[0]
        #expect(same.email == "a@example.com" && same.meaning == .removal)
    }

    @Test func `one column may be two fields`() throws {
        let entry = try read("email,status,sub\na@example.com,cancelled,s1\n") {
            $0.columns = [.subscriptionID: "sub", .reason: "sub"]
        }[0]
        #expect(entry.subscriptionID == .text("s1") && entry.reason == .text("s1"))
    }

    @Test func `a path of keys leads to a field of JSON, in every form`() throws {
        let line =
            #"{"id":7,"data":{"object":{"customer_email":"a@example.com","x":[{"customer_email":"b"}]},"state":"cancelled"}}"#
        let change: (inout FeedProfile) -> Void = {
            $0.columns = [.email: "data.object.customer_email", .status: "data.state", .accountID: "id"]
        }
        for (text, format) in [(line, FeedFormat.jsonl), ("[\(line)]", .json), (#"{"accounts":[\#(line)]}"#, .json)] {
            let entry = try read(text, as: format, change)[0]
            #expect(entry.email == "a@example.com" && entry.meaning == .removal && entry.accountID == .number("7"))
        }
    }

    @Test func `a key with a dot in its name is found as well`() throws {
        let entries = try read(#"{"user.email":"a@example.com","status":"cancelled"}"#, as: .jsonl) {
            $0.columns = [.email: "user.email"]
        }
        #expect(entries[0].email == "a@example.com")
    }

    @Test func `a field that is there in two ways is refused`() {
        let text = #"[{"a.b":"a@example.com","a":{"b":"b@example.com"},"status":"cancelled"}]"#
        #expect(refusal(text, as: .json) { $0.columns = [.email: "a.b"] } == .keyNamedTwice("b"))
    }

    @Test(arguments: [EntryField.email, .status, .effectiveAt, .subscriptionID])
    func `a column that is named and missing is an error, and the nearest name is told`(field: EntryField) {
        let text = "email,status,ended_on\na@example.com,cancelled,2026-11-01\n"
        let reason = refusal(text) { $0.columns = [field: "ended_at"] }
        #expect(
            reason
                == .noMappedField(
                    field, name: "ended_at", found: FoundNames(["email", "status", "ended_on"], nearestTo: "ended_at")))
        guard case .noMappedField(_, _, let found) = reason else { return }
        #expect(found.nearest == "ended_on")
    }

    @Test func `a path of JSON that no entry has is one, too`() {
        let text = #"[{"email":"a@example.com","status":"cancelled"},{"email":"b@example.com","status":"active"}]"#
        for field in [EntryField.email, .status, .effectiveAt, .reason] {
            let reason = refusal(text, as: .json) { $0.columns = [field: "a.b"] }
            #expect(
                reason == .noMappedField(field, name: "a.b", found: FoundNames(["email", "status"], nearestTo: "a.b")))
        }
    }

    @Test func `but a date that no entry has is none where nobody is to be removed`() throws {
        let text = #"[{"email":"a@example.com","status":"active"}]"#
        #expect(try read(text, as: .json) { $0.columns = [.effectiveAt: "ended_at"] }.count == 1)
        #expect(try read("[]", as: .json) { $0.columns = [.email: "customer.email"] }.isEmpty)
    }

    @Test func `a request of the endpoint is not looked for where the email is elsewhere`() {
        let text = #"{"body":{"instance":"a@example.com"}}"#
        #expect(refusal(text, as: .json) { $0.columns = [.email: "mail"] } == .unknownDocument)
    }

    // MARK: records

    @Test(arguments: [
        ("data", #"{"object":"list","data":[E]}"#),
        ("clients.client", #"{"clients":{"client":[E],"x":1},"result":"success"}"#),
        ("Data", #"{"DATA":[E]}"#), ("a.b.c", #"{"a":{"x":[],"b":{"c":[E]}}}"#), ("a.b", #"{"a.b":[E]}"#),
    ])
    func `records says where the entries are`(path: String, document: String) throws {
        let text = document.replacing("E", with: #"{"email":"a@example.com","status":"cancelled"}"#)
        #expect(try read(text, as: .json) { $0.records = path }.map(\.email) == ["a@example.com"])
    }

    @Test(arguments: [
        ("data", #"{"accounts":[]}"#, FeedRefusal.Reason.noRecords("data")), ("data", "[]", .noRecords("data")),
        ("data.list", #"{"data":[]}"#, .noRecords("data.list")), ("data", #"{"data":{}}"#, .accountsNotArray),
        ("data", #"{"data":[],"Data":[]}"#, .keyNamedTwice("Data")),
        ("data", #"{"body":{"instance":"a@example.com"}}"#, .noRecords("data")),
    ])
    func `where it leads to no array, the feed is refused`(path: String, text: String, reason: FeedRefusal.Reason) {
        #expect(refusal(text, as: .json) { $0.records = path } == reason)
    }

    // MARK: words

    @Test func `each list of words replaces the usual one`() throws {
        let text =
            "email,status\na@example.com,Expired\nb@example.com,canceled\nc@example.com,active\nd@example.com,suspended\n"
        func meanings(_ words: StatusWords) throws -> [StatusMeaning?] {
            try read(text) { $0.words = words }.map(\.meaning)
        }
        #expect(try meanings(StatusWords(removal: ["expired"])) == [.removal, nil, .stays, nil])
        #expect(try meanings(StatusWords(staying: [" CANCELED"])) == [nil, .stays, nil, .removal])
        #expect(try meanings(StatusWords(removal: ["EXPIRED"], staying: ["canceled"])) == [.removal, .stays, nil, nil])
        #expect(try meanings(StatusWords(removal: [], staying: ["active"])) == [nil, nil, .stays, nil])
    }

    @Test func `a word that is no text in JSON is one by its spelling`() throws {
        let text =
            #"[{"email":"a@example.com","status":false},{"email":"b@example.com","status":1},{"email":"c@example.com","status":2}]"#
        let entries = try read(text, as: .json) { $0.words = StatusWords(removal: ["false", "2"], staying: ["1"]) }
        #expect(entries.map(\.meaning) == [.removal, .stays, .removal])
        #expect(entries.allSatisfy { $0.faults.isEmpty })
    }

    // MARK: null-words

    @Test(arguments: ["NULL", "\\N", "None", "-"])
    func `a null word counts as not given`(word: String) throws {
        let text = "email,status,effective_at,account_id,reason\na@example.com,cancelled,\(word), \(word) ,\(word)x\n"
        let entry = try read(text) { $0.nullWords = [word] }[0]
        #expect(
            entry.effectiveAt == nil && entry.accountID == nil && entry.reason == .text(word + "x")
                && entry.faults == [])
        // Without it, the date is a fault.
        #expect(try read(text) { _ in }[0].faults.count == 1)
    }

    @Test func `a null word for an email or a status is none`() throws {
        let text = "email,status\nNULL,cancelled\na@example.com,NULL\n"
        let entries = try read(text) { $0.nullWords = ["NULL"] }
        #expect(entries[0].faults == ["email is null"])
        #expect(entries[1].faults == ["status is missing, though other entries have one"])
        #expect(refusal("email,status\na@example.com,NULL\n") { $0.nullWords = ["NULL"] } == .noStatus("status"))
    }

    // MARK: delimiter and encoding

    @Test(arguments: [(";", ";"), ("tab", "\t"), ("\\t", "\t"), ("|", "|"), ("^", "^")])
    func `fields are separated by the delimiter`(option: String, sign: String) throws {
        let delimiter = try #require(FeedDelimiter(option))
        let text = "email\(sign)status\(sign)reason\na@example.com\(sign)cancelled\(sign)\"x\(sign)y,z\"\n"
        let entry = try read(text) { $0.delimiter = delimiter.byte }[0]
        #expect(entry.email == "a@example.com" && entry.reason == .text("x\(sign)y,z"))
    }

    @Test(arguments: ["", ";;", "a", "7", "\"", " ", "\n", "é", "\u{0}"])
    func `no other sign is a delimiter`(text: String) { #expect(FeedDelimiter(text) == nil) }

    @Test func `windows-1252 is read, with its signs between 0x80 and 0x9F`() throws {
        let bytes =
            Array("email,status,reason\nren".utf8) + [0xE9] + Array("@example.com,cancelled,".utf8)
            + [0x80, 0x20, 0x93, 0xFC, 0x94, 0x0A]
        let profile = FeedProfile { $0.encoding = .windows1252 }
        let entry = try Feed(parsing: bytes, as: .csv, profile, path: "feed").entries[0]
        #expect(entry.email == "ren\u{E9}@example.com")
        #expect(entry.reason == .text("\u{20AC} \u{201C}\u{FC}\u{201D}"))
        for byte: UInt8 in [0x81, 0x8D, 0x8F, 0x90, 0x9D] {
            let refusal = #expect(throws: FeedRefusal.self) {
                try Feed(parsing: bytes + [byte], as: .csv, profile, path: "feed")
            }
            #expect(refusal?.reason == .notInEncoding(.windows1252))
        }
    }

    @Test func `UTF-16 is read by its byte order mark, and refused without one`() throws {
        let profile = FeedProfile { $0.encoding = .utf16 }
        let units = Array("email,status\r\n\u{1F600}@example.com,cancelled\r\n".utf16)
        let little = units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let big = units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        for bytes in [[0xFF, 0xFE] + little, [0xFE, 0xFF] + big] {
            #expect(
                try Feed(parsing: bytes, as: .csv, profile, path: "feed").entries[0].email == "\u{1F600}@example.com")
        }
        let broken: [[UInt8]] = [
            little, [0xFF, 0xFE] + little.dropLast(), [0xFF, 0xFE] + little + [0x00, 0xD8], Array("email".utf8),
        ]
        for bytes in broken {
            let refusal = #expect(throws: FeedRefusal.self) {
                try Feed(parsing: bytes, as: .csv, profile, path: "feed")
            }
            #expect(refusal?.reason == .notInEncoding(.utf16))
        }
    }

    @Test func `the place of a flaw is told in the text, whatever its encoding`() {
        let units = [0xFEFF] + Array("email,status\r\n\u{E9}@example.com\r\n".utf16)
        let bytes = units.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let refusal = #expect(throws: FeedRefusal.self) {
            try Feed(parsing: bytes, as: .csv, FeedProfile { $0.encoding = .utf16 }, path: "feed")
        }
        #expect(refusal?.position == FeedPosition(line: 2, column: 14))
    }
}
