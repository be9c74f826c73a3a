import CTime
import Glibc
import Support

/// The format of the times in a feed.
package enum FeedTimeFormat: Hashable, Sendable {
    /// RFC 3339 times or dates: `2026-11-23T18:07:00Z`, `2026-11-23`.
    case rfc3339
    /// Seconds since 1970.
    case unix
    /// Milliseconds since 1970.
    case unixMilliseconds
    /// A `strptime(3)` pattern. Without a time of day, it means whole days.
    case pattern(StrptimePattern)

    /// Parses `rfc3339`, `unix`, `unix-ms` or a pattern. Nil for a pattern that does not give year, month and day.
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

    /// The name of the format in messages.
    var description: String {
        switch self {
        case .rfc3339: "an RFC 3339 time or date"
        case .unix: "a time in seconds since 1970"
        case .unixMilliseconds: "a time in milliseconds since 1970"
        case .pattern(let pattern): "a time like \(pattern.text)"
        }
    }
}

/// A `strptime(3)` pattern in the C locale.
package struct StrptimePattern: Hashable, Sendable {
    let text: String
    /// Whether the pattern includes a time of day.
    let hasTimeOfDay: Bool

    /// Nil for a pattern that does not give year, month and day. To find out, two dates are printed with it and parsed
    /// again.
    init?(_ text: String) {
        self.text = text
        var conversions: Set<Character> = []
        var isConversion = false
        for character in text {
            if isConversion {
                // E and O are modifiers before the letter.
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

    /// The fields of a time, as written. Nil if the text does not match the pattern, has more text after it, or names a
    /// day that the calendar does not have.
    func parse(_ text: String) -> (fields: tm, hasOffset: Bool)? {
        // strptime skips white space that the pattern does not contain.
        guard !text.utf8.contains(0), text.utf8.first.map({ !$0.isJSONSpace }) == true else { return nil }
        var fields = tm()
        // A marker that no offset equals. If it is still there after parsing, the pattern has no offset.
        fields.tm_gmtoff = .max
        let isWhole = text.withCString { start in
            guard let end = strptime(start, self.text, &fields) else { return false }
            return end.pointee == 0
        }
        guard isWhole else { return nil }
        let hasOffset = fields.tm_gmtoff != .max
        var same = fields
        same.tm_gmtoff = 0
        // timegm carries a field that is out of range over to the next unit, so the result differs.
        guard timegm(&same) != -1 || fields.tm_year == 69, same.tm_mday == fields.tm_mday, same.tm_mon == fields.tm_mon,
            same.tm_hour == fields.tm_hour, same.tm_min == fields.tm_min
        else { return nil }
        return (fields, hasOffset)
    }
}
