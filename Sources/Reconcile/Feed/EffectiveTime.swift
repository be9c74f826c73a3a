/// `effective_at`: a point in time, or a whole day of UTC.
public enum EffectiveTime: Hashable, Sendable {
    case instant(UTCTime)
    /// A bare date, held as its first instant, 00:00 UTC.
    case day(UTCTime)

    /// Reads an RFC 3339 time or a bare date, `2026-11-23`. Nil for anything else, white space around it included.
    public init?(_ text: String) {
        if let time = UTCTime(rfc3339: text) {
            self = .instant(time)
        } else if let time = UTCTime(date: text) {
            self = .day(time)
        } else {
            return nil
        }
    }

    /// When it begins: the instant itself, or 00:00 UTC of the day. Asked for "is it due?".
    public var beginning: UTCTime {
        switch self {
        case .instant(let time), .day(let time): time
        }
    }

    /// When it is over: the instant itself, or 24:00 UTC of the day. Asked for "was it created after this?".
    public var end: UTCTime {
        switch self {
        case .instant(let time): time
        case .day(let time): time.adding(seconds: 86_400)
        }
    }

    /// As it is shown to people: a time in UTC, or a bare date where the feed gave one.
    public var text: String {
        switch self {
        case .instant(let time): time.rfc3339
        case .day(let time): time.date
        }
    }
}
