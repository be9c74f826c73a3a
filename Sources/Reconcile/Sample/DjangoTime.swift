/// Points in time as Django writes them into SQLite, and the two spellings that feeds use.
struct DjangoTime {
    private let time: UTCTime

    init(_ time: UTCTime) {
        self.time = time
    }

    /// `2026-11-23 13:44:31.622707`; without the fraction where it is zero, as Python prints it.
    var column: String {
        let microseconds = time.nanoseconds / 1_000
        let whole = "\(date) \(clock)"
        return microseconds == 0 ? whole : whole + "." + padded(Int64(microseconds), to: 6)
    }

    /// `2026-11-23T13:44:31Z`; parts of a second are dropped.
    var rfc3339: String { "\(date)T\(clock)Z" }

    /// `2026-11-23`, the day in UTC.
    var date: String {
        let (year, month, day) = civil
        return "\(padded(year, to: 4))-\(padded(month, to: 2))-\(padded(day, to: 2))"
    }

    private var clock: String {
        let second = time.seconds - daysSinceEpoch * 86_400
        return "\(padded(second / 3_600, to: 2)):\(padded(second / 60 % 60, to: 2)):\(padded(second % 60, to: 2))"
    }

    private var daysSinceEpoch: Int64 {
        // Rounds down also before 1970, where division rounds towards zero.
        (time.seconds >= 0 ? time.seconds : time.seconds - 86_399) / 86_400
    }

    /// Counted off year by year from 1970, which is quick enough for the years that a sample spans.
    private var civil: (year: Int64, month: Int64, day: Int64) {
        var rest = daysSinceEpoch
        var year: Int64 = 1970
        while rest < 0 {
            year -= 1
            rest += days(inYear: year)
        }
        while rest >= days(inYear: year) {
            rest -= days(inYear: year)
            year += 1
        }
        var month: Int64 = 1
        while rest >= days(inMonth: month, of: year) {
            rest -= days(inMonth: month, of: year)
            month += 1
        }
        return (year, month, rest + 1)
    }

    private func days(inYear year: Int64) -> Int64 {
        let isLeapYear = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return isLeapYear ? 366 : 365
    }

    private func days(inMonth month: Int64, of year: Int64) -> Int64 {
        switch month {
        case 2: days(inYear: year) - 337
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private func padded(_ value: Int64, to width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
