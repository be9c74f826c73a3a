import Support

/// Strings are located first, and decoded only on demand.
extension JSONScanner {
    /// Skips the string at the current position and checks every escape.
    mutating func string() throws(FeedFlaw) -> Key {
        let start = offset
        var hasEscapes = false
        offset += 1
        while true {
            offset = endOfPlainCharacters
            guard let stop = next else { throw flaw(expecting: "a closing quote") }
            if stop == .quote { break }
            guard stop == .backslash else { throw flaw(expecting: "an escape in place of the control character") }
            hasEscapes = true
            try passEscape()
        }
        offset += 1
        return Key(start: start, content: start + 1..<offset - 1, hasEscapes: hasEscapes)
    }

    /// The text of the string, with escapes decoded.
    package func text(of key: Key) -> String {
        withBytes(of: key) { bytes in bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) } }
    }

    /// The field that a key stands for; nil if it is none.
    func entryField(of key: Key) -> EntryField? { withBytes(of: key) { EntryField($0) } }

    /// Whether the key may be from one of this program's own documents.
    func mayBeOwn(_ key: Key) -> Bool { withBytes(of: key) { OwnDocument.mayBeKey($0) } }

    /// The key in the form in which names are compared: in lower case, without white space and invisible characters
    /// around it.
    func foldedName(of key: Key) -> [UInt8] { withBytes(of: key) { FieldName.folded($0) } }

    /// Whether the key is this word, compared as names are.
    func isNamed(_ key: Key, _ word: StaticString) -> Bool {
        withBytes(of: key) { name in
            name.spells(word) || (!FieldName.isPlain(name) && FieldName.folded(name).span.spells(word))
        }
    }

    /// The string as a field's value. If it is longer than any field may be, its beginning.
    func value(of key: Key) -> FieldValue {
        guard key.content.count <= FieldValue.longest else { return .cut(bytes[key.content]) }
        return .text(text(of: key))
    }

    /// Calls `body` with the bytes of the string, escapes decoded. A string without escapes is not copied.
    private func withBytes<Value>(of key: Key, _ body: (Span<UInt8>) -> Value) -> Value {
        key.hasEscapes ? body(decoded(key).span) : body(bytes.span.extracting(key.content))
    }

    /// Whether the bytes of the string, escapes decoded, are those of `text`.
    package func spells(_ key: Key, _ text: [UInt8]) -> Bool { withBytes(of: key) { $0.isSame(as: text.span) } }

    /// Whether two strings are equal, escapes decoded.
    func same(_ a: Key, _ b: Key) -> Bool {
        withBytes(of: a) { a in withBytes(of: b) { b in a.isSame(as: b) } }
    }

    /// The bytes of the string, escapes decoded.
    func decoded(_ key: Key) -> [UInt8] {
        guard key.hasEscapes else { return Array(bytes[key.content]) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(key.content.count)
        var at = key.content.lowerBound
        while at < key.content.upperBound {
            guard bytes[at] == .backslash else {
                decoded.append(bytes[at])
                at += 1
                continue
            }
            let (scalar, end) = escapedScalar(at: at)
            decoded.append(contentsOf: Array(String(scalar).utf8))
            at = end
        }
        return decoded
    }

    /// The index of the next quote, escape or control character.
    private var endOfPlainCharacters: Int {
        let text = bytes.span
        var at = offset
        while at + EightBytes.count <= end {
            let bytes = EightBytes(text, at: at)
            let stops = bytes.marking(.quote) | bytes.marking(.backslash) | bytes.markingControls
            if let first = EightBytes.first(stops) { return at + first }
            at += EightBytes.count
        }
        while at < end, text[at] != .quote, text[at] != .backslash, text[at] >= 0x20 { at += 1 }
        return at
    }

    /// Skips the escape at the current position, including both halves of a surrogate pair.
    private mutating func passEscape() throws(FeedFlaw) {
        let start = offset
        offset += 1
        switch next.map(Unicode.Scalar.init) {
        case "\"", "\\", "/", "b", "f", "n", "r", "t": offset += 1
        case "u":
            offset += 1
            let unit = try hexadecimalUnit()
            if dialect == .python { return }
            if UTF16.isTrailSurrogate(unit) { throw loneSurrogate(at: start) }
            guard UTF16.isLeadSurrogate(unit) else { return }
            guard offset < end else { throw flaw(expecting: "the second half of the character") }
            guard isAt("\\"), offset + 1 < end, bytes[offset + 1] == UInt8(ascii: "u") else {
                throw loneSurrogate(at: start)
            }
            offset += 2
            guard UTF16.isTrailSurrogate(try hexadecimalUnit()) else { throw loneSurrogate(at: start) }
        default:
            // At the end of the text, report that it ends.
            if offset < end { offset = start }
            throw flaw(expecting: "one of the escapes of JSON")
        }
    }

    private func loneSurrogate(at start: Int) -> FeedFlaw {
        FeedFlaw(.jsonSyntax(expected: "both halves of a character, not a surrogate alone"), at: start, entry: entry)
    }

    private mutating func hexadecimalUnit() throws(FeedFlaw) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let next, let digit = next.hexadecimalValue else { throw flaw(expecting: "four hexadecimal digits") }
            unit = unit << 4 | digit
            offset += 1
        }
        return unit
    }

    /// The character of an escape that was checked before, and where the escape ends.
    private func escapedScalar(at start: Int) -> (Unicode.Scalar, end: Int) {
        let name = Unicode.Scalar(bytes[start + 1])
        switch name {
        case "b": return ("\u{8}", start + 2)
        case "f": return ("\u{C}", start + 2)
        case "n": return ("\n", start + 2)
        case "r": return ("\r", start + 2)
        case "t": return ("\t", start + 2)
        case "u": break
        default: return (name, start + 2)
        }
        let unit = unit(at: start + 2)
        // Half a surrogate pair is replaced. Only the Python dialect accepts one.
        guard UTF16.isLeadSurrogate(unit), hasTrailSurrogate(at: start + 6) else {
            return (Unicode.Scalar(unit) ?? "\u{FFFD}", start + 6)
        }
        let pair = (UInt32(unit) & 0x3FF) << 10 | UInt32(self.unit(at: start + 8)) & 0x3FF
        return (Unicode.Scalar(0x10000 + pair) ?? "\u{FFFD}", start + 12)
    }

    private func hasTrailSurrogate(at start: Int) -> Bool {
        guard start + 6 <= end, bytes[start] == .backslash, bytes[start + 1] == UInt8(ascii: "u"),
            bytes[start + 2..<start + 6].allSatisfy({ $0.hexadecimalValue != nil })
        else { return false }
        return UTF16.isTrailSurrogate(unit(at: start + 2))
    }

    private func unit(at start: Int) -> UInt16 {
        bytes[start..<start + 4].reduce(0) { $0 << 4 | ($1.hexadecimalValue ?? 0) }
    }
}

extension UInt8 {
    fileprivate var hexadecimalValue: UInt16? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(self - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(self - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(self - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}

extension Span<UInt8> {
    fileprivate func isSame(as other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for place in indices where self[place] != other[place] { return false }
        return true
    }
}
