/// A day of the proleptic Gregorian calendar, which RFC 3339 uses too.
package struct CalendarDay: Equatable {
    var year: Int64
    var month: Int64
    var day: Int64

    /// Nil if the calendar has no such day, such as February 30.
    package init?(year: Int64, month: Int64, day: Int64) {
        guard (1...12).contains(month), day >= 1, day <= Self.length(ofMonth: month, year: year) else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// The day that is `days` days after 1970-01-01; negative for days before it.
    init(daysSince1970 days: Int64) {
        let sinceYearZero = days + Self.daysFromYearZeroTo1970
        // The calendar repeats every 400 years, so only the year within the 400 has to be found.
        var cycle = sinceYearZero / Self.daysInCycle
        var rest = sinceYearZero % Self.daysInCycle
        if rest < 0 {
            cycle -= 1
            rest += Self.daysInCycle
        }
        var year = rest / 366
        while Self.daysBefore(yearOfCycle: year + 1) <= rest { year += 1 }
        rest -= Self.daysBefore(yearOfCycle: year)
        var month: Int64 = 1
        while rest >= Self.length(ofMonth: month, year: year) {
            rest -= Self.length(ofMonth: month, year: year)
            month += 1
        }
        self.year = cycle * 400 + year
        self.month = month
        self.day = rest + 1
    }

    /// Days from 1970-01-01 to this day, for years from 0 on; negative before 1970.
    package var daysSince1970: Int64 {
        let cycle = year / 400
        var days = cycle * Self.daysInCycle + Self.daysBefore(yearOfCycle: year % 400)
        for earlier in 1..<month { days += Self.length(ofMonth: earlier, year: year) }
        return days + day - 1 - Self.daysFromYearZeroTo1970
    }

    private static let daysInCycle: Int64 = 400 * 365 + 97
    private static let daysFromYearZeroTo1970: Int64 = 719_528

    /// Days before `year` in a cycle of 400 years, whose first is a leap year.
    private static func daysBefore(yearOfCycle year: Int64) -> Int64 {
        guard year > 0 else { return 0 }
        let last = year - 1
        return year * 365 + last / 4 - last / 100 + last / 400 + 1
    }

    private static func length(ofMonth month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
