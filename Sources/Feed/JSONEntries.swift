import Support

/// Reads entries of a feed in JSON: one after the other to check them, and at their places once they are known.
struct JSONEntries: Sendable {
    var scanner: JSONScanner
    private let names: EntryNames
    private let rules: EntryRules
    private var places: [FeedEntries.Place] = []
    private var lines = LineCount()
    /// Whether values are wanted, or only passed over.
    private var keepsValues = false
    /// Whether the one entry is the document itself, which is a request also without a body.
    private var isWholeDocument = false
    /// Whether the entry that is being passed has a key of this program's own documents.
    private var hasOwnKey = false
    /// What the entries that were passed say of how the feed states removals.
    private(set) var seen = Seen()

    struct Seen: Sendable {
        /// Whether an entry has a status, empty or not.
        var statusKey = false
        var status = false
        var request = false
        /// Whether an entry means removal, by its status or as a request.
        var removal = false
        /// The fields that the profile has elsewhere and that some entry has.
        var mapped: Set<EntryField> = []
        /// The keys of the first entry.
        var keysOfFirst: [String] = []
    }

    init(_ bytes: [UInt8], in range: Range<Int>, _ profile: FeedProfile) {
        scanner = JSONScanner(bytes, in: range)
        names = EntryNames(profile)
        rules = EntryRules(profile: profile)
    }

    /// How many were passed.
    var count: Int { places.count }

    /// The entries that were passed, to be read when they are asked for.
    func found(_ rules: EntryRules) -> FeedEntries {
        var entries = JSONEntries(scanner.bytes, in: 0..<scanner.bytes.count, rules.profile)
        entries.keepsValues = true
        entries.isWholeDocument = isWholeDocument
        return FeedEntries(.json(entries), rules, at: places)
    }

    /// Passes an entry: an object with its fields, or the endpoint's request object with its fields in `body`.
    ///
    /// - Parameter isWholeDocument: whether the entry is the whole document.
    mutating func passEntry(isWholeDocument: Bool = false) throws(FeedFlaw) {
        self.isWholeDocument = isWholeDocument
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
        try readFields(into: &fields, isBody: false)
        note(fields)
        if hasOwnKey { try requireOthers(at: start, number) }
        places.append(FeedEntries.Place(offset: start, line: line))
    }

    /// - Throws: where the entry is one of a document of this program, or the document itself.
    private mutating func requireOthers(at start: Int, _ number: Int) throws(FeedFlaw) {
        let end = scanner.offset
        scanner.offset = start
        var names: [String] = []
        var object = try scanner.openObject()
        while let key = try scanner.nextKey(in: &object) {
            let name = scanner.foldedName(of: key)
            if let document = OwnDocument.document(withKey: name.span) {
                throw FeedFlaw(.ownDocument(document), at: start, entry: number)
            }
            names.append(String(decoding: name, as: UTF8.self))
            try scanner.skipValue()
        }
        if let document = OwnDocument.columns(names) {
            throw FeedFlaw(.ownDocument(document), at: start, entry: number)
        }
        scanner.offset = end
        hasOwnKey = false
    }

    private mutating func note(_ fields: EntryFields) {
        if fields.isRequest { (seen.request, seen.removal) = (true, true) }
        guard !seen.status || !seen.removal, fields.status != .missing else { return }
        let status = rules.value(fields.status)
        seen.statusKey = true
        seen.status = seen.status || !status.isBlank
        seen.removal = seen.removal || rules.profile.words.meaning(of: status.spelling.trimmed) == .removal
    }

    /// The fields of an entry that was passed before.
    mutating func fields(at place: FeedEntries.Place) throws(FeedFlaw) -> EntryFields {
        scanner.begin(place.offset..<scanner.bytes.count)
        var fields = EntryFields()
        try readFields(into: &fields, isBody: false)
        return fields
    }

    private mutating func readFields(into fields: inout EntryFields, isBody: Bool) throws(FeedFlaw) {
        var object = try scanner.openObject()
        var hasBody = false
        while let key = try scanner.nextKey(in: &object) {
            if !keepsValues, places.isEmpty, !isBody { seen.keysOfFirst.append(scanner.text(of: key)) }
            if !names.mapped.isEmpty, try readMapped(key, names.mapped, into: &fields) { continue }
            if let field = scanner.entryField(of: key), names.isOwn(field) {
                if field == .email && (isBody || isWholeDocument) && scanner.isNamed(key, "instance") {
                    fields.isRequest = true
                }
                try read(key, [field], into: &fields)
            } else if !isBody, names.readRequests, scanner.isAt("{"), scanner.isNamed(key, "body") {
                guard !hasBody else { throw scanner.namedTwice(key) }
                hasBody = true
                try readFields(into: &fields, isBody: true)
            } else {
                if !keepsValues && !isBody && scanner.mayBeOwn(key) { hasOwnKey = true }
                try scanner.skipValue()
            }
        }
    }

