/// A feed that is not whole. It is refused as a whole, before anything was touched.
public struct FeedRefusal: ExplainedError, Hashable {
    public var reason: Reason
    /// Where in the feed; nil for an empty one.
    public var position: FeedPosition?
    /// The number of the JSON entry that was being read, from 1; nil outside of the entries and in CSV.
    public var entry: Int?
    /// The feed's path, or `-`.
    public var path: String

    public init(reason: Reason, position: FeedPosition?, entry: Int? = nil, path: String) {
        self.reason = reason
        self.position = position
        self.entry = entry
        self.path = path
    }

    init(_ flaw: FeedFlaw, in bytes: [UInt8], path: String) {
        self.init(
            reason: flaw.reason, position: flaw.offset.map { FeedPosition(offset: $0, in: bytes) }, entry: flaw.entry,
            path: path)
    }

    /// Why a feed is not whole. Names and values are held as they stand in the feed; only messages escape them.
    public enum Reason: Hashable, Sendable {
        // Every format
        /// Nothing but white space, or no entry at all in JSON Lines.
        case emptyFile
        case invalidUTF8

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
        case noEmailColumn

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
        case countMismatch(declared: String, found: Int)
        case countNotInteger(String)
        case invalidGeneratedAt(String)
    }
}
