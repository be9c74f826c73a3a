// ASCII characters as bytes of UTF-8 text. Computed, so that scanners in other modules compare with a constant.
extension UInt8 {
    @inlinable package static var lineFeed: UInt8 { UInt8(ascii: "\n") }
    @inlinable package static var carriageReturn: UInt8 { UInt8(ascii: "\r") }
    @inlinable package static var comma: UInt8 { UInt8(ascii: ",") }
    @inlinable package static var quote: UInt8 { UInt8(ascii: "\"") }
    @inlinable package static var backslash: UInt8 { UInt8(ascii: "\\") }

    /// Space, tab, line feed, carriage return.
    @inlinable package var isJSONSpace: Bool {
        self == 0x20 || self == 0x09 || self == .lineFeed || self == .carriageReturn
    }

    @inlinable package var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    @inlinable package var isASCIICapital: Bool { self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") }

    /// The byte, with A to Z in lower case.
    @inlinable package var asciiLowercased: UInt8 { isASCIICapital ? self | 0x20 : self }

    /// Whether this is a continuation byte of a UTF-8 character, that is, not the first.
    @inlinable package var isContinuation: Bool { self & 0b1100_0000 == 0b1000_0000 }

    /// Two lower-case hex digits.
    package var hexDigits: String { (self < 16 ? "0" : "") + String(self, radix: 16) }
}

extension Sequence<UInt8> {
    /// Two lower-case hex digits for each byte.
    package var hexDigits: String { map(\.hexDigits).joined() }
}
