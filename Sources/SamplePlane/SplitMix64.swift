import Support

/// A seeded random number generator. The same seed gives the same sample wherever the program runs.
///
/// SplitMix64 as published by Steele, Lea and Flood (2014). For samples, never for secrets.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension SplitMix64 {
    /// True once in `n` draws, on average.
    package mutating func oneIn(_ n: UInt64) -> Bool {
        next(upperBound: n) == 0
    }

    package mutating func number(in range: ClosedRange<Int>) -> Int {
        Int.random(in: range, using: &self)
    }

    package mutating func bytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8]()
        bytes.reserveCapacity(count + 7)
        while bytes.count < count {
            withUnsafeBytes(of: next().littleEndian) { bytes.append(contentsOf: $0) }
        }
        bytes.removeLast(bytes.count - count)
        return bytes
    }

    /// `length` characters of an alphabet of ASCII characters.
    package mutating func text(_ length: Int, of alphabet: [UInt8]) -> String {
        var characters = [UInt8]()
        characters.reserveCapacity(length)
        for _ in 0..<length {
            characters.append(alphabet[Int(next(upperBound: UInt64(alphabet.count)))])
        }
        return String(decoding: characters, as: UTF8.self)
    }

    /// `length` lower-case hexadecimal digits.
    package mutating func hex(_ length: Int) -> String {
        text(length, of: Alphabet.hexadecimal)
    }

    /// A version 4 UUID as Django stores it in SQLite: 32 hexadecimal digits.
    package mutating func uuid() -> String {
        var digits = Array(hex(32).utf8)
        digits[12] = UInt8(ascii: "4")
        digits[16] = Alphabet.uuidVariant[Int(next(upperBound: UInt64(4)))]
        return String(decoding: digits, as: UTF8.self)
    }
}

/// The characters that the application uses for its keys and tokens.
enum Alphabet {
    static let hexadecimal = Array("0123456789abcdef".utf8)
    static let uuidVariant = Array("89ab".utf8)
    static let sessionKey = Array("abcdefghijklmnopqrstuvwxyz0123456789".utf8)
    /// Django's base 62, in the order of its digits.
    static let base62 = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
    static let base64URL = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
}
