import Foundation
import TestSupport
import Testing

@testable import Feed
@testable import Report

/// Whoever writes a feed by the schema writes one that is read whole.
@Suite("JSON Schema of the feed", .enabled(if: SchemaValidator.obstacle == nil, "\(SchemaValidator.obstacle ?? "")"))
struct FeedSchemaTests {
    /// What is wrong with these is lost once JSON is read, or is beyond what a schema can say.
    private static let beyondSchemas: Set = [
        "accounts-named-twice.json", "key-named-twice.json", "key-named-twice-escaped.json",
        "key-named-twice-within-unknown.json", "count-too-high.json", "count-too-low.json",
        "generated-at-not-a-time.json", "lone-surrogate.json", "nested-too-deeply.json",
    ]

    private func documents(_ folder: String, _ suffixes: String...) throws -> [(name: String, text: String)] {
        try FeedFixture.names(in: folder).sorted().filter { name in suffixes.contains { name.hasSuffix($0) } }.map {
            var bytes = try FeedFixture(name: "\(folder)/\($0)").bytes
            if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
            // What is no UTF-8 becomes no JSON.
            return ($0, String(bytes: bytes, encoding: .utf8) ?? "")
        }
    }

    /// The text with a status for each email, so that it is refused for what is bad in it.
    private func withStatuses(_ text: String) -> String {
        text.replacing(/"email": "[^"]*"/) { "\($0.output), \"status\": \"cancelled\"" }
    }

    private func lines(of text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).map(String.init).filter { !$0.allSatisfy(\.isWhitespace) }
    }

    @Test func `every good document passes`() throws {
        let documents = try documents("good", ".json")
        #expect(documents.count >= 7)
        for (document, verdict) in zip(
            documents, try SchemaValidator.verdicts(on: documents.map(\.text), by: PublishedSchema.feed.text))
        {
            #expect(verdict == nil, "\(document.name)")
        }
    }

    @Test func `every line of good JSON Lines passes as a line`() throws {
        let lines = try documents("good", ".jsonl", ".ndjson").flatMap { self.lines(of: $0.text) }
        #expect(lines.count == 9)
        let verdicts = try SchemaValidator.verdicts(on: lines, by: PublishedSchema.feed.text, anchor: "line")
        #expect(verdicts.allSatisfy { $0 == nil }, "\(verdicts.compactMap(\.self))")
    }

    @Test func `every bad document is refused where a schema can tell`() throws {
        let documents = try documents("bad", ".json").filter { !$0.name.hasPrefix("emails-alone") }
        let texts = documents.map { withStatuses($0.text) }
        for (document, verdict) in zip(
            documents, try SchemaValidator.verdicts(on: texts, by: PublishedSchema.feed.text))
        {
            #expect(
                (verdict == nil) == Self.beyondSchemas.contains(document.name), "\(document.name): \(verdict ?? "")")
        }
    }

    @Test func `in bad JSON Lines some line is refused where a schema can tell`() throws {
        for document in try documents("bad", ".jsonl") {
            let lines = self.lines(of: document.name.hasPrefix("status") ? document.text : withStatuses(document.text))
            guard !lines.isEmpty else { continue }
            let verdicts = try SchemaValidator.verdicts(on: lines, by: PublishedSchema.feed.text, anchor: "line")
            #expect(
                verdicts.allSatisfy { $0 == nil } == Self.beyondSchemas.contains(document.name), "\(document.name)")
        }
    }

    private static let entries: [(entry: String, isValid: Bool)] = [
        (#"{"email": "a@x.com", "status": "cancelled"}"#, true),
        (
            #"{"instance": "a@x.com", "status": "Active", "account_id": 7.5, "reason": "", "effective_at": ""}"#, true
        ),
        (#"{"email": "a@x.com", "status": " PAYMENT_failed ", "subscription_id": "s"}"#, true),
        (#"{"email": "a@x.com", "status": "past_due", "subscription_id": 7}"#, true),
        (
            #"{"email": "a@x.com", "status": "pending", "effective_at": "2026-11-23T04:05:06.7+01:00", "plan": {"id": 1}}"#,
            true
        ),
        (#"{"body": {"instance": "a@x.com"}}"#, true),
        (#"{"body": {"instance": "a@x.com", "status": null}, "id": 9}"#, true),
        (#"{"body": {"email": "a@x.com", "status": "cancelled"}, "id": 9}"#, true),
        (#"{"email": "a@x.com", "status": "trialing", "body": "a letter"}"#, true),
        (#"{"email": " a@x.com ", "status": "cancelled"}"#, true),
        (#"{"email": "\#u{E5}sa@b\#u{FC}cher.\#u{65E5}\#u{672C}", "status": "cancelled"}"#, true),
        (#"{"email": "a@x.com.", "status": "cancelled"}"#, true),
        (#"{"email": "a@x.com"}"#, false),
        (#"{"email": "a@x.com", "status": ""}"#, false),
        (#"{"email": "a@x.com", "status": null}"#, false),
        (#"{"email": "a@x.com", "status": "terminated"}"#, false),
        (#"{"body": {"email": "a@x.com"}}"#, false),
        (#"{"status": "cancelled"}"#, false),
        (#"{"email": null, "status": "cancelled"}"#, false),
        (#"{"email": "", "status": "cancelled"}"#, false),
        (#"{"email": "nobody", "status": "cancelled"}"#, false),
        (#"{"email": "@", "status": "cancelled"}"#, false),
        (#"{"email": "@x.com", "status": "cancelled"}"#, false),
        (#"{"email": "a@", "status": "cancelled"}"#, false),
        (#"{"email": "a@b@x.com", "status": "cancelled"}"#, false),
        (#"{"email": "a b@x.com", "status": "cancelled"}"#, false),
        (#"{"email": "a@x_y.com", "status": "cancelled"}"#, false),
        (#"{"email": "Ada <a@x.com>", "status": "cancelled"}"#, false),
        (#"{"email": "mailto:a@x.com", "status": "cancelled"}"#, false),
        (#"{"email": "a@x.com, b@x.com", "status": "cancelled"}"#, false),
        (#"{"email": "c***3@x.com", "status": "cancelled"}"#, false),
        (#"{"email": "a\u0007@x.com", "status": "cancelled"}"#, false),
        (#"{"email": 7, "status": "cancelled"}"#, false),
        (#"{"Email": "a@x.com", "status": "cancelled"}"#, false),
        (#"{"email": "a@x.com", "Status": "active"}"#, false),
        (#"{"email": "a@x.com", "status": "active", "Subscription_ID": 1}"#, false),
        (#"{"email": "a@x.com", "status": 1}"#, false),
        (#"{"email": "a@x.com", "status": "cancelled", "account_id": true}"#, false),
        (#"{"email": "a@x.com", "status": "cancelled", "subscription_id": [1]}"#, false),
        (#"{"email": "a@x.com", "status": "cancelled", "reason": {}}"#, false),
        (#"{"email": "a@x.com", "status": "cancelled", "effective_at": "tomorrow"}"#, false),
        (#"{"email": "a@x.com", "status": "cancelled", "effective_at": "23.11.2026"}"#, false),
        (#"{"email": "a@x.com", "status": "cancelled", "effective_at": 1795457220}"#, false),
        (#"{"email": "a@x.com", "instance": "a@x.com", "status": "cancelled"}"#, false),
        (#"{"email": "a@x.com", "status": "cancelled", "body": {"instance": "b@x.com"}}"#, false),
        (#"{"body": {}}"#, false),
        (#"{"email": "\#(String(repeating: "a", count: 250))@x.com", "status": "cancelled"}"#, false),
    ]

    @Test func `entries pass where the program finds no fault with them, in all three forms`() throws {
        let entries = Self.entries
        for (anchor, prefix, suffix) in [("line", "", ""), (nil, "[", "]"), (nil, #"{"accounts": ["#, "]}")] {
            let texts = entries.map { prefix + $0.entry + suffix }
            let verdicts = try SchemaValidator.verdicts(on: texts, by: PublishedSchema.feed.text, anchor: anchor)
            for (entry, verdict) in zip(entries, verdicts) {
                #expect((verdict == nil) == entry.isValid, "\(prefix)\(entry.entry)")
            }
        }
        for (entry, isValid) in entries {
            let feed = try? Feed(parsing: Array("[\(entry)]".utf8), as: .json, path: "test")
            let isFaultless = feed?.entries.flatMap(\.faults).isEmpty == true
            // The schema also wants names in small letters.
            if isValid || !entry.contains(/"(Email|Status|Subscription_ID)"/) {
                #expect(isFaultless == isValid, "\(entry)")
            }
        }
    }

    @Test(arguments: [
        (#"[{"email": "a@x.com", "status": "active"}, {"body": {"email": "b@x.com", "status": "pending"}}]"#, true),
        (#"[{"body": {"instance": "a@x.com"}}, {"body": {"instance": "b@x.com"}}]"#, true),
        (#"{"instance": "a@x.com"}"#, true),
        (#"{"instance": "a@x.com", "status": "cancelled", "method": "POST"}"#, true),
        (#"{"body": {"instance": "a@x.com"}}"#, true),
        (#"{"accounts": [{"email": "a@x.com", "status": "active"}], "has_more": false, "total": 1}"#, true),
        (#"[]"#, true),
        (#"[{"email": "a@x.com", "status": ""}, {"email": "b@x.com"}]"#, false),
        (#"[{"email": "a@x.com", "status": "active"}, {"email": "b@x.com"}]"#, false),
        (#"[{"email": "a@x.com", "status": "active"}, {"body": {"instance": "b@x.com"}}]"#, false),
        (#"[{"body": {"instance": "a@x.com"}}, {"email": "b@x.com"}]"#, false),
        (#"[{"instance": "a@x.com"}]"#, false),
        (#"{"email": "a@x.com"}"#, false),
        (#"{"instance": "mailto:a@x.com"}"#, false),
        (#"{"accounts": [{"email": "a@x.com", "status": "active"}], "has_more": true}"#, false),
        (#"{"report_version": 2, "accounts": [{"email": "a@x.com", "status": "active"}]}"#, false),
    ])
    func `a feed states removals, by statuses or by requests`(text: String, isValid: Bool) throws {
        let verdicts = try SchemaValidator.verdicts(on: [text], by: PublishedSchema.feed.text)
        #expect((verdicts[0] == nil) == isValid, "\(verdicts[0] ?? "")")
        let feed = try? Feed(parsing: Array(text.utf8), as: .json, path: "test")
        #expect((feed?.entries.flatMap(\.faults).isEmpty == true) == isValid)
    }
}
