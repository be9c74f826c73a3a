import Support

/// What a JSON document states about itself in addition to its entries: when it was made, how many entries it has, and
/// whether it is one page of a list.
struct AboutDocument {
    var generatedAt: (offset: Int, value: FieldValue)?
    private var counts: [(name: String, offset: Int, value: FieldValue)] = []
    /// Where the document states that there are more entries.
    private var more: (name: String, offset: Int)?

    /// The paging marks of one object. Some list APIs always name a next page, and state separately whether there is
    /// one.
    struct Page {
        var names: Set<[UInt8]> = []
        fileprivate var next: (name: String, offset: Int)?
        fileprivate var hasMore: Bool?
    }

    /// Names of members whose value has to be the number of entries.
    private static let countNames: Set<String> = [
        "count", "total", "total_count", "totalcount", "totalresults", "total_results", "numreturned", "total_items",
        "totalitems",
        "total_records", "totalrecords", "record_count", "recordcount", "total_entries", "totalentries",
    ]
    /// Flags that state that another page has more entries.
    private static let moreNames: Set<String> = [
        "has_more", "hasmore", "has_next", "hasnext", "has_next_page", "hasnextpage", "more",
    ]
    /// Names under which list APIs give the next page.
    private static let nextNames: Set<String> = [
        "next", "next_page", "nextpage", "next_page_url", "next_page_uri", "next_page_token", "nextpagetoken",
        "next_token", "nexttoken", "next_cursor", "nextcursor", "next_offset", "next_url", "next_link", "nextlink",
        "@odata.nextlink",
    ]
    /// Names of members that hold a number of pages.
    private static let pageNumberNames: Set<String> = [
        "total_pages", "totalpages", "last_page", "lastpage", "page_count", "pagecount", "pages", "num_pages",
        "numpages",
    ]
    /// Names of objects in which list APIs put these members.
    private static let wrappers: Set<String> = [
        "meta", "metadata", "links", "_links", "pagination", "paging", "page", "page_info", "pageinfo", "cursor",
        "cursors",
    ]

    static func isMark(_ name: Span<UInt8>) -> Bool {
        let name = text(name)
        return [countNames, moreNames, nextNames, pageNumberNames].contains { $0.contains(name) }
    }

    private static func text(_ name: Span<UInt8>) -> String {
        name.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    /// Reads the value of a key other than that of the entries.
    mutating func take(
        _ key: JSONScanner.Key, _ name: Span<UInt8>, into page: inout Page, _ scanner: inout JSONScanner
    ) throws(FeedFlaw) {
        let name = Self.text(name)
        let offset = scanner.offset
        if Self.wrappers.contains(name) && scanner.isAt("{") {
            try takeWrapper(&scanner)
        } else if Self.wrappers.contains(name) && scanner.isAt("[") {
            try takeLinks(key, &scanner)
        } else if Self.countNames.contains(name) {
            counts.append((name, offset, try scanner.fieldValue()))
        } else if Self.moreNames.contains(name) {
            let saysMore = try scanner.fieldValue().saysYes
            if saysMore { more = more ?? (name, key.start) }
            page.hasMore = (page.hasMore ?? false) || saysMore
        } else if Self.nextNames.contains(name) {
            if try scanner.fieldValue().saysYes { page.next = page.next ?? (name, key.start) }
        } else if Self.pageNumberNames.contains(name) {
            if case .number(let spelling) = try scanner.fieldValue(), spelling != "0" && spelling != "1" {
                more = more ?? (name, key.start)
            }
        } else {
            try scanner.skipValue()
        }
    }

    /// Links as an array of objects, each with its relation: `{"rel": "next", "href": …}`.
    private mutating func takeLinks(
        _ key: JSONScanner.Key, _ scanner: inout JSONScanner
    ) throws(FeedFlaw) {
        var array = try scanner.openArray()
        while try scanner.nextElement(in: &array) {
            guard scanner.isAt("{") else {
                try scanner.skipValue()
                continue
            }
            var object = try scanner.openObject()
            while let member = try scanner.nextKey(in: &object) {
                guard scanner.isNamed(member, "rel") else {
                    try scanner.skipValue()
                    continue
                }
                if case .text(let relation) = try scanner.fieldValue(), relation.trimmed.lowercased() == "next" {
                    more = more ?? ("next", key.start)
                }
            }
        }
    }

    private mutating func takeWrapper(_ scanner: inout JSONScanner) throws(FeedFlaw) {
        var page = Page()
        var object = try scanner.openObject()
        while let key = try scanner.nextKey(in: &object) {
            let name = scanner.foldedName(of: key)
            try take(key, name.span, into: &page, &scanner)
        }
        add(page)
    }

    mutating func add(_ page: Page) {
        if let next = page.next, page.hasMore != false { more = more ?? next }
    }

    // MARK: Judging

    /// - Throws: ``FeedFlaw`` if the feed has lost entries or is one page of several.
    func checkWhole(entries: Int) throws(FeedFlaw) {
        if let more { throw FeedFlaw(.morePages(named: more.name), at: more.offset) }
        for (name, offset, value) in counts where value != .null {
            // Some programs write numbers in quotes.
            let spelling = value.spelling.trimmed
            // A number that does not fit into Int is still a number; it matches no count.
            guard let number = Int(spelling) ?? (spelling.utf8.allSatisfy(\.isDigit) && !spelling.isEmpty ? .max : nil)
            else {
                throw FeedFlaw(.countNotInteger(name: name, value.spelling), at: offset)
            }
            guard number == entries else {
                throw FeedFlaw(.countMismatch(name: name, declared: value.spelling, found: entries), at: offset)
            }
        }
    }

    /// The time in `generated_at`; nil if it is missing, null or empty. A bare date means the beginning of the day.
    func checkedGeneratedAt(_ profile: FeedProfile) throws(FeedFlaw) -> UTCTime? {
        guard let (offset, value) = generatedAt, !value.isBlank else { return nil }
        guard case .text(let text) = value, let time = EffectiveTime(text, in: profile.timeZone) else {
            throw FeedFlaw(.invalidGeneratedAt(value.spelling), at: offset)
        }
        return time.beginning
    }
}

extension FieldValue {
    /// The value as a message shows it.
    var spelling: String {
        switch self {
        case .missing: "nothing"
        case .null: "null"
        case .text(let text): text
        case .number(let spelling), .other(let spelling), .tooLong(let spelling): spelling
        }
    }

    /// Whether the value is anything other than missing, null, empty, no, zero or false.
    fileprivate var saysYes: Bool {
        switch self {
        case .missing, .null: false
        case .text(let text): !["", "false", "no", "0", "null"].contains(text.trimmed.lowercased())
        case .number(let spelling): spelling != "0"
        case .other(let spelling): spelling != "false"
        case .tooLong: true
        }
    }
}
