import CTime
import Glibc
import Support

/// How a feed writes times.
package enum FeedTimeFormat: Hashable, Sendable {
    /// RFC 3339, or a date: `2026-11-23T18:07:00Z`, `2026-11-23`.
    case rfc3339
    /// Seconds since 1970.
    case unix
    /// Milliseconds since 1970.
    case unixMilliseconds
    /// A pattern of `strptime(3)`. One without a time of day means whole days.
    case pattern(StrptimePattern)

    /// Reads `rfc3339`, `unix`, `unix-ms` or a pattern. Nil for a pattern that does not tell year, month and day.
    package init?(_ text: String) {
        switch text {
        case "rfc3339": self = .rfc3339
        case "unix": self = .unix
        case "unix-ms": self = .unixMilliseconds
        default:
            guard let pattern = StrptimePattern(text) else { return nil }
            self = .pattern(pattern)
        }
    }

    /// What a message calls it.
    var description: String {
        switch self {
        case .rfc3339: "an RFC 3339 time or date"
        case .unix: "a time in seconds since 1970"
        case .unixMilliseconds: "a time in milliseconds since 1970"
        case .pattern(let pattern): "a time like \(pattern.text)"
        }
    }
}

/// A pattern of `strptime(3)`, in the C locale.
package struct StrptimePattern: Hashable, Sendable {
    let text: String
    /// Whether it tells the time of day too.
    let hasTimeOfDay: Bool

    /// Nil for a pattern that does not tell year, month and day: two dates are printed with it and read again.
    init?(_ text: String) {
        self.text = text
        var conversions: Set<Character> = []
        var isConversion = false
        for character in text {
            if isConversion {
                // E and O are modifiers that stand before the letter.
                if character != "E" && character != "O" {
                    conversions.insert(character)
                    isConversion = false
                }
            } else {
                isConversion = character == "%"
            }
        }
        hasTimeOfDay = !conversions.isDisjoint(with: Set("HIklMSTRrXcs"))
        for seconds in [time_t(981_173_106), 1_920_275_112] {
            var fields = tm()
            var seconds = seconds
            guard gmtime_r(&seconds, &fields) != nil, let printed = Self.print(&fields, text),
                let read = parse(printed), read.fields.tm_year == fields.tm_year, read.fields.tm_mon == fields.tm_mon,
                read.fields.tm_mday == fields.tm_mday
            else { return nil }
        }
    }

    private static func print(_ fields: inout tm, _ pattern: String) -> String? {
        var text = [CChar](repeating: 0, count: 256)
        let length = strftime(&text, text.count, pattern, &fields)
        guard length > 0 else { return nil }
        return String(decoding: text[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The fields of a time, as they are written. Nil where the text is no such time, has something behind it, or names a
    /// day that the calendar does not have.
    func parse(_ text: String) -> (fields: tm, hasOffset: Bool)? {
        // strptime passes over white space that it is not told of.
        guard !text.utf8.contains(0), text.utf8.first.map({ !$0.isJSONSpace }) == true else { return nil }
        var fields = tm()
        // Tells whether the pattern has set it: no offset is that large.
        fields.tm_gmtoff = .max
        let isWhole = text.withCString { start in
            guard let end = strptime(start, self.text, &fields) else { return false }
            return end.pointee == 0
        }
        guard isWhole else { return nil }
        let hasOffset = fields.tm_gmtoff != .max
        var same = fields
        same.tm_gmtoff = 0
        // Out of range fields are carried over to the next day, month or minute, which then differs.
        guard timegm(&same) != -1 || fields.tm_year == 69, same.tm_mday == fields.tm_mday, same.tm_mon == fields.tm_mon,
            same.tm_hour == fields.tm_hour, same.tm_min == fields.tm_min
        else { return nil }
        return (fields, hasOffset)
    }
}
