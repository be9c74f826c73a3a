import Support

/// The value of `effective_at`: a point in time, or a whole day.
package enum EffectiveTime: Hashable, Sendable {
    case instant(UTCTime)
    case day(Day)

    /// A day in a time zone.
    package struct Day: Hashable, Sendable {
        /// 00:00 in the time zone.
        package var beginning: UTCTime
        /// 24:00 in the time zone.
        package var end: UTCTime
        /// The date as text: `2026-11-23`.
        package var date: String

        package init(beginning: UTCTime, end: UTCTime, date: String) {
            self.beginning = beginning
            self.end = end
            self.date = date
        }
    }

    /// Parses an RFC 3339 time or a bare date, `2026-11-23`. Nil for anything else, also with white space around it.
    package init?(_ text: String, in zone: FeedTimeZone = .utc) {
        if let time = UTCTime(rfc3339: text) {
            self = .instant(time)
        } else if let midnight = UTCTime(date: text) {
            self = .day(Day(midnight, in: zone))
        } else {
            return nil
        }
    }

    /// The instant itself, or 00:00 of the day. Used to decide whether an entry is due.
    package var beginning: UTCTime {
        switch self {
        case .instant(let time): time
        case .day(let day): day.beginning
        }
    }

    /// The instant itself, or 24:00 of the day. Used to decide whether something was created after it.
    package var end: UTCTime {
        switch self {
        case .instant(let time): time
        case .day(let day): day.end
        }
    }

    /// The time for people: in UTC, or a bare date if the feed gave one.
    package var text: String {
        switch self {
        case .instant(let time): time.rfc3339
        case .day(let day): day.date
        }
    }
}

extension EffectiveTime.Day {
    /// - Parameter midnight: 00:00 of the day, as if the zone were UTC.
    fileprivate init(_ midnight: UTCTime, in zone: FeedTimeZone) {
        beginning = zone.time(ofLocal: midnight)
        end = zone.time(ofLocal: midnight.adding(seconds: 86_400))
        date = midnight.date
    }
}

extension EffectiveTime {
    /// Why a value cannot be used as a time.
    enum Fault: Error, Hashable {
        case unreadable
        /// A number that would be a time far from today; its unit is probably another one.
        case implausible(unix: Bool)
    }

    /// The seconds that a number may stand for: 1990-01-01 to 2200-01-01. A number outside is probably in another unit.
    private static let plausible: Range<Int64> = 631_152_000..<7_258_118_400

    /// Parses a value in the feed's time format.
    init(_ text: String, _ format: FeedTimeFormat, in zone: FeedTimeZone) throws(Fault) {
        switch format {
        case .rfc3339:
            guard let time = EffectiveTime(text, in: zone) else { throw .unreadable }
            self = time
        case .unix: self = .instant(try Self.time(sinceEpoch: text, unitsInASecond: 1))
        case .unixMilliseconds: self = .instant(try Self.time(sinceEpoch: text, unitsInASecond: 1_000))
        case .pattern(let pattern):
            guard let (fields, hasOffset) = pattern.parse(text),
                let day = CalendarDay(
                    year: Int64(fields.tm_year) + 1_900, month: Int64(fields.tm_mon) + 1, day: Int64(fields.tm_mday))
            else { throw .unreadable }
            let midnight = UTCTime(seconds: day.daysSince1970 * 86_400)
            guard pattern.hasTimeOfDay else {
                self = .day(Day(midnight, in: zone))
                return
            }
            let local = midnight.adding(
                seconds: Int64(fields.tm_hour) * 3_600 + Int64(fields.tm_min) * 60 + Int64(fields.tm_sec))
            self = .instant(
                hasOffset ? local.adding(seconds: -Int64(fields.tm_gmtoff)) : zone.time(ofLocal: local))
        }
    }

    private static func time(sinceEpoch text: String, unitsInASecond units: Int64) throws(Fault) -> UTCTime {
        guard text.utf8.allSatisfy(\.isDigit), let number = Int64(text) else { throw .unreadable }
        guard plausible.contains(number / units) else { throw .implausible(unix: units == 1) }
        return UTCTime(
            seconds: number / units, nanoseconds: Int32(number % units) * Int32(1_000_000_000 / units))
    }
}
