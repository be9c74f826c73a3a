import Testing

@testable import Feed
@testable import Support

/// Reads a feed that is given as text. Of one that does not state removals, the operator says that every entry ends.
func feed(_ text: String, as format: FeedFormat = .csv, _ profile: FeedProfile? = nil) throws -> Feed {
    do {
        return try Feed(parsing: Array(text.utf8), as: format, profile ?? .standard, path: "feed")
    } catch {
        guard profile == nil, case .removalNotStated = error.reason else { throw error }
        return try Feed(parsing: Array(text.utf8), as: format, .endingEveryEntry, path: "feed")
    }
}

extension FeedProfile {
    /// Of an operator who says that every entry of the feed is to be removed.
    static var endingEveryEntry: FeedProfile { FeedProfile { $0.everyEntryEnds = true } }

    /// The usual profile, with a change.
    init(_ change: (inout FeedProfile) -> Void) {
        self.init()
        change(&self)
    }
}

/// A feed that is not whole, and what has to be said about it.
struct BadFeed: CustomTestStringConvertible, Sendable {
    var bytes: [UInt8]
    var reason: FeedRefusal.Reason
    var position: FeedPosition?
    var entry: Int?

    init(_ text: String, _ reason: FeedRefusal.Reason, _ line: Int, _ column: Int, entry: Int? = nil) {
        self.init(Array(text.utf8), reason, line, column, entry: entry)
    }

    init(_ bytes: [UInt8], _ reason: FeedRefusal.Reason, _ line: Int, _ column: Int, entry: Int? = nil) {
        self.bytes = bytes
        self.reason = reason
        position = FeedPosition(line: line, column: column)
        self.entry = entry
    }

    /// The feed as a whole is meant.
    init(_ text: String, _ reason: FeedRefusal.Reason) {
        bytes = Array(text.utf8)
        self.reason = reason
    }

    var testDescription: String { String(decoding: bytes, as: UTF8.self).quotedForMessage(limit: 90) }

    func expectRefusal(
        as format: FeedFormat, _ profile: FeedProfile = .standard, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let refusal = #expect(throws: FeedRefusal.self, sourceLocation: sourceLocation) {
            try Feed(parsing: bytes, as: format, profile, path: "feed")
        }
        #expect(refusal?.reason == reason, sourceLocation: sourceLocation)
        #expect(refusal?.position == position, sourceLocation: sourceLocation)
        #expect(refusal?.entry == entry, sourceLocation: sourceLocation)
        #expect(refusal?.exitStatus == .feedNotWhole, sourceLocation: sourceLocation)
    }
}