    private mutating func read(
        _ key: JSONScanner.Key, _ wanted: [EntryField], into fields: inout EntryFields
    ) throws(FeedFlaw) {
        for field in wanted {
            guard case .missing = fields[field] else { throw scanner.namedTwice(key) }
        }
        // The status tells whether the feed states removals at all, which has to be known before an entry is asked for.
        if keepsValues || wanted.contains(.status) {
            let value = try scanner.fieldValue()
            for field in wanted { fields[field] = value }
        } else {
            try scanner.skipValue()
            for field in wanted { fields[field] = .null }
        }
    }

    /// Reads the value of a key that is on the way to fields of the profile.
    ///
    /// - Returns: whether it was one; if not, nothing was read.
    private mutating func readMapped(
        _ key: JSONScanner.Key, _ wanted: [EntryNames.Mapped], into fields: inout EntryFields
    ) throws(FeedFlaw) -> Bool {
        let name = scanner.foldedName(of: key)
        let here = wanted.filter { $0.path == name }.map(\.field)
        if !here.isEmpty {
            if !keepsValues { seen.mapped.formUnion(here) }
            try read(key, here, into: &fields)
            return true
        }
        let deeper = wanted.compactMap { $0.behind(name) }
        guard !deeper.isEmpty, scanner.isAt("{") else { return false }
        var object = try scanner.openObject()
        while let key = try scanner.nextKey(in: &object) {
            if try !readMapped(key, deeper, into: &fields) { try scanner.skipValue() }
        }
        return true
    }

    // MARK: What the entries state

    /// How the feed states removals, once all entries were passed.
    ///
    /// - Throws: where it does not, so that it must not be carried out.
    func statement(_ profile: FeedProfile) throws(FeedFlaw) -> RemovalStatement {
        guard count > 0 else { return profile.everyEntryEnds ? .everyEntry : .status }
        // Some programs leave keys without a value out. A date that is missing everywhere matters once somebody is to be
        // removed: the path may be wrong, and the date in the future.
        let mustBeThere: Set<EntryField> =
            seen.removal || profile.everyEntryEnds ? Set(EntryField.allCases) : [.email, .status]
        for (field, path) in profile.columns.sorted(by: { $0.key.rawValue < $1.key.rawValue })
        where mustBeThere.contains(field) && !seen.mapped.contains(field) {
            throw FeedFlaw(
                .noMappedField(field, name: path, found: FoundNames(seen.keysOfFirst, nearestTo: path)), at: nil)
        }
        if profile.everyEntryEnds {
            guard !seen.statusKey else { throw FeedFlaw(.statusBesideEveryEntryEnds("status"), at: nil) }
            return .everyEntry
        }
        if seen.status { return .status }
        if seen.request { return .request }
        throw FeedFlaw(
            seen.statusKey
                ? .noStatus("status") : .removalNotStated(FoundNames(seen.keysOfFirst, nearestTo: "status")), at: nil)
    }
}

/// Where the fields of an entry are in JSON.
struct EntryNames: Sendable {
    /// A field that is not under its own name.
    struct Mapped: Sendable {
        var field: EntryField
        /// The keys that lead to it, folded, with dots between them.
        var path: [UInt8]

        /// What is left of the path behind a key; nil where it does not lead through it.
        func behind(_ name: [UInt8]) -> Mapped? {
            guard path.count > name.count + 1, path.starts(with: name), path[name.count] == UInt8(ascii: ".") else {
                return nil
            }
            return Mapped(field: field, path: Array(path.dropFirst(name.count + 1)))
        }
    }

    let mapped: [Mapped]
    private let elsewhere: Set<EntryField>

    init(_ profile: FeedProfile) {
        mapped = profile.columns.map { Mapped(field: $0.key, path: FieldName.folded($0.value)) }
        elsewhere = Set(profile.columns.keys)
    }

    /// Whether the field is under its own name.
    func isOwn(_ field: EntryField) -> Bool { elsewhere.isEmpty || !elsewhere.contains(field) }

    /// Whether the endpoint's requests are looked for.
    var readRequests: Bool { isOwn(.email) }
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
