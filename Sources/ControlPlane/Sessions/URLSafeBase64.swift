/// Base64 with `-` and `_` and without padding (RFC 4648, section 5), which Foundation does not read.
enum URLSafeBase64 {
    /// Decodes into the start of `bytes`, which grows if necessary and never shrinks.
    ///
    /// - Returns: the number of bytes; nil if a character is not in the alphabet or the length is impossible.
    static func decode(_ text: Slice<UnsafeBufferPointer<UInt8>>, into bytes: inout [UInt8]) -> Int? {
        let text = UnsafeBufferPointer(rebasing: text)
        guard text.count % 4 != 1 else { return nil }
        let length = text.count / 4 * 3 + max(0, text.count % 4 - 1)
        if bytes.count < length { bytes = [UInt8](repeating: 0, count: max(length, 2 * bytes.count)) }
        let isValid = bytes.withUnsafeMutableBufferPointer { target in
            values.withUnsafeBufferPointer { values in decode(text, by: values, into: target) }
        }
        return isValid ? length : nil
    }

    /// - Parameter target: has room for the decoded bytes.
    private static func decode(
        _ text: UnsafeBufferPointer<UInt8>, by values: UnsafeBufferPointer<UInt8>,
        into target: UnsafeMutableBufferPointer<UInt8>
    ) -> Bool {
        // A character that is not in the alphabet sets the highest bit.
        var all: UInt8 = 0
        var (source, place) = (0, 0)
        while source + 4 <= text.count {
            let a = values[Int(text[source])]
            let b = values[Int(text[source + 1])]
            let c = values[Int(text[source + 2])]
            let d = values[Int(text[source + 3])]
            all |= a | b | c | d
            target[place] = a << 2 | b >> 4
            target[place + 1] = b << 4 | c >> 2
            target[place + 2] = c << 6 | d
            (source, place) = (source + 4, place + 3)
        }
        if source < text.count {
            let a = values[Int(text[source])]
            let b = values[Int(text[source + 1])]
            let c = text.count - source == 3 ? values[Int(text[source + 2])] : 0
            all |= a | b | c
            target[place] = a << 2 | b >> 4
            if text.count - source == 3 { target[place + 1] = b << 4 | c >> 2 }
        }
        return all & 0x80 == 0
    }

    /// The value of each of the 256 bytes.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0x80, count: 256)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        for (value, character) in alphabet.utf8.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()
}
