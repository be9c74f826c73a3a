import Support

/// The keys of a profile, or the options that replace them. Nil means that a key is not given.
package struct FeedProfileKeys: Hashable, Sendable {
    /// The keys of a profile. The options have the same names.
    package enum Name: String, CaseIterable, Sendable {
        case columns, records, delimiter, encoding, files, description, documentation
        case removalStatus = "removal-status"
        case stayingStatus = "staying-status"
        case timeFormat = "time-format"
        case timeZone = "time-zone"
        case nullWords = "null-words"
        case everyEntryEnds = "every-entry-ends"
        case listsEverybody = "lists-everybody"
    }

    package var columns: [EntryField: String] = [:]
    package var records: String?
    package var removalStatus: [String]?
    package var stayingStatus: [String]?
    package var timeFormat: FeedTimeFormat?
    package var timeZone: FeedTimeZone?
    package var nullWords: [String]?
    package var delimiter: FeedDelimiter?
    package var encoding: FeedEncoding?
    package var everyEntryEnds: Bool?
    package var listsEverybody: Bool?
    package var files: [String]?

    package init() {}

    /// These keys, completed with the keys of `other`.
    func over(_ other: FeedProfileKeys) -> FeedProfileKeys {
        var keys = self
        keys.columns = other.columns.merging(columns) { _, own in own }
        keys.records = records ?? other.records
        keys.removalStatus = removalStatus ?? other.removalStatus
        keys.stayingStatus = stayingStatus ?? other.stayingStatus
        keys.timeFormat = timeFormat ?? other.timeFormat
        keys.timeZone = timeZone ?? other.timeZone
        keys.nullWords = nullWords ?? other.nullWords
        keys.delimiter = delimiter ?? other.delimiter
        keys.encoding = encoding ?? other.encoding
        keys.everyEntryEnds = everyEntryEnds ?? other.everyEntryEnds
        keys.listsEverybody = listsEverybody ?? other.listsEverybody
        keys.files = files ?? other.files
        return keys
    }

    /// - Parameter path: The path of the profile; nil for options alone.
    /// - Throws: ``WordWithTwoMeanings``.
    func profile(at path: String?) throws(WordWithTwoMeanings) -> FeedProfile {
        var profile = FeedProfile()
        profile.path = path
        profile.columns = columns
        profile.records = records
        profile.words = StatusWords(
            removal: removalStatus ?? StatusWords.standardRemoval, staying: stayingStatus ?? StatusWords.standardStaying
        )
        profile.timeFormat = timeFormat ?? profile.timeFormat
        profile.timeZone = timeZone ?? profile.timeZone
        profile.nullWords = Set(nullWords ?? [])
        profile.delimiter = delimiter?.byte ?? profile.delimiter
        profile.encoding = encoding ?? profile.encoding
        profile.everyEntryEnds = everyEntryEnds ?? false
        profile.listsEverybody = listsEverybody ?? false
        profile.files = files ?? []
        if let word = profile.words.inBoth { throw WordWithTwoMeanings(word: word, path: path) }
        return profile
    }
}

/// The separator of CSV fields.
package struct FeedDelimiter: Hashable, Sendable {
    let byte: UInt8

    /// One visible ASCII character that is not a letter, digit or quote, or a tab, also written `tab` or `\t`. Nil for
    /// anything else.
    package init?(_ text: String) {
        switch text {
        case "tab", "\\t", "\t": byte = UInt8(ascii: "\t")
        default:
            guard text.utf8.count == 1, let byte = text.utf8.first, byte > 0x20, byte < 0x7F, byte != .quote,
                !Unicode.Scalar(byte).properties.isAlphabetic, !byte.isDigit
            else { return nil }
            self.byte = byte
        }
    }
}

extension FeedProfiles {
    /// Reads the given profiles. Options override the keys of each profile. Without a profile, the options are the
    /// profile.
    ///
    /// - Parameter trust: Whose profile is allowed to decide what a feed means.
    /// - Throws: ``UnusableFile``, ``UntrustedFile``, ``MalformedProfile``, ``WordWithTwoMeanings``.
    package init(readingFilesAt paths: [String], options: FeedProfileKeys, trust: FileTrust) throws {
        var withoutFiles = options
        withoutFiles.files = nil
        let other = try withoutFiles.profile(at: nil)
        let profiles = try paths.map { path in
            try options.over(FeedProfileKeys(readingFileAt: path, trust: trust)).profile(at: path)
        }
        if profiles.isEmpty && options.files != nil {
            // The options apply only to the feeds that match; others are read as if no option were given.
            self.init([try options.profile(at: nil)], other: .standard)
        } else {
            self.init(profiles, other: profiles.isEmpty ? other : .standard)
        }
    }
}
