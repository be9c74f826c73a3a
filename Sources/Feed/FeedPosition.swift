import Support

/// A position in the feed. Line and column count from 1.
package struct FeedPosition: Hashable, Sendable {
    /// A line ends with a line feed, also inside a quoted field.
    package var line: Int
    /// Counted in Unicode scalars. A byte order mark does not count.
    package var column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    /// The position of the byte at `offset`; the end if `offset` is the number of bytes.
    ///
    /// This scans from the beginning. So readers keep offsets, and compute a position only for an error.
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

/// A reason why a feed is not whole, found by a reader. ``FeedRefusal`` is made from it.
package struct FeedFlaw: Error {
    package var reason: FeedRefusal.Reason
    /// The position in bytes; nil if the whole feed is meant.
    var offset: Int?
    /// The number of the JSON entry that was being read, from 1.
    var entry: Int?

    package init(_ reason: FeedRefusal.Reason, at offset: Int?, entry: Int? = nil) {
        self.reason = reason
        self.offset = offset
        self.entry = entry
    }
}

/// The byte order mark that Windows programs write before UTF-8.
enum ByteOrderMark {
    /// 3 if the bytes begin with the mark, otherwise 0.
    static func length(in bytes: [UInt8]) -> Int { bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0 }
}
