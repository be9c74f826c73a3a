/// The name of a run, and of its folder in the report directory: `20261123T180700Z-1a2b3c4d`.
///
/// Names sort by time. The eight hex digits tell runs of the same second apart; they come from outside, so that a test
/// can choose them.
public struct RunID: Hashable, Sendable, CustomStringConvertible {
    /// When the run began, to the second.
    public let time: UTCTime
    public let randomness: UInt32

    /// - Parameter time: In the years 0000 to 9999; the nanoseconds are dropped.
    public init(time: UTCTime, randomness: UInt32) {
        self.time = UTCTime(seconds: time.seconds)
        self.randomness = randomness
    }

    /// Takes exactly what ``description`` gives: upper-case `T` and `Z`, lower-case hex digits, a date that exists.
    public init?(parsing text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 25, let year = Self.number(bytes[0..<4]), let month = Self.number(bytes[4..<6]),
            let day = Self.number(bytes[6..<8]), let hour = Self.number(bytes[9..<11]),
            let minute = Self.number(bytes[11..<13]), let second = Self.number(bytes[13..<15]),
            let randomness = UInt32(String(decoding: bytes[17...], as: UTF8.self), radix: 16),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60
        else { return nil }
        let days = Self.days(before: year, month, day)
        time = UTCTime(seconds: days * 86_400 + hour * 3_600 + minute * 60 + second)
        self.randomness = randomness
        // What the checks above let through (the separators, 30 February, `+` or capitals among the hex digits) comes
        // out spelled differently.
        guard description == text else { return nil }
    }

    public var description: String {
        let digits = String(randomness, radix: 16)
        return time.rfc3339.filter { $0 != "-" && $0 != ":" } + "-" + String(repeating: "0", count: 8 - digits.count)
            + digits
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        var number: Int64 = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            number = number * 10 + Int64(digit - 0x30)
        }
        return number
    }

    /// Days from 1970-01-01 to a date of the proleptic Gregorian calendar.
    private static func days(before year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        // A year that begins in March has its leap day at its end, and then month lengths follow one straight line.
        let shiftedYear = month > 2 ? year : year - 1
        let shiftedMonth = month > 2 ? month - 3 : month + 9
        // Shifted by one 400-year cycle, so that no division has a negative number.
        let cycled = shiftedYear + 400
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + day - 1
        return cycled * 365 + cycled / 4 - cycled / 100 + cycled / 400 + dayOfYear - 146_097 - 719_468
    }
}
