extension String {
    /// The string with A to Z in lower case. All other bytes stay as they are.
    ///
    /// `lowercased()` also changes letters outside ASCII, which would make two different domains or statuses equal.
    package var asciiLowercased: String {
        guard utf8.contains(where: { $0.isASCIICapital }) else { return self }
        return String(decoding: utf8.map { $0.asciiLowercased }, as: UTF8.self)
    }
}
