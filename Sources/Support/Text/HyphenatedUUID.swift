extension String {
    /// A UUID in the usual form with hyphens. The application stores 32 hex digits; any other text is returned
    /// unchanged.
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
