import Foundation
import Testing

@testable import Reconcile

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

    private func lines(of text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).map(String.init).filter { !$0.allSatisfy(\.isWhitespace) }
    }

    @Test func `every good document passes`() throws {
        let documents = try documents("good", ".json")
        #expect(documents.count >= 6)
        for (document, verdict) in zip(documents, try SchemaValidator.verdicts(on: documents.map(\.text), by: .feed)) {
            #expect(verdict == nil, "\(document.name)")
        }
    }

    @Test func `every line of good JSON Lines passes as a line`() throws {
        let lines = try documents("good", ".jsonl", ".ndjson").flatMap { self.lines(of: $0.text) }
        #expect(lines.count == 9)
        let verdicts = try SchemaValidator.verdicts(on: lines, by: .feed, anchor: "line")
        #expect(verdicts.allSatisfy { $0 == nil }, "\(verdicts.compactMap(\.self))")
    }

    @Test func `every bad document is refused where a schema can tell`() throws {
        let documents = try documents("bad", ".json")
        for (document, verdict) in zip(documents, try SchemaValidator.verdicts(on: documents.map(\.text), by: .feed)) {
            #expect(
                (verdict == nil) == Self.beyondSchemas.contains(document.name), "\(document.name): \(verdict ?? "")")
        }
    }

    @Test func `in bad JSON Lines some line is refused where a schema can tell`() throws {
        for document in try documents("bad", ".jsonl") {
            let lines = self.lines(of: document.text)
            guard !lines.isEmpty else { continue }
            let verdicts = try SchemaValidator.verdicts(on: lines, by: .feed, anchor: "line")
            #expect(
                verdicts.allSatisfy { $0 == nil } == Self.beyondSchemas.contains(document.name), "\(document.name)")
        }
    }

    private static let entries: [(entry: String, isValid: Bool)] = [
        (#"{"email": "a@x.com"}"#, true),
        (#"{"instance": "a@x.com", "status": null, "account_id": 7.5, "reason": "", "effective_at": ""}"#, true),
        (#"{"email": "a@x.com", "effective_at": "2026-11-23T04:05:06.7+01:00", "plan": {"id": 1}}"#, true),
        (#"{"body": {"email": "a@x.com", "status": "cancelled"}, "id": 9}"#, true),
        (#"{"email": "a@x.com", "body": "a letter"}"#, true),
        (#"{"status": "cancelled"}"#, false),
        (#"{"email": null}"#, false),
        (#"{"email": ""}"#, false),
        (#"{"email": "nobody"}"#, false),
        (#"{"email": "a\u0007@x.com"}"#, false),
        (#"{"email": 7}"#, false),
        (#"{"Email": "a@x.com"}"#, false),
        (#"{"email": "a@x.com", "Status": "active"}"#, false),
        (#"{"email": "a@x.com", "status": 1}"#, false),
        (#"{"email": "a@x.com", "account_id": true}"#, false),
        (#"{"email": "a@x.com", "account_id": [1]}"#, false),
        (#"{"email": "a@x.com", "reason": {}}"#, false),
        (#"{"email": "a@x.com", "effective_at": "tomorrow"}"#, false),
        (#"{"email": "a@x.com", "effective_at": "23.11.2026"}"#, false),
        (#"{"email": "a@x.com", "effective_at": 1795457220}"#, false),
        (#"{"email": "a@x.com", "instance": "a@x.com"}"#, false),
        (#"{"email": "a@x.com", "body": {"instance": "b@x.com"}}"#, false),
        (#"{"body": {}}"#, false),
        (#"{"email": "\#(String(repeating: "a", count: 250))@x.com"}"#, false),
    ]

    @Test func `entries pass where the program finds no fault with them, in all three forms`() throws {
        let entries = Self.entries
        for (anchor, prefix, suffix) in [("line", "", ""), (nil, "[", "]"), (nil, #"{"accounts": ["#, "]}")] {
            let texts = entries.map { prefix + $0.entry + suffix }
            let verdicts = try SchemaValidator.verdicts(on: texts, by: .feed, anchor: anchor)
            for (entry, verdict) in zip(entries, verdicts) {
                #expect((verdict == nil) == entry.isValid, "\(prefix)\(entry.entry)")
            }
        }
        for (entry, isValid) in entries where isValid {
            let feed = try Feed(parsing: Array("[\(entry)]".utf8), as: .json, path: "test")
            #expect(feed.entries.flatMap(\.faults).isEmpty, "\(entry)")
        }
    }

    @Test func `if some entries have a status, all have`() throws {
        let verdicts = try SchemaValidator.verdicts(
            on: [
                #"[{"email": "a@x.com", "status": "x"}, {"body": {"email": "b@x.com", "status": "y"}}]"#,
                #"[{"email": "a@x.com", "status": ""}, {"email": "b@x.com"}]"#,
                #"[{"email": "a@x.com", "status": "x"}, {"email": "b@x.com"}]"#,
            ], by: .feed)
        #expect(verdicts.map { $0 == nil } == [true, true, false])
    }
}
