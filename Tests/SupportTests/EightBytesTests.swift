import Testing

@testable import SamplePlane
@testable import Support

@Suite("Eight bytes at once")
struct EightBytesTests {
    @Test("tell the first of what is looked for, at every place and among all others")
    func firstOf() {
        var random = SplitMix64(seed: 8)
        for _ in 0..<20_000 {
            // Bytes that are near to those that are looked for come often.
            let text = (0..<11).map { _ in
                [0, 1, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x2B, 0x2C, 0x5B, 0x5C, 0x5D, 0x7E, 0x7F, 0x80, 0xA2, 0xFF, 0x61][
                    random.number(in: 0...17)] as UInt8
            }
            let offset = random.number(in: 0...3)
            let bytes = EightBytes(text.span, at: offset)
            func first(_ isMeant: (UInt8) -> Bool) -> Int? {
                text[offset..<offset + 8].firstIndex(where: isMeant).map { $0 - offset }
            }
            for byte in [0x2C, 0x22, 0x5C, 0x0A, 0x7F, 0x00, 0xFF] as [UInt8] {
                #expect(EightBytes.first(bytes.marking(byte)) == first { $0 == byte })
            }
            #expect(EightBytes.first(bytes.markingControls) == first { $0 < 0x20 })
            #expect(EightBytes.first(bytes.markingBeyondASCII) == first { $0 >= 0x80 })
            let marks = bytes.marking(.quote) | bytes.marking(.backslash) | bytes.markingControls
            #expect(EightBytes.first(marks) == first { $0 == .quote || $0 == .backslash || $0 < 0x20 })
        }
    }
}
