import Support

/// A feed that is not whole, or that does not state that anybody is to be removed. It is refused as a whole, before
/// anything was touched.
package struct FeedRefusal: ExplainedError, Hashable {
    package var reason: Reason
    /// Where in the feed; nil for an empty one.
    package var position: FeedPosition?
    /// The number of the JSON entry that was being read, from 1; nil outside of the entries and in CSV.
    package var entry: Int?
    /// The feed's path, or `-`.
    package var path: String
    /// What the file looks like, where that is not what it was read as.
    package var shape: FeedShape?

    package init(reason: Reason, position: FeedPosition?, entry: Int? = nil, path: String, shape: FeedShape? = nil) {
        self.reason = reason
        self.position = position
        self.entry = entry
        self.path = path
        self.shape = shape
    }

    init(_ flaw: FeedFlaw, in bytes: [UInt8], path: String, shape: FeedShape?) {
        self.init(
            reason: flaw.reason, position: flaw.offset.map { FeedPosition(offset: $0, in: bytes) }, entry: flaw.entry,
            path: path, shape: shape)
    }

    /// Whether an option could settle it, with the feed as it is.
    package var isSettledByOperator: Bool {
        switch reason {
        case .removalNotStated, .noStatus, .statusBesideEveryEntryEnds: true
        default: false
        }
    }

    /// Why a feed is not whole. Names and values are held as they stand in the feed; only messages escape them.
    package enum Reason: Hashable, Sendable {
        // Every format
        /// Nothing but white space, or no entry at all in JSON Lines.
        case emptyFile
        case invalidUTF8
        /// The bytes are no text of the encoding that the feed is said to have.
        case notInEncoding(FeedEncoding)
        /// It is a document that this program wrote: a report, a plan.
        case ownDocument(String)
        /// It has no status column, and nobody said that every entry is to be removed.
        case removalNotStated(FoundNames)
        /// The column has no status in any row.
        case noStatus(String)
        /// The operator said that every entry is to be removed, and the feed has this status column.
        case statusBesideEveryEntryEnds(String)
        /// The profile has the field under a name that the feed does not have.
        case noMappedField(EntryField, name: String, found: FoundNames)

        // CSV
        case unclosedQuote
        /// `opened` is where the quoted field began; a forgotten quote can be many lines back.
        case textAfterClosingQuote(opened: FeedPosition)
        /// A quote within a field that does not begin with one.
        case bareQuote
        /// A carriage return without a line feed after it, outside of quotes.
        case bareCarriageReturn
        case tooManyFields(expected: Int, found: Int)
        case tooFewFields(expected: Int, found: Int)
        case columnNamedTwice(String)
        case noEmailColumn(FoundNames)
        /// A field holds something, and its column has no name.
        case contentWithoutColumnName

        // JSON and JSON Lines
        /// Something else stands where `expected` has to be.
        case jsonSyntax(expected: String)
        case jsonTruncated
        case textAfterJSON
        case nestedTooDeeply(limit: Int)
        case elementNotObject
        /// The same key twice in an object, or two spellings of one field (`email` and `instance`) in an entry.
        case keyNamedTwice(String)

        // The JSON document
        /// Neither an array, nor an object with `accounts`, nor the endpoint's request object.
        case unknownDocument
        case accountsNotArray
        /// `accounts` and a request object's `body` in one document: it is not clear which of them is the feed.
        case accountsBesideBody
        case countMismatch(name: String, declared: String, found: Int)
        case countNotInteger(name: String, String)
        /// The document is one page of a list.
        case morePages(named: String)
        /// There is no array under the path that the profile gives.
        case noRecords(String)

        // Of a feed profile
        /// The key is not one of a profile, or holds something else than `expected`.
        case profileKey(String, expected: String)
        case invalidGeneratedAt(String)
    }
}
