import Support

/// Reads a feed that is one JSON document: an array of entries, an object with such an array, or one request of the
/// endpoint.
struct JSONFeed {
    private var entries: JSONEntries
    private let profile: FeedProfile

    static func read(_ bytes: [UInt8], from start: Int, _ profile: FeedProfile) throws(FeedFlaw) -> Feed {
        var feed = JSONFeed(entries: JSONEntries(bytes, in: start..<bytes.count, profile), profile: profile)
        return try feed.document()
    }

    private var scanner: JSONScanner {
        get { entries.scanner }
        _modify { yield &entries.scanner }
    }

    private mutating func document() throws(FeedFlaw) -> Feed {
        scanner.passSpace()
        let start = scanner.offset
        var about = AboutDocument()
        switch scanner.next.map(Unicode.Scalar.init) {
        case "[":
            if let records = profile.records { throw FeedFlaw(.noRecords(records), at: start) }
            try readEntries()
        case "{": about = try readObject()
        default:
            try scanner.skipValue()
            throw FeedFlaw(.unknownDocument, at: start)
        }
        try scanner.finish()
        let generatedAt = try about.checkedGeneratedAt(profile)
        try about.checkWhole(entries: entries.count)
        let rules = EntryRules(profile: profile, statement: try entries.statement(profile))
        return Feed(format: .json, profile: profile, generatedAt: generatedAt, entries: entries.found(rules))
    }

    private mutating func readEntries() throws(FeedFlaw) {
        var array = try scanner.openArray()
        while try scanner.nextElement(in: &array) { try entries.passEntry() }
        scanner.entry = nil
    }

    /// What was found so far in the object that contains the entries.
    private struct Met {
        var about = AboutDocument()
        var hasEntries = false
        /// The start of a possible request: the key `body` or `instance`.
        var requestStart: Int?
        var names: Set<[UInt8]> = []
    }

    private mutating func readObject() throws(FeedFlaw) -> AboutDocument {
        let start = scanner.offset
        var met = Met()
        try readMembers(&met, FieldName.folded(profile.records ?? "accounts"))
        switch (met.hasEntries, met.requestStart) {
        case (true, let request?): throw FeedFlaw(.accountsBesideBody, at: request)
        case (true, nil): break
        case (false, .some): try readRequestObject(at: start)
        case (false, nil):
            throw FeedFlaw(profile.records.map { .noRecords($0) } ?? .unknownDocument, at: start)
        }
        return met.about
    }

    /// - Parameter records: The keys that lead from here to the array of entries, separated by dots.
    private mutating func readMembers(_ met: inout Met, _ records: [UInt8]) throws(FeedFlaw) {
        var page = AboutDocument.Page()
        var object = try scanner.openObject()
        while let key = try scanner.nextKey(in: &object) {
            let name = scanner.foldedName(of: key)
            if let document = OwnDocument.document(withKey: name.span) {
                throw FeedFlaw(.ownDocument(document), at: key.start)
            }
            if name == records {
                guard scanner.isAt("[") else { throw try notArray() }
                guard !met.hasEntries else { throw scanner.namedTwice(key) }
                met.hasEntries = true
                try readEntries()
            } else if records.starts(with: name + [UInt8(ascii: ".")]) && scanner.isAt("{") {
                try readMembers(&met, Array(records.dropFirst(name.count + 1)))
            } else if name.span.spells("generated_at") {
                guard met.names.insert(name).inserted else { throw scanner.namedTwice(key) }
                met.about.generatedAt = (scanner.offset, try scanner.fieldValue())
            } else if profile.records == nil && profile.columns[.email] == nil
                && (name.span.spells("body") && scanner.isAt("{") || name.span.spells("instance"))
            {
                met.requestStart = key.start
                try scanner.skipValue()
            } else {
                // Such a name must not appear twice, in any spelling.
                let isMark = AboutDocument.isMark(name.span)
                if isMark && !page.names.insert(name).inserted { throw scanner.namedTwice(key) }
                try met.about.take(key, name.span, into: &page, &scanner)
            }
        }
        met.about.add(page)
    }

    /// The flaw for entries that are not an array. A syntax error in the value is thrown instead.
    private mutating func notArray() throws(FeedFlaw) -> FeedFlaw {
        let start = scanner.offset
        try scanner.skipValue()
        return FeedFlaw(.accountsNotArray, at: start)
    }

    /// The document is a single entry, so it is read again as an entry.
    private mutating func readRequestObject(at start: Int) throws(FeedFlaw) {
        scanner.offset = start
        try entries.passEntry(isWholeDocument: true)
        scanner.entry = nil
    }
}
