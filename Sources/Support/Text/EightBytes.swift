/// Eight bytes of a text that are examined together. The marking functions set the highest bit of each byte that they
/// look for. The lowest mark is always correct; marks above it may be wrong. So the marks show whether any byte
/// matches, and which is the first.
package struct EightBytes {
    @usableFromInline let word: UInt64

    /// The number of bytes that are examined together.
    @inlinable package static var count: Int { 8 }

    @inlinable package init(_ text: Span<UInt8>, at offset: Int) {
        precondition(offset >= 0 && offset + Self.count <= text.count)
        word = UInt64(littleEndian: text.bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    @inlinable package static var ones: UInt64 { 0x0101_0101_0101_0101 }
    @inlinable package static var highBits: UInt64 { 0x8080_8080_8080_8080 }

    @inlinable package func marking(_ byte: UInt8) -> UInt64 {
        let difference = word ^ Self.ones &* UInt64(byte)
        return (difference &- Self.ones) & ~difference & Self.highBits
    }

    /// Marks bytes below 0x20.
    @inlinable package var markingControls: UInt64 { (word &- Self.ones &* 0x20) & ~word & Self.highBits }

    /// Marks bytes of characters outside ASCII. All of these marks are correct.
    @inlinable package var markingBeyondASCII: UInt64 { word & Self.highBits }

    /// The index of the first marked byte; nil if none is marked.
    @inlinable package static func first(_ marks: UInt64) -> Int? { marks == 0 ? nil : marks.trailingZeroBitCount / 8 }
}
