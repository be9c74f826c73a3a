/// Reads entries of a feed in JSON: one after the other to check them, and at their places once they are known.
struct JSONEntries: Sendable {
    var scanner: JSONScanner
    private var places: [FeedEntries.Place] = []
    private var lines = LineCount()
    /// Whether values are wanted, or only passed over.
    private var keepsValues = false

    init(_ bytes: [UInt8], in range: Range<Int>) {
        scanner = JSONScanner(bytes, in: range)
    }

    /// How many were passed.
    var count: Int { places.count }

    /// The entries that were passed, to be read when they are asked for.
    var found: FeedEntries { FeedEntries(.json(JSONEntries(scanner.bytes, in: 0..<scanner.bytes.count)), at: places) }

    /// Passes the entry at hand: an object with its fields, or the endpoint's request object with its fields in `body`.
    mutating func passEntry() throws(FeedFlaw) {
        let number = places.count + 1
        scanner.entry = number
        let start = scanner.offset
        guard scanner.isAt("{") else {
            // What is not even a value is told as that. An array is not looked into: a lone bracket on a line is a JSON
            // document that was taken for JSON Lines, and "ends too early" would lead astray.
            if !scanner.isAt("[") { try scanner.skipValue() }
            throw FeedFlaw(.elementNotObject, at: start, entry: number)
        }
        let line = lines.line(at: start, in: scanner.bytes)
        var fields = EntryFields()
        try readFields(into: &fields, lookingForBody: true)
        places.append(FeedEntries.Place(offset: start, line: line))
    }

    /// The fields of an entry that was passed before.
    mutating func fields(at place: FeedEntries.Place) throws(FeedFlaw) -> EntryFields {
        scanner.begin(place.offset..<scanner.bytes.count)
        keepsValues = true
        var fields = EntryFields()
        try readFields(into: &fields, lookingForBody: true)
        return fields
    }

    private mutating func readFields(into fields: inout EntryFields, lookingForBody: Bool) throws(FeedFlaw) {
        var object = try scanner.openObject()
        var hasBody = false
        while let key = try scanner.nextKey(in: &object) {
            switch scanner.field(of: key) {
            case .email: try read(key, into: &fields.email)
            case .status: try read(key, into: &fields.status)
            case .accountID: try read(key, into: &fields.accountID)
            case .reason: try read(key, into: &fields.reason)
            case .effectiveAt: try read(key, into: &fields.effectiveAt)
            case .body where lookingForBody && scanner.isAt("{"):
                guard !hasBody else { throw scanner.namedTwice(key) }
                hasBody = true
                try readFields(into: &fields, lookingForBody: false)
            default: try scanner.skipValue()
            }
        }
    }

    private mutating func read(_ key: JSONScanner.Key, into field: inout FieldValue) throws(FeedFlaw) {
        guard case .missing = field else { throw scanner.namedTwice(key) }
        if keepsValues {
            field = try scanner.fieldValue()
        } else {
            try scanner.skipValue()
            field = .null
        }
    }
}

extension JSONScanner {
    /// The flaw that a key means a field that was named before, in whatever spelling.
    func namedTwice(_ key: Key) -> FeedFlaw {
        FeedFlaw(.keyNamedTwice(text(of: key)), at: key.start, entry: entry)
    }
}

/// Tells the line of places that only ever move on, so that a feed is counted through once.
private struct LineCount: Sendable {
    private var offset = 0
    private var line = 1

    mutating func line(at place: Int, in bytes: [UInt8]) -> Int {
        line += bytes[offset..<place].count { $0 == .lineFeed }
        offset = place
        return line
    }
}
