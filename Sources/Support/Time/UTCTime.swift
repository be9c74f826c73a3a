/// A point in time in UTC, to the nanosecond.
///
/// It has its own parser and printer, because Foundation's RFC 3339 parsers accept `2026-02-30` and text after the end.
package struct UTCTime: Hashable, Comparable, Sendable {
    /// Seconds since 1970-01-01T00:00:00Z; negative before that.
    package var seconds: Int64
    /// 0 to 999,999,999, added to ``seconds``.
    package var nanoseconds: Int32

    package init(seconds: Int64, nanoseconds: Int32 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    package static func < (a: UTCTime, b: UTCTime) -> Bool {
        (a.seconds, a.nanoseconds) < (b.seconds, b.nanoseconds)
    }

    package func adding(seconds: Int64) -> UTCTime {
        UTCTime(seconds: self.seconds + seconds, nanoseconds: nanoseconds)
    }
}
