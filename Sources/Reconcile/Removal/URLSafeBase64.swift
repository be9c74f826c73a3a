/// Base64 with `-` and `_` and without padding (RFC 4648, section 5), which Foundation does not read.
enum URLSafeBase64 {
    /// - Returns: nil where a character does not belong to the alphabet, or the length cannot be.
    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        return text.withUnsafeBufferPointer { decode($0[...], into: &bytes) } ? bytes : nil
    }

    /// Decodes into `bytes`, whose memory is used again.
    ///
    /// - Returns: false where a character does not belong to the alphabet, or the length cannot be.
    static func decode(_ text: Slice<UnsafeBufferPointer<UInt8>>, into bytes: inout [UInt8]) -> Bool {
        let text = UnsafeBufferPointer(rebasing: text)
        guard text.count % 4 != 1 else { return false }
        bytes.removeAll(keepingCapacity: true)
        bytes.reserveCapacity(text.count * 3 / 4 + 2)
        let whole = text.count & ~3
        for place in stride(from: 0, to: whole, by: 4) {
            let a = value(of: text[place])
            let b = value(of: text[place + 1])
            let c = value(of: text[place + 2])
            let d = value(of: text[place + 3])
            // What does not belong to the alphabet sets the highest bit.
            guard (a | b | c | d) & 0x80 == 0 else { return false }
            bytes.append(a << 2 | b >> 4)
            bytes.append(b << 4 | c >> 2)
            bytes.append(c << 6 | d)
        }
        guard whole < text.count else { return true }
        let a = value(of: text[whole])
        let b = value(of: text[whole + 1])
        let c = text.count - whole == 3 ? value(of: text[whole + 2]) : 0
        guard (a | b | c) & 0x80 == 0 else { return false }
        bytes.append(a << 2 | b >> 4)
        if text.count - whole == 3 { bytes.append(b << 4 | c >> 2) }
        return true
    }

    private static func value(of character: UInt8) -> UInt8 { values[Int(character)] }

    private static let values: InlineArray<256, UInt8> = {
        var values = InlineArray<256, UInt8>(repeating: 0x80)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        for (value, character) in alphabet.utf8.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()
}
