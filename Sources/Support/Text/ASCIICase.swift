extension String {
    /// The string with A to Z made small and everything else left as it is, byte for byte.
    ///
    /// `lowercased()` also folds letters beyond ASCII, and would make one domain or status of two.
    package var asciiLowercased: String {
        guard utf8.contains(where: { $0.isASCIICapital }) else { return self }
        return String(decoding: utf8.map { $0.asciiLowercased }, as: UTF8.self)
    }
}
