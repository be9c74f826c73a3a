import Support

/// Reads entries of a JSON feed: first one after the other to check them, later at their known places.
struct JSONEntries: Sendable {
    var scanner: JSONScanner
    private let names: EntryNames
    private let rules: EntryRules
    private var places: [FeedEntries.Place] = []
    private var lines = LineCount()
    /// Whether values are read or only skipped.
    private var keepsValues = false
    /// Whether the only entry is the whole document, which is then a request even without a body.
    private var isWholeDocument = false
    /// Whether the current entry may have a key of this program's own documents.
    private var hasOwnKey = false
    /// What the entries read so far show about how the feed states removals.
    private(set) var seen = Seen()

    struct Seen: Sendable {
        /// Whether an entry has a status, empty or not.
        var statusKey = false
        var status = false
        var request = false
        /// Whether an entry means removal, by its status or as a request.
        var removal = false
        /// The mapped fields of the profile that some entry has.
        var mapped: Set<EntryField> = []
        /// The keys of the first entry.
        var keysOfFirst: [String] = []
    }

    init(_ bytes: [UInt8], in range: Range<Int>, _ profile: FeedProfile) {
        scanner = JSONScanner(bytes, in: range)
        names = EntryNames(profile)
        rules = EntryRules(profile: profile)
    }

    /// The number of entries read so far.
    var count: Int { places.count }

    /// The entries read so far. Each is parsed again when it is accessed.
    func found(_ rules: EntryRules) -> FeedEntries {
        var entries = JSONEntries(scanner.bytes, in: 0..<scanner.bytes.count, rules.profile)
        entries.keepsValues = true
        entries.isWholeDocument = isWholeDocument
        return FeedEntries(.json(entries), rules, at: places)
    }

    /// Checks an entry: an object with its fields, or the endpoint's request object with its fields in `body`.
    ///
    /// - Parameter isWholeDocument: Whether the entry is the whole document.
    mutating func passEntry(isWholeDocument: Bool = false) throws(FeedFlaw) {
        self.isWholeDocument = isWholeDocument
        let number = places.count + 1
        scanner.entry = number
        let start = scanner.offset
        guard scanner.isAt("{") else {
            // A syntax error is reported as such. An array is not parsed: a single bracket on a line means that a JSON
            // document was read as JSON Lines, and "ends too early" would be misleading.
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

    /// - Throws: ``FeedFlaw`` if the entry comes from one of this program's documents, or is such a document.
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

    /// The fields of an entry that was checked before.
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
        // The status is always read: how the feed states removals has to be known before any entry is accessed.
        if keepsValues || wanted.contains(.status) {
            let value = try scanner.fieldValue()
            for field in wanted { fields[field] = value }
        } else {
            try scanner.skipValue()
            for field in wanted { fields[field] = .null }
        }
    }

    /// Reads the value of a key that leads to mapped fields of the profile.
    ///
    /// - Returns: Whether the key does; if not, nothing was read.
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

    /// How the feed states removals. Call this after all entries have been checked.
    ///
    /// - Throws: ``FeedFlaw`` if it does not state them. The feed must not be applied then.
    func statement(_ profile: FeedProfile) throws(FeedFlaw) -> RemovalStatement {
        guard count > 0 else { return profile.everyEntryEnds ? .everyEntry : .status }
        // Some programs leave out keys without a value, so a mapped field may be missing everywhere. But if anybody is
        // to be removed, every mapped field must be found: the path of a date may be wrong, and the date in the future.
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
    /// A field that the profile maps to a path.
    struct Mapped: Sendable {
        var field: EntryField
        /// The keys that lead to it, folded and separated by dots.
        var path: [UInt8]

        /// The rest of the path after a key; nil if the path does not begin with that key.
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

    /// Whether the field is read under its own name.
    func isOwn(_ field: EntryField) -> Bool { elsewhere.isEmpty || !elsewhere.contains(field) }

    /// Whether the endpoint's requests are recognized.
    var readRequests: Bool { isOwn(.email) }
}

extension JSONScanner {
    /// The flaw for a key whose field has been named before, in any spelling.
    func namedTwice(_ key: Key) -> FeedFlaw {
        FeedFlaw(.keyNamedTwice(text(of: key)), at: key.start, entry: entry)
    }
}

/// Computes line numbers of increasing offsets, so that the line ends of a feed are counted only once.
private struct LineCount: Sendable {
    private var offset = 0
    private var line = 1

    mutating func line(at place: Int, in bytes: [UInt8]) -> Int {
        line += bytes[offset..<place].count { $0 == .lineFeed }
        offset = place
        return line
    }
}
