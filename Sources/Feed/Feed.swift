import Support

/// A feed that was read to its end and is whole.
package struct Feed: Sendable {
    /// nil for entries that were not read from a feed.
    package var format: FeedFormat?
    /// The profile that it was read with.
    package var profile: FeedProfile
    /// `generated_at` of a JSON document.
    package var generatedAt: UTCTime?
    /// In feed order; `entries[n].number == n + 1`.
    package var entries: FeedEntries

    package init(
        format: FeedFormat?, profile: FeedProfile = .standard, generatedAt: UTCTime? = nil, entries: FeedEntries
    ) {
        self.format = format
        self.profile = profile
        self.generatedAt = generatedAt
        self.entries = entries
    }

    /// Reads a whole feed strictly.
    ///
    /// Faults of a single entry are in its ``FeedEntry/faults`` and do not affect the others. Whether an entry is due
    /// is not checked here.
    ///
    /// - Parameters:
    ///   - bytes: The whole feed, with or without a byte order mark.
    ///   - path: Where the feed came from, for error messages; `-` for standard input.
    /// - Throws: ``FeedRefusal`` with the position of the first flaw, if the feed is not whole or does not state that
    ///   anybody is to be removed. Invalid UTF-8 anywhere is reported before any other flaw.
    package init(
        parsing bytes: [UInt8], as format: FeedFormat, _ profile: FeedProfile = .standard, path: String
    ) throws(FeedRefusal) {
        var text = bytes
        do throws(FeedFlaw) {
            text = try profile.encoding.text(of: bytes)
            let start = try Self.checkedStart(of: text)
            switch format {
            case .csv: self = try CSVFeed.read(text, from: start, profile)
            case .json: self = try JSONFeed.read(text, from: start, profile)
            case .jsonl: self = try JSONLinesFeed.read(text, from: start, profile)
            }
        } catch {
            throw FeedRefusal(
                error, in: text, path: path, shape: FeedShape(of: bytes, readAs: format, profile))
        }
    }

    /// Checks that the text is UTF-8 and more than white space. Returns the offset after a byte order mark.
    ///
    /// UTF-8 is checked once for the whole feed, so no reader meets an invalid character. Decoded text is then always
    /// what the feed contains.
    private static func checkedStart(of bytes: [UInt8]) throws(FeedFlaw) -> Int {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            throw FeedFlaw(.invalidUTF8, at: error.byteOffsets.lowerBound)
        }
        let start = ByteOrderMark.length(in: bytes)
        guard bytes[start...].contains(where: { !$0.isJSONSpace }) else { throw FeedFlaw(.emptyFile, at: start) }
        return start
    }
}
