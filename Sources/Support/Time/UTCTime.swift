/// A point in time on the UTC time line, to the nanosecond.
///
/// Parsed and printed by this project's own code, because Foundation's RFC 3339 parsers accept `2026-02-30` and text
/// after the end.
public struct UTCTime: Hashable, Comparable, Sendable {
    /// Seconds since 1970-01-01T00:00:00Z; negative before it.
    public var seconds: Int64
    /// 0 to 999,999,999, counted from ``seconds`` onwards.
    public var nanoseconds: Int32

    public init(seconds: Int64, nanoseconds: Int32 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    public static func < (a: UTCTime, b: UTCTime) -> Bool {
        (a.seconds, a.nanoseconds) < (b.seconds, b.nanoseconds)
    }

    public func adding(seconds: Int64) -> UTCTime {
        UTCTime(seconds: self.seconds + seconds, nanoseconds: nanoseconds)
    }
}
