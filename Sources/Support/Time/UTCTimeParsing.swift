extension UTCTime {
    /// Parses an RFC 3339 `date-time`: `2026-11-23T18:07:00Z`, `2026-11-23t18:07:00.25+01:00`.
    ///
    /// Nil for anything else: a day that the calendar does not have, a space instead of the `T`, a time without offset,
    /// white space or other text around the time. Fraction digits beyond nanoseconds are cut off. A leap second is
    /// accepted where UTC can have one, at 23:59:60 on the last day of June or December. It counts as the second after
    /// it.
    package init?(rfc3339 text: String) {
        let text = text.utf8.span
        guard let day = Self.day(in: text), text.count > 10,
            text[10] == UInt8(ascii: "T") || text[10] == UInt8(ascii: "t"),
            let clock = Self.clock(in: text, at: 11), let fraction = Self.fraction(in: text, at: 19),
            let offset = Self.offset(in: text, at: fraction.end)
        else { return nil }

        let isLeapSecond = clock.second == 60
        let secondOfDay = clock.hour * 3600 + clock.minute * 60 + (isLeapSecond ? 59 : clock.second)
        var time = UTCTime(
            seconds: day.daysSince1970 * 86_400 + secondOfDay - offset, nanoseconds: fraction.nanoseconds)
        if isLeapSecond {
            guard time.isLastSecondOfJuneOrDecember else { return nil }
            time.seconds += 1
        }
        self = time
    }

    /// Parses a bare date, `2026-11-23`, as 00:00 UTC. Nil for anything else.
    package init?(date text: String) {
        let text = text.utf8.span
        guard text.count == 10, let day = Self.day(in: text) else { return nil }
        self.init(seconds: day.daysSince1970 * 86_400)
    }

    /// Parses a time as Django stores it in SQLite, `2026-11-23 13:44:31.622707`.
    ///
    /// Other forms of ISO 8601 are accepted too: with a `T` instead of the space, with an offset (`Z`, `+01:00`; UTC
    /// without one), without seconds, or a bare date. A minute or a day means its last second. Nil for anything else.
    package init?(stored text: String) {
        let text = text.utf8.span
        guard let day = Self.day(in: text) else { return nil }
        let midnight = day.daysSince1970 * 86_400
        if text.count == 10 {
            self.init(seconds: midnight + 86_399)
            return
        }
        guard Self.has(" ", in: text, at: 10) || Self.has("T", in: text, at: 10) || Self.has("t", in: text, at: 10),
            let minute = Self.minute(in: text, at: 11)
        else { return nil }
        var (second, fraction): (Int64, (nanoseconds: Int32, end: Int)) = (59, (0, 16))
        if Self.has(":", in: text, at: 16) {
            guard let read = Self.number(in: text, at: 17, digits: 2), read < 60,
                let rest = Self.fraction(in: text, at: 19)
            else { return nil }
            (second, fraction) = (read, rest)
        }
        guard let offset = fraction.end == text.count ? 0 : Self.offset(in: text, at: fraction.end) else { return nil }
        self.init(seconds: midnight + minute * 60 + second - offset, nanoseconds: fraction.nanoseconds)
    }

    private var isLastSecondOfJuneOrDecember: Bool {
        // This holds exactly if the next second is the first of July or January.
        let next = seconds + 1
        guard next % 86_400 == 0 else { return false }
        let day = CalendarDay(daysSince1970: next / 86_400)
        return day.day == 1 && (day.month == 7 || day.month == 1)
    }
}

/// Parsers for the parts of a time. Each looks at a fixed index, returns nil if the part is not there, and never reads
/// past the end.
extension UTCTime {
    private static func day(in text: Span<UInt8>) -> CalendarDay? {
        guard let year = number(in: text, at: 0, digits: 4), has("-", in: text, at: 4),
            let month = number(in: text, at: 5, digits: 2), has("-", in: text, at: 7),
            let day = number(in: text, at: 8, digits: 2)
        else { return nil }
        return CalendarDay(year: year, month: month, day: day)
    }

    /// `18:07:00`, eight characters; the second may be 60.
    private static func clock(
        in text: Span<UInt8>, at start: Int
    ) -> (hour: Int64, minute: Int64, second: Int64)? {
        guard let minute = minute(in: text, at: start), has(":", in: text, at: start + 5),
            let second = number(in: text, at: start + 6, digits: 2), second <= 60
        else { return nil }
        return (minute / 60, minute % 60, second)
    }

    /// `18:07`, as the minute of the day.
    private static func minute(in text: Span<UInt8>, at start: Int) -> Int64? {
        guard let hour = number(in: text, at: start, digits: 2), hour <= 23, has(":", in: text, at: start + 2),
            let minute = number(in: text, at: start + 3, digits: 2), minute <= 59
        else { return nil }
        return hour * 60 + minute
    }

    /// An optional fraction; nil for a point without a digit.
    private static func fraction(in text: Span<UInt8>, at start: Int) -> (nanoseconds: Int32, end: Int)? {
        guard has(".", in: text, at: start) else { return (0, start) }
        var nanoseconds: Int32 = 0
        var worth: Int32 = 100_000_000
        var end = start + 1
        while end < text.count, let digit = digit(text[end]) {
            nanoseconds += Int32(digit) * worth
            worth /= 10
            end += 1
        }
        return end == start + 1 ? nil : (nanoseconds, end)
    }

    /// The offset from UTC in seconds: `Z`, `+01:00`. Nothing may follow it.
    private static func offset(in text: Span<UInt8>, at start: Int) -> Int64? {
        if has("Z", in: text, at: start) || has("z", in: text, at: start) {
            return start + 1 == text.count ? 0 : nil
        }
        let isEast = has("+", in: text, at: start)
        guard isEast || has("-", in: text, at: start),
            let hours = number(in: text, at: start + 1, digits: 2), hours <= 23, has(":", in: text, at: start + 3),
            let minutes = number(in: text, at: start + 4, digits: 2), minutes <= 59, start + 6 == text.count
        else { return nil }
        return (hours * 3600 + minutes * 60) * (isEast ? 1 : -1)
    }

    private static func number(in text: Span<UInt8>, at start: Int, digits: Int) -> Int64? {
        guard start + digits <= text.count else { return nil }
        var number: Int64 = 0
        for place in start..<start + digits {
            guard let digit = digit(text[place]) else { return nil }
            number = number * 10 + digit
        }
        return number
    }

    private static func digit(_ byte: UInt8) -> Int64? {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") ? Int64(byte - UInt8(ascii: "0")) : nil
    }

    private static func has(_ mark: Unicode.Scalar, in text: Span<UInt8>, at place: Int) -> Bool {
        place < text.count && text[place] == UInt8(ascii: mark)
    }
}
