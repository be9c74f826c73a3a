/// Reads a feed in CSV: a header row, then one entry to the row.
enum CSVFeed {
    static func read(_ bytes: [UInt8], from start: Int) throws(FeedFlaw) -> Feed {
        var rows = CSVScanner(bytes, from: start)
        // The feed is more than white space, so there is a row.
        guard try rows.nextRow() else { throw FeedFlaw(.emptyFile, at: bytes.count) }
        let columns = try CSVColumns(header: rows)

        var places: [FeedEntries.Place] = []
        places.reserveCapacity(likelyRows(in: bytes))
        while try rows.nextRow() {
            try columns.checkNumber(of: rows)
            places.append(FeedEntries.Place(offset: rows.rowBytes.lowerBound, line: rows.rowLine))
        }
        return Feed(format: .csv, entries: FeedEntries(.csv(CSVEntries(rows: rows, columns: columns)), at: places))
    }

    /// Enough for a usual feed. Growing step by step would hold places twice over while they move.
    private static func likelyRows(in bytes: [UInt8]) -> Int {
        // A feed of line ends alone must not make us ask for memory that no row will need.
        min(bytes.count { $0 == .lineFeed } + 1, bytes.count / 24)
    }
}

/// Reads entries of a feed in CSV at their places.
struct CSVEntries: Sendable {
    fileprivate var rows: CSVScanner
    fileprivate let columns: CSVColumns

    mutating func fields(at place: FeedEntries.Place) throws(FeedFlaw) -> EntryFields {
        rows.begin(at: place.offset, line: place.line)
        return try rows.nextRow() ? columns.entryFields(of: rows) : EntryFields()
    }
}

/// Which column holds which field.
struct CSVColumns: Sendable {
    private var count: Int
    private var email: Int
    private var status: Int?
    private var accountID: Int?
    private var reason: Int?
    private var effectiveAt: Int?

    /// Reads the header row. No name may stand twice, not even one that means nothing: a feed whose header is wrong is
    /// not one to delete by.
    init(header: CSVScanner) throws(FeedFlaw) {
        var places: [FeedField: Int] = [:]
        var unknown: Set<[UInt8]> = []
        for (place, column) in header.fields.enumerated() {
            let name = header.text(of: column)
            let bytes = name.utf8.span
            let isNew =
                if let field = FeedField(bytes) {
                    places.updateValue(place, forKey: field) == nil
                } else {
                    unknown.insert(FeedField.folded(bytes)).inserted
                }
            guard isNew else { throw FeedFlaw(.columnNamedTwice(name), at: column.place.lowerBound) }
        }
        guard let email = places[.email] else { throw FeedFlaw(.noEmailColumn, at: header.rowBytes.lowerBound) }
        count = header.fields.count
        self.email = email
        status = places[.status]
        accountID = places[.accountID]
        reason = places[.reason]
        effectiveAt = places[.effectiveAt]
    }

    func checkNumber(of row: CSVScanner) throws(FeedFlaw) {
        let found = row.fields.count
        if found > count {
            throw FeedFlaw(.tooManyFields(expected: count, found: found), at: row.fields[count].place.lowerBound)
        }
        if found < count {
            throw FeedFlaw(.tooFewFields(expected: count, found: found), at: row.rowBytes.upperBound)
        }
    }

    func entryFields(of row: CSVScanner) -> EntryFields {
        func value(_ column: Int?) -> FieldValue {
            guard let column else { return .missing }
            return .text(row.text(of: row.fields[column]))
        }
        return EntryFields(
            email: value(email), status: value(status), accountID: value(accountID), reason: value(reason),
            effectiveAt: value(effectiveAt))
    }
}
