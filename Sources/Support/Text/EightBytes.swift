/// Eight bytes of a text looked at together. Of the marks that these functions set, the highest bit of a byte each, the
/// lowest is exact; one above it may be set for nothing. So they tell whether a byte is among the eight, and which is the
/// first.
package struct EightBytes {
    @usableFromInline let word: UInt64

    /// The number of bytes.
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

    /// Marks bytes of characters beyond ASCII; all of these marks are exact.
    @inlinable package var markingBeyondASCII: UInt64 { word & Self.highBits }

    /// Which of the eight is marked first; nil for none.
    @inlinable package static func first(_ marks: UInt64) -> Int? { marks == 0 ? nil : marks.trailingZeroBitCount / 8 }
}
