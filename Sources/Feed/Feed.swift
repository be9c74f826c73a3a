import Support

/// A feed that is whole: read to its end, every entry found.
package struct Feed: Sendable {
    package var format: FeedFormat
    /// How it was read.
    package var profile: FeedProfile
    /// `generated_at` of a JSON document.
    package var generatedAt: UTCTime?
    /// In feed order; `entries[n].number == n + 1`.
    package var entries: FeedEntries

    package init(
        format: FeedFormat, profile: FeedProfile = .standard, generatedAt: UTCTime? = nil, entries: FeedEntries
    ) {
        self.format = format
        self.profile = profile
        self.generatedAt = generatedAt
        self.entries = entries
    }

    /// Reads a whole feed strictly.
    ///
    /// What is wrong with a single entry is in its ``FeedEntry/faults``; the others are not affected. Whether an entry is
    /// due is not looked at here.
    ///
    /// - Parameters:
    ///   - bytes: all of the feed, with or without a byte order mark.
    ///   - path: where it came from, for error messages; `-` for standard input.
    /// - Throws: ``FeedRefusal`` with the place of the first flaw, if the feed is not whole, or does not state that
    ///   anybody is to be removed. Invalid UTF-8 anywhere comes before any other flaw.
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

    /// Where the text begins behind a byte order mark, once it is known to be UTF-8 and more than white space.
    ///
    /// Checked once for all, so that no reader meets a broken character: what they then decode is what the feed holds.
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
