import Foundation
import TestSupport
import Testing

@testable import Feed
@testable import Support

/// Good feeds with small accidents: each is either refused at a place that it has, or read as what it says.
@Suite struct FeedMutationTests {
    private static let bytes = Array("\",\n\r {}[]:\\/@.ae0159-+utnbr\t\0".utf8) + [0xC3, 0xA9, 0xED, 0xA0, 0xFF, 0xEF]

    private static func mutations(of format: FeedFormat, seed: UInt64, _ check: ([UInt8]) throws -> Void) throws {
        var random = SeededGenerator(seed: seed)
        let names = try FeedFixture.names(in: "good").sorted().filter { try FeedFormat(ofFeedAt: $0) == format }
        for name in names {
            let original = try FeedFixture(name: "good/\(name)").bytes
            for _ in 0..<1_500 { try check(original.mutated(with: bytes, using: &random)) }
        }
    }

    @Test(arguments: FeedFormat.allCases)
    func `a refusal names a place within the feed`(format: FeedFormat) throws {
        var refused = 0
        try Self.mutations(of: format, seed: 1) { bytes in
            do {
                let feed = try Feed(parsing: bytes, as: format, path: "feed")
                #expect(feed.entries.map(\.number) == Array(0..<feed.entries.count).map { $0 + 1 })
                let lines = feed.entries.compactMap(\.line)
                #expect(lines.count == feed.entries.count && lines == lines.sorted())
            } catch let refusal as FeedRefusal {
                refused += 1
                guard let position = refusal.position else {
                    // What is wrong with the feed as a whole has no place.
                    switch refusal.reason {
                    case .emptyFile, .removalNotStated, .noStatus: break
                    default: Issue.record("no place: \(refusal)")
                    }
                    return
                }
                let lines = bytes.split(separator: .lineFeed, omittingEmptySubsequences: false)
                try #require((1...lines.count).contains(position.line))
                #expect((1...lines[position.line - 1].count + 1).contains(position.column))
            }
        }
        #expect(refused > 0)
    }

    @Test func `what is read from CSV stands in it`() throws {
        var read = 0
        try Self.mutations(of: .csv, seed: 2) { bytes in
            guard let feed = try? Feed(parsing: bytes, as: .csv, path: "feed") else { return }
            let text = String(decoding: bytes, as: UTF8.self)
            for entry in feed.entries {
                read += 1
                let quoted = entry.email.replacing("\"", with: "\"\"")
                #expect(text.utf8.containsSequence(entry.email.utf8) || text.utf8.containsSequence(quoted.utf8))
            }
        }
        #expect(read > 1_000)
    }

    @Test(arguments: [FeedFormat.json, .jsonl])
    func `what is read from JSON, Foundation reads too`(format: FeedFormat) throws {
        var read = 0
        try Self.mutations(of: format, seed: 3) { bytes in
            guard let feed = try? Feed(parsing: bytes, as: format, path: "feed") else { return }
            // Foundation does not know JSON Lines, and does not take the mark everywhere.
            let text = bytes.dropFirst(ByteOrderMark.length(in: bytes))
            let lines = text.split(separator: .lineFeed).filter { line in line.contains { !$0.isJSONSpace } }
            let documents = format == .json ? [text] : lines
            let entries = try documents.flatMap { try Self.entries(in: Data($0)) }
            #expect(feed.entries.map(\.email) == entries.map { Self.email(of: $0) })
            read += 1
        }
        #expect(read > 100)
    }

    private static func entries(in document: Data) throws -> [[String: Any]] {
        let json = try JSONSerialization.jsonObject(with: document)
        if let array = json as? [[String: Any]] { return array }
        let object = try #require(json as? [String: Any])
        return field("accounts", of: object) as? [[String: Any]] ?? [object]
    }

    private static func email(of entry: [String: Any]) -> String {
        let body = field("body", of: entry) as? [String: Any] ?? [:]
        let emails = [entry, body].flatMap { [field("email", of: $0), field("instance", of: $0)] }
        let email = emails.lazy.compactMap { $0 as? String }.first ?? ""
        return email.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func field(_ name: String, of object: [String: Any]) -> Any? {
        let margin = CharacterSet.whitespacesAndNewlines.union(.controlCharacters)
        return object.first { $0.key.trimmingCharacters(in: margin).lowercased() == name }?.value
    }
}

extension String.UTF8View {
    fileprivate func containsSequence(_ other: String.UTF8View) -> Bool { Array(self).contains(Array(other)) }
}
