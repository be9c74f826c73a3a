import Testing

@testable import Reconcile

/// Reads a feed that is given as text. One without any status is read as the operator of such a feed would read it.
func feed(_ text: String, as format: FeedFormat = .csv, _ profile: FeedProfile? = nil) throws -> Feed {
    var usual = FeedProfile.standard
    usual.everyEntryEnds = !text.lowercased().contains("status") && !text.contains("body")
    return try Feed(parsing: Array(text.utf8), as: format, profile ?? usual, path: "feed")
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

    var testDescription: String { String(decoding: bytes, as: UTF8.self).quotedForMessage(limit: 90) }

    func expectRefusal(as format: FeedFormat, sourceLocation: SourceLocation = #_sourceLocation) {
        let refusal = #expect(throws: FeedRefusal.self, sourceLocation: sourceLocation) {
            try Feed(parsing: bytes, as: format, path: "feed")
        }
        #expect(refusal?.reason == reason, sourceLocation: sourceLocation)
        #expect(refusal?.position == position, sourceLocation: sourceLocation)
        #expect(refusal?.entry == entry, sourceLocation: sourceLocation)
        #expect(refusal?.exitStatus == .feedNotWhole, sourceLocation: sourceLocation)
    }
}
