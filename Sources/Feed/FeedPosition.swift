import Support

/// A place in the feed, both from 1.
package struct FeedPosition: Hashable, Sendable {
    /// Lines end with a line feed, within a quoted field too.
    package var line: Int
    /// Counted in Unicode scalars. A byte order mark does not count.
    package var column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// The place of the byte at `offset`, or of the end where `offset` is the number of bytes.
    ///
    /// It scans from the beginning, which is why the readers carry offsets and ask only when an error needs a place.
    init(offset: Int, in bytes: [UInt8]) {
        let before = bytes[..<min(offset, bytes.count)]
        let lineStart = before.lastIndex(of: .lineFeed).map { $0 + 1 } ?? ByteOrderMark.length(in: bytes)
        line = 1 + before.count { $0 == .lineFeed }
        column = 1 + before[min(lineStart, before.endIndex)...].count { !$0.isContinuation }
    }
}

extension FeedPosition: CustomStringConvertible {
    package var description: String { "line \(line), column \(column)" }
}

/// What makes a feed not whole, as the readers find it; ``FeedRefusal`` is made of it.
package struct FeedFlaw: Error {
    package var reason: FeedRefusal.Reason
    /// Where, in bytes; nil where the feed as a whole is meant.
    var offset: Int?
    /// The JSON entry that was being read.
    var entry: Int?

    package init(_ reason: FeedRefusal.Reason, at offset: Int?, entry: Int? = nil) {
        self.reason = reason
        self.offset = offset
        self.entry = entry
    }
}

/// The mark that Windows programs put before UTF-8.
enum ByteOrderMark {
    /// 3 where the bytes begin with the mark, else 0.
    static func length(in bytes: [UInt8]) -> Int { bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0 }
}
