import Support

/// A feed that is not whole, or does not state that anybody is to be removed. The whole feed is refused before anything
/// is changed.
package struct FeedRefusal: ExplainedError, Hashable {
    package var reason: Reason
    /// The position of the flaw; nil if it has none, as in an empty feed.
    package var position: FeedPosition?
    /// The number of the JSON entry that was being read, from 1; nil outside the entries and in CSV.
    package var entry: Int?
    /// The feed's path, or `-`.
    package var path: String
    /// What the file looks like, if that differs from the format and encoding that it was read in.
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

    /// Whether an option could resolve it without a change of the feed.
    package var isSettledByOperator: Bool {
        switch reason {
        case .removalNotStated, .noStatus, .statusBesideEveryEntryEnds: true
        default: false
        }
    }

    /// Why a feed is not whole. Names and values are stored as they are in the feed; only messages escape them.
    package enum Reason: Hashable, Sendable {
        // Every format
        /// Only white space, or no CSV row with content.
        case emptyFile
        case invalidUTF8
        /// The bytes are not text in the given encoding.
        case notInEncoding(FeedEncoding)
        /// A document that this program wrote: a report, a plan.
        case ownDocument(String)
        /// The feed has no status column, and the operator has not stated that every entry is to be removed.
        case removalNotStated(FoundNames)
        /// No row has a status in this column.
        case noStatus(String)
        /// The operator has stated that every entry is to be removed, but the feed has this status column.
        case statusBesideEveryEntryEnds(String)
        /// The profile maps the field to a name that the feed does not have.
        case noMappedField(EntryField, name: String, found: FoundNames)

        // CSV
        case unclosedQuote
        /// `opened` is where the quoted field began. A forgotten quote can be many lines back.
        case textAfterClosingQuote(opened: FeedPosition)
        /// A quote inside a field that does not begin with one.
        case bareQuote
        /// A carriage return without a line feed after it, outside quotes.
        case bareCarriageReturn
        case tooManyFields(expected: Int, found: Int)
        case tooFewFields(expected: Int, found: Int)
        case columnNamedTwice(String)
        case noEmailColumn(FoundNames)
        /// A field has content, but its column has no name.
        case contentWithoutColumnName

        // JSON and JSON Lines
        /// Something other than `expected` was found.
        case jsonSyntax(expected: String)
        case jsonTruncated
        case textAfterJSON
        case nestedTooDeeply(limit: Int)
        case elementNotObject
        /// A key twice in one object, or two spellings of one field (`email` and `instance`) in an entry.
        case keyNamedTwice(String)

        // The JSON document
        /// Neither an array, nor an object with `accounts`, nor the endpoint's request object.
        case unknownDocument
        case accountsNotArray
        /// `accounts` and a request object's `body` in one document. It is unclear which of them is the feed.
        case accountsBesideBody
        case countMismatch(name: String, declared: String, found: Int)
        case countNotInteger(name: String, String)
        /// The document is one page of a list.
        case morePages(named: String)
        /// There is no array at the profile's path.
        case noRecords(String)

        // Feed profiles
        /// The key is not one of a profile's, or its value is not what `expected` describes.
        case profileKey(String, expected: String)
        case invalidGeneratedAt(String)
    }
}
