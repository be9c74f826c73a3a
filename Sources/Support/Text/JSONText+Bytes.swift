extension JSONText {
    /// Whether the text is a number in the grammar of RFC 8259.
    static func isNumber(_ text: String) -> Bool {
        var rest = text.utf8[...]
        func takeDigits() -> Int {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            rest = rest[digits.endIndex...]
            return digits.count
        }
        func take(_ characters: Unicode.Scalar...) -> Bool {
            guard let first = rest.first, characters.contains(Unicode.Scalar(first)) else { return false }
            rest.removeFirst()
            return true
        }
        _ = take("-")
        if !take("0") {
            guard takeDigits() > 0 else { return false }
        }
        if take(".") {
            guard takeDigits() > 0 else { return false }
        }
        if take("e", "E") {
            _ = take("+", "-")
            guard takeDigits() > 0 else { return false }
        }
        return rest.isEmpty
    }
}

extension [UInt8] {
    package mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    package mutating func append(text: String) {
        var text = text
        text.withUTF8 { append(contentsOf: $0) }
    }

    package mutating func appendDecimal(_ number: Int) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var start = digits.count
            var rest = number.magnitude
            repeat {
                start -= 1
                digits.initializeElement(at: start, to: UInt8(ascii: "0") + UInt8(rest % 10))
                rest /= 10
            } while rest > 0
            if number < 0 {
                start -= 1
                digits.initializeElement(at: start, to: UInt8(ascii: "-"))
            }
            append(contentsOf: UnsafeBufferPointer(rebasing: digits[start...]))
        }
    }

    /// Appends the text as the content of a JSON string, without the quotes.
    mutating func appendJSONEscaped(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            var clean = 0
            var index = 0
            while true {
                // Nearly every byte of a report needs no escape, so unescaped stretches are copied at once.
                index = Self.endOfPlainCharacters(of: utf8.span, from: index)
                guard index < utf8.count else { break }
                guard let scalar = Self.scalarToEscape(at: index, in: utf8) else {
                    index += 1
                    continue
                }
                append(contentsOf: UnsafeBufferPointer(rebasing: utf8[clean..<index]))
                appendEscape(of: scalar.value)
                index += scalar.length
                clean = index
            }
            append(contentsOf: clean == 0 ? utf8 : UnsafeBufferPointer(rebasing: utf8[clean...]))
        }
    }

    /// The index, from `start` on, where a scalar that needs an escape may begin; the number of bytes if there is none.
    private static func endOfPlainCharacters(of utf8: Span<UInt8>, from start: Int) -> Int {
        var index = start
        while index + EightBytes.count <= utf8.count {
            let bytes = EightBytes(utf8, at: index)
            let suspects =
                bytes.markingControls | bytes.markingBeyondASCII | bytes.marking(.quote) | bytes.marking(.backslash)
                | bytes.marking(0x7F)
            if let first = EightBytes.first(suspects) {
                index += first
                break
            }
            index += EightBytes.count
        }
        while index < utf8.count, !isSuspect(utf8[index]) { index += 1 }
        return index
    }

    /// Whether a scalar that needs an escape may begin with this byte.
    private static func isSuspect(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x5D...0x7E, 0x23...0x5B, 0x20, 0x21: false
        case 0x80...: byte == 0xC2 || byte == 0xE2
        default: true
        }
    }

    /// The scalar that begins at `index`, and its length in bytes, if it needs an escape.
    private static func scalarToEscape(
        at index: Int, in utf8: UnsafeBufferPointer<UInt8>
    ) -> (value: UInt16, length: Int)? {
        switch utf8[index] {
        case 0xC2:
            let second = utf8[index + 1]
            return second < 0xA0 ? (UInt16(second), 2) : nil
        case 0xE2:
            guard utf8[index + 1] == 0x80, utf8[index + 2] & 0xFE == 0xA8 else { return nil }
            return (0x2000 | UInt16(utf8[index + 2] & 0x3F), 3)
        case let byte:
            return (UInt16(byte), 1)
        }
    }

    private mutating func appendEscape(of scalar: UInt16) {
        switch scalar {
        case 0x22: append(#"\""#)
        case 0x5C: append(#"\\"#)
        case 0x0A: append(#"\n"#)
        case 0x0D: append(#"\r"#)
        case 0x09: append(#"\t"#)
        default:
            append(#"\u"#)
            for shift in stride(from: 12, through: 0, by: -4) {
                let digit = UInt8(truncatingIfNeeded: scalar >> UInt16(shift)) & 0xF
                append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
            }
        }
    }
}
