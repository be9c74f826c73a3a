extension String {
    /// A UUID as people and other programs write it. The application stores 32 hex digits; anything else stays as it is.
    package var hyphenatedUUID: String {
        guard utf8.count == 32, utf8.allSatisfy({ UInt8(ascii: "-") != $0 && $0 < 0x80 }) else { return self }
        return String(unsafeUninitializedCapacity: 36) { bytes in
            var place = 0
            for (digit, byte) in utf8.enumerated() {
                if [8, 12, 16, 20].contains(digit) {
                    bytes[place] = UInt8(ascii: "-")
                    place += 1
                }
                bytes[place] = byte
                place += 1
            }
            return place
        }
    }
}
