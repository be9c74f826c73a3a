/// Reads a feed that is one JSON document: an array of entries, an object with `accounts`, or one request object of the
/// endpoint.
struct JSONFeed {
    private var entries: JSONEntries

    static func read(_ bytes: [UInt8], from start: Int) throws(FeedFlaw) -> Feed {
        var feed = JSONFeed(entries: JSONEntries(bytes, in: start..<bytes.count))
        return try feed.document()
    }

    private var scanner: JSONScanner {
        get { entries.scanner }
        _modify { yield &entries.scanner }
    }

    private mutating func document() throws(FeedFlaw) -> Feed {
        scanner.passSpace()
        let start = scanner.offset
        var about = About()
        switch scanner.next.map(Unicode.Scalar.init) {
        case "[": try readEntries()
        case "{": about = try readObject()
        default:
            try scanner.skipValue()
            throw FeedFlaw(.unknownDocument, at: start)
        }
        try scanner.finish()
        let generatedAt = try about.checkedGeneratedAt()
        try about.checkCount(of: entries.count)
        return Feed(format: .json, generatedAt: generatedAt, entries: entries.found)
    }

    private mutating func readEntries() throws(FeedFlaw) {
        var array = try scanner.openArray()
        while try scanner.nextElement(in: &array) { try entries.passEntry() }
        scanner.entry = nil
    }

    private mutating func readObject() throws(FeedFlaw) -> About {
        let start = scanner.offset
        var about = About()
        var seen: Set<FeedField> = []
        var bodyStart: Int?
        var object = try scanner.openObject()
        while let key = try scanner.nextKey(in: &object) {
            let field = scanner.field(of: key)
            if let field, [.accounts, .count, .generatedAt].contains(field) {
                guard seen.insert(field).inserted else { throw scanner.namedTwice(key) }
            }
            switch field {
            case .accounts:
                guard scanner.isAt("[") else { throw try notArray() }
                try readEntries()
            case .count: about.count = (scanner.offset, try scanner.fieldValue())
            case .generatedAt: about.generatedAt = (scanner.offset, try scanner.fieldValue())
            case .body where scanner.isAt("{"):
                bodyStart = key.start
                try scanner.skipValue()
            default: try scanner.skipValue()
            }
        }
        switch (seen.contains(.accounts), bodyStart) {
        case (true, let bodyStart?): throw FeedFlaw(.accountsBesideBody, at: bodyStart)
        case (true, nil): break
        case (false, .some): try readRequestObject(at: start)
        case (false, nil): throw FeedFlaw(.unknownDocument, at: start)
        }
        return about
    }

    /// `accounts` is something else; what is not even a value is told as that.
    private mutating func notArray() throws(FeedFlaw) -> FeedFlaw {
        let start = scanner.offset
        try scanner.skipValue()
        return FeedFlaw(.accountsNotArray, at: start)
    }

    /// The document turned out to be one entry, so it is read once more, as one.
    private mutating func readRequestObject(at start: Int) throws(FeedFlaw) {
        scanner.offset = start
        try entries.passEntry()
        scanner.entry = nil
    }
}

/// What a document says about itself.
private struct About {
    var count: (offset: Int, value: FieldValue)?
    var generatedAt: (offset: Int, value: FieldValue)?

    /// The declared number of entries has to be the one that was found: a feed that lost some is not whole.
    func checkCount(of found: Int) throws(FeedFlaw) {
        guard let (offset, value) = count, value != .null else { return }
        guard case .number(let spelling) = value, !spelling.utf8.contains(where: { ".eE".utf8.contains($0) }) else {
            throw FeedFlaw(.countNotInteger(value.spelling), at: offset)
        }
        guard Int(spelling) == found else {
            throw FeedFlaw(.countMismatch(declared: spelling, found: found), at: offset)
        }
    }

    /// Null and empty are not given; of a bare date the day's beginning counts.
    func checkedGeneratedAt() throws(FeedFlaw) -> UTCTime? {
        guard let (offset, value) = generatedAt, !value.isBlank else { return nil }
        guard case .text(let text) = value, let time = EffectiveTime(text) else {
            throw FeedFlaw(.invalidGeneratedAt(value.spelling), at: offset)
        }
        return time.beginning
    }
}

extension FieldValue {
    /// The value as a message shows it.
    fileprivate var spelling: String {
        switch self {
        case .missing: "nothing"
        case .null: "null"
        case .text(let text): text
        case .number(let spelling), .other(let spelling): spelling
        }
    }
}
