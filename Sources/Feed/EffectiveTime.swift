import Support

/// `effective_at`: a point in time, or a whole day.
package enum EffectiveTime: Hashable, Sendable {
    case instant(UTCTime)
    case day(Day)

    /// A day of a time zone.
    package struct Day: Hashable, Sendable {
        /// 00:00.
        package var beginning: UTCTime
        /// 24:00.
        package var end: UTCTime
        /// As people write it: `2026-11-23`.
        package var date: String

        package init(beginning: UTCTime, end: UTCTime, date: String) {
            self.beginning = beginning
            self.end = end
            self.date = date
        }
    }

    /// Reads an RFC 3339 time or a bare date, `2026-11-23`. Nil for anything else, white space around it included.
    package init?(_ text: String, in zone: FeedTimeZone = .utc) {
        if let time = UTCTime(rfc3339: text) {
            self = .instant(time)
        } else if let midnight = UTCTime(date: text) {
            self = .day(Day(midnight, in: zone))
        } else {
            return nil
        }
    }

    /// When it begins: the instant itself, or 00:00 of the day. Asked for "is it due?".
    package var beginning: UTCTime {
        switch self {
        case .instant(let time): time
        case .day(let day): day.beginning
        }
    }

    /// When it is over: the instant itself, or 24:00 of the day. Asked for "was it created after this?".
    package var end: UTCTime {
        switch self {
        case .instant(let time): time
        case .day(let day): day.end
        }
    }

    /// As it is shown to people: a time in UTC, or a bare date where the feed gave one.
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
    /// Why a value is no time of a feed.
    enum Fault: Error, Hashable {
        case unreadable
        /// A number that is a time far from today; the unit is likely to be another one.
        case implausible(unix: Bool)
    }

    /// Numbers are taken for times between these two, 1990-01-01 and 2200-01-01: what is outside is in another unit.
    private static let plausible: Range<Int64> = 631_152_000..<7_258_118_400

    /// Reads a value as a feed writes times.
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
