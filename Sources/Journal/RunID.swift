import Support

/// The name of a run and of its folder in the report directory: `20261123T180700Z-1a2b3c4d`.
///
/// Names sort by time. The eight hex digits distinguish runs that begin in the same second. The caller supplies them,
/// so that a test can choose them.
package struct RunID: Hashable, Sendable, CustomStringConvertible {
    /// When the run began, to the second.
    package let time: UTCTime
    package let randomness: UInt32

    /// - Parameter time: in the years 0000 to 9999. Fractions of a second are dropped.
    package init(time: UTCTime, randomness: UInt32) {
        self.time = UTCTime(seconds: time.seconds)
        self.randomness = randomness
    }

    /// Accepts exactly the form of ``description``: upper-case `T` and `Z`, lower-case hex digits, an existing date.
    package init?(parsing text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 25 else { return nil }
        func part(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        let spelled =
            "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(9..<11)):\(part(11..<13)):\(part(13..<15))Z"
        guard let time = UTCTime(rfc3339: spelled), let randomness = UInt32(part(17..<25), radix: 16) else {
            return nil
        }
        self.time = time
        self.randomness = randomness
        // The checks above accept some other spellings: wrong separators, 30 February, `+` or capitals among the hex
        // digits. Those do not match the description.
        guard description == text else { return nil }
    }

    package var description: String {
        let digits = String(randomness, radix: 16)
        return time.rfc3339.filter { $0 != "-" && $0 != ":" } + "-" + String(repeating: "0", count: 8 - digits.count)
            + digits
    }
}
