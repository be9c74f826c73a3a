import Support

/// When an instance or a user was created, according to the database.
package enum CreationTime: Hashable, Sendable {
    /// If the database gives only the minute or the day, its last second. Otherwise something newer than a cancellation
    /// could pass for older.
    case known(UTCTime)
    /// What the column holds instead, in the form that messages show.
    case unreadable(String)

    /// Reads a text as ``UTCTime/init(stored:)`` does, and a number as Unix seconds or as the Julian day that SQLite's
    /// `julianday()` gives.
    init(_ row: HeldRow, _ column: Int32) {
        if let number = row.real(column) {
            let shown = row.number(column).map { "\($0)" } ?? "\(number)"
            self = Self.time(number).map(Self.known) ?? .unreadable("the number \(shown)")
        } else if let text = row.text(column) {
            self = UTCTime(stored: text).map(Self.known) ?? .unreadable(text.quotedForMessage())
        } else {
            self = .unreadable("NULL")
        }
    }

    /// 1970 to 9999. As Unix seconds, numbers in this range would be in the first months of 1970.
    private static let julianDays = 2_440_587.5..<5_373_484.5
    /// 1973 to 2286. Milliseconds and dates written as digits only, such as 20260131, are outside this range.
    private static let unixSeconds = 100_000_000.0..<10_000_000_000.0
    /// 1970-01-01 in milliseconds since the first Julian day.
    private static let unixEpoch: Int64 = 210_866_760_000_000

    private static func time(_ number: Double) -> UTCTime? {
        if julianDays.contains(number) {
            // To the millisecond, as SQLite does.
            let milliseconds = Int64((number * 86_400_000).rounded()) - unixEpoch
            return UTCTime(
                seconds: milliseconds / 1_000, nanoseconds: Int32(milliseconds % 1_000) * 1_000_000)
        }
        guard unixSeconds.contains(number) else { return nil }
        let whole = number.rounded(.down)
        return UTCTime(seconds: Int64(whole), nanoseconds: Int32((number - whole) * 1_000_000_000))
    }
}
