import Support

/// Reads a CSV feed: a header row, then one entry per row.
enum CSVFeed {
    static func read(_ bytes: [UInt8], from start: Int, _ profile: FeedProfile) throws(FeedFlaw) -> Feed {
        var rows = CSVScanner(bytes, from: start, delimiter: profile.delimiter)
        guard try rows.nextFilledRow() else { throw FeedFlaw(.emptyFile, at: bytes.count) }
        let columns = try CSVColumns(header: rows, profile)

        var rules = EntryRules(profile: profile)
        var statusCells = StatusCells()
        var places: [FeedEntries.Place] = []
        places.reserveCapacity(likelyRows(in: bytes))
        while try rows.nextFilledRow() {
            try columns.check(rows)
            places.append(FeedEntries.Place(offset: rows.rowBytes.lowerBound, line: rows.rowLine))
            if !statusCells.haveStatus, let status = columns.status(of: rows) {
                statusCells.add(rules.value(status))
            }
        }
        rules.statement = try columns.statement(statusCells, entries: places.count, profile)
        let entries = CSVEntries(rows: rows, columns: columns)
        return Feed(format: .csv, profile: profile, entries: FeedEntries(.csv(entries), rules, at: places))
    }

    /// A capacity that suffices for a usual feed. Growing step by step would hold two copies of the places while they
    /// move.
    private static func likelyRows(in bytes: [UInt8]) -> Int {
        // A feed that consists of line ends must not reserve memory for rows that do not exist.
        min(bytes.count { $0 == .lineFeed } + 1, bytes.count / 24)
    }
}

extension CSVScanner {
    /// Reads the next row that is not empty; false at the end of the feed.
    mutating func nextFilledRow() throws(FeedFlaw) -> Bool {
        while try nextRow() {
            if !isRowEmpty { return true }
        }
        return false
    }
}

/// Whether any row has a status in the status column.
struct StatusCells {
    private(set) var haveStatus = false

    mutating func add(_ value: FieldValue) { haveStatus = haveStatus || !value.isBlank }
}

/// Reads entries of a CSV feed at their places.
struct CSVEntries: Sendable {
    fileprivate var rows: CSVScanner
    fileprivate let columns: CSVColumns

    mutating func fields(at place: FeedEntries.Place) throws(FeedFlaw) -> EntryFields {
        rows.begin(at: place.offset, line: place.line)
        return try rows.nextRow() ? columns.entryFields(of: rows) : EntryFields()
    }
}

/// Maps fields to columns.
struct CSVColumns: Sendable {
    private let names: [String]
    private let headerOffset: Int
    private var places: [EntryField: Int] = [:]
    /// Columns without a name, whose cells must be empty.
    private var unnamed: [Int] = []
    // Kept separately, because every row needs them.
    private let email: Int
    private let status: Int?

