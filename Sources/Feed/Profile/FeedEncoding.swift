/// The encodings of a feed.
package enum FeedEncoding: String, CaseIterable, Sendable {
    case utf8 = "utf-8"
    /// With a byte order mark.
    case utf16 = "utf-16"
    case windows1252 = "windows-1252"

    /// Converts the bytes to UTF-8.
    ///
    /// - Throws: ``FeedFlaw`` if the bytes are not text in this encoding. UTF-8 is not checked here.
    func text(of bytes: [UInt8]) throws(FeedFlaw) -> [UInt8] {
        switch self {
        case .utf8: bytes
        case .utf16: try Self.fromUTF16(bytes)
        case .windows1252: try Self.fromWindows1252(bytes)
        }
    }

    private static func fromUTF16(_ bytes: [UInt8]) throws(FeedFlaw) -> [UInt8] {
        let isLittleEndian = bytes.starts(with: [0xFF, 0xFE])
        guard isLittleEndian || bytes.starts(with: [0xFE, 0xFF]), bytes.count % 2 == 0 else {
            throw FeedFlaw(.notInEncoding(.utf16), at: nil)
        }
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        var units = stride(from: 2, to: bytes.count, by: 2).lazy.map { place in
            isLittleEndian
                ? UInt16(bytes[place + 1]) << 8 | UInt16(bytes[place])
                : UInt16(bytes[place]) << 8 | UInt16(bytes[place + 1])
        }.makeIterator()
        var decoder = UTF16()
        while true {
            switch decoder.decode(&units) {
            case .scalarValue(let scalar):
                text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            case .emptyInput: return text
            case .error: throw FeedFlaw(.notInEncoding(.utf16), at: nil)
            }
        }
    }

    /// The characters 0x80 to 0x9F; 0 if the encoding has none. From the Unicode Consortium's mapping `CP1252.TXT`.
    private static let upperWindows1252: [UInt16] = [
        0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017D, 0,
        0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E,
        0x0178,
    ]

    private static func fromWindows1252(_ bytes: [UInt8]) throws(FeedFlaw) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        for byte in bytes {
            guard byte >= 0x80 else {
                text.append(byte)
                continue
            }
            let value = byte < 0xA0 ? upperWindows1252[Int(byte - 0x80)] : UInt16(byte)
            guard value != 0, let scalar = Unicode.Scalar(value), let encoded = UTF8.encode(scalar) else {
                throw FeedFlaw(.notInEncoding(.windows1252), at: nil)
            }
            text.append(contentsOf: encoded)
        }
        return text
    }
}
