extension UTCTime {
    /// The time as RFC 3339 in UTC: `2026-11-23T18:07:00Z`. A fraction is printed only if it is not zero, without
    /// trailing zeros.
    ///
    /// A year outside 0000 to 9999, which RFC 3339 cannot express, is printed with its sign or all its digits.
    package var rfc3339: String {
        "\(date)T\(timeOfDay)\(fractionText)Z"
    }

    /// The time in UTC as Django stores it in SQLite: `2026-11-23 13:44:31.622707`. It is cut to microseconds; a
    /// fraction of zero is left out.
    package var django: String {
        let microseconds = nanoseconds / 1_000
        return "\(date) \(timeOfDay)" + (microseconds == 0 ? "" : "." + Self.padded(Int64(microseconds), to: 6))
    }

    /// The UTC day of this time: `2026-11-23`.
    package var date: String { Self.text(of: dayAndSecond.day) }

    private var timeOfDay: String {
        let second = dayAndSecond.second
        return "\(Self.padded(second / 3_600, to: 2)):\(Self.padded(second / 60 % 60, to: 2)):"
            + Self.padded(second % 60, to: 2)
    }

    private var dayAndSecond: (day: CalendarDay, second: Int64) {
        var days = seconds / 86_400
        var second = seconds % 86_400
        if second < 0 {
            days -= 1
            second += 86_400
        }
        return (CalendarDay(daysSince1970: days), second)
    }

    private var fractionText: String {
        guard nanoseconds > 0 else { return "" }
        var digits = Substring(Self.padded(Int64(nanoseconds), to: 9))
        while digits.last == "0" { digits.removeLast() }
        return ".\(digits)"
    }

    private static func text(of day: CalendarDay) -> String {
        let sign = day.year < 0 ? "-" : ""
        return "\(sign)\(padded(abs(day.year), to: 4))-\(padded(day.month, to: 2))-\(padded(day.day, to: 2))"
    }

    private static func padded(_ number: Int64, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