    /// Reads the header row. No name may appear twice, not even a name that means nothing: a feed with a faulty header
    /// must not decide removals. A field that the profile maps to a column is read only from that column.
    init(header: CSVScanner, _ profile: FeedProfile) throws(FeedFlaw) {
        names = header.fields.map { header.text(of: $0).trimmed }
        headerOffset = header.rowBytes.lowerBound
        let columns = names.map(FieldName.folded)
        if let report = OwnDocument.columns(names) { throw FeedFlaw(.ownDocument(report), at: headerOffset) }

        var seen: Set<[UInt8]> = []
        for (place, column) in columns.enumerated() {
            let offset = header.fields[place].place.lowerBound
            guard !column.isEmpty else {
                unnamed.append(place)
                continue
            }
            guard seen.insert(column).inserted else { throw FeedFlaw(.columnNamedTwice(names[place]), at: offset) }
            // `email` and `instance` are one field.
            if let field = EntryField(column.span), profile.columns[field] == nil,
                places.updateValue(place, forKey: field) != nil
            {
                throw FeedFlaw(.columnNamedTwice(names[place]), at: offset)
            }
        }
        for (field, name) in profile.columns.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            guard let place = columns.firstIndex(of: FieldName.folded(name)) else {
                throw FeedFlaw(
                    .noMappedField(field, name: name, found: FoundNames(names, nearestTo: name)), at: headerOffset)
            }
            places[field] = place
        }
        guard let email = places[.email] else {
            throw FeedFlaw(.noEmailColumn(FoundNames(names, nearestTo: "email")), at: headerOffset)
        }
        self.email = email
        status = places[.status]
    }

    func check(_ row: CSVScanner) throws(FeedFlaw) {
        let found = row.fields.count
        if found > names.count {
            throw FeedFlaw(
                .tooManyFields(expected: names.count, found: found), at: row.fields[names.count].place.lowerBound)
        }
        if found < names.count {
            throw FeedFlaw(.tooFewFields(expected: names.count, found: found), at: row.rowBytes.upperBound)
        }
        for place in unnamed where !row.fields[place].content.isEmpty {
            throw FeedFlaw(.contentWithoutColumnName, at: row.fields[place].place.lowerBound)
        }
    }

    func status(of row: CSVScanner) -> FieldValue? { status.map { row.value(of: row.fields[$0]) } }

    func entryFields(of row: CSVScanner) -> EntryFields {
        var fields = EntryFields()
        for (field, place) in places { fields[field] = row.value(of: row.fields[place]) }
        return fields
    }

    /// How the feed states removals.
    ///
    /// - Throws: ``FeedFlaw`` if it does not state them, so that the feed must not be applied.
    func statement(
        _ cells: StatusCells, entries: Int, _ profile: FeedProfile
    ) throws(FeedFlaw) -> RemovalStatement {
        switch (status, profile.everyEntryEnds) {
        case (let status?, true): throw FeedFlaw(.statusBesideEveryEntryEnds(names[status]), at: headerOffset)
        case (nil, true): return .everyEntry
        case (nil, false):
            throw FeedFlaw(.removalNotStated(FoundNames(names, nearestTo: "status")), at: headerOffset)
        case (let status?, false):
            guard cells.haveStatus || entries == 0 else { throw FeedFlaw(.noStatus(names[status]), at: headerOffset) }
            return .status
        }
    }
}

/// The names found in a feed, for a message about a missing one.
package struct FoundNames: Hashable, Sendable {
    package var names: [String]
    /// The name that was probably meant; nil if none is similar.
    package var nearest: String?

    init(_ names: [String], nearestTo wanted: String) {
        self.names = names.filter { !$0.isEmpty }
        nearest = Self.nearest(to: wanted, among: self.names)
    }

    /// Other names for such a column in the exports of billing systems.
    private static let likely = [
        "status": ["state", "subscription_status", "account_status", "subscription_state"],
        "email": ["mail", "mail_address", "username", "login"],
    ]

    private static func nearest(to wanted: String, among names: [String]) -> String? {
        func plain(_ name: String) -> String {
            String(name.lowercased().map { $0.isLetter || $0.isNumber ? $0 : "_" })
        }
        let wantedPlain = plain(wanted)
        if let same = names.first(where: { plain($0) == wantedPlain }) { return same }
        if let likely = names.first(where: { likely[wanted]?.contains(plain($0)) == true }) { return likely }
        // "E-mail address" for "email".
        func joined(_ name: String) -> String { plain(name).filter { $0 != "_" } }
        if let part = names.first(where: { joined($0).contains(joined(wanted)) }) { return part }
        let close = names.map { ($0, EditDistance.between(Array(plain($0)), Array(wantedPlain))) }.min { $0.1 < $1.1 }
        return close.flatMap { $0.1 <= max(1, wantedPlain.count / 3) ? $0.0 : nil }
    }

    /// `email, state`; at most the first 20.
    var list: String {
        let shown = names.prefix(20).map { $0.escapedForMessage(limit: 60) }.joined(separator: ", ")
        return names.count > 20 ? "\(shown) and \(names.count - 20) more" : shown
    }
}
