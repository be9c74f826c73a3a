/// The entries of a feed, in feed order.
///
/// A million entries with all their texts would need several times the memory of the feed. So only the place of each
/// entry is stored. An entry is parsed from the feed's bytes, which were checked before, each time it is accessed.
/// Iterating in order costs about as much as the check did; accessing a single entry costs a little more.
package struct FeedEntries: RandomAccessCollection, Sendable {
    /// Where an entry begins.
    struct Place: Sendable {
        /// The offset in bytes.
        var offset: Int
        var line: Int
    }

    /// Where entries are read from.
    enum Source: Sendable {
        case csv(CSVEntries)
        case json(JSONEntries)
        /// Entries that were not read from a feed.
        case listed([FeedEntry])
    }

    private let source: Source
    fileprivate let rules: EntryRules
    private let places: [Place]
    /// Entries that follow those of the feed.
    private var added: [FeedEntry] = []

    init(_ source: Source, _ rules: EntryRules, at places: [Place]) {
        self.source = source
        self.rules = rules
        self.places = places
    }

    /// Entries that do not come from a feed's bytes.
    package init(_ entries: [FeedEntry]) {
        source = .listed(entries)
        rules = EntryRules()
        places = []
    }

    package var startIndex: Int { 0 }

    package var endIndex: Int { countOfFeed + added.count }

    /// The number of entries that come from the feed itself.
    package var countOfFeed: Int {
        if case .listed(let entries) = source { entries.count } else { places.count }
    }

    /// These entries followed by more, which are numbered consecutively.
    package func adding(_ entries: [FeedEntry]) -> FeedEntries {
        var sum = self
        for entry in entries {
            var entry = entry
            entry.number = sum.count + 1
            sum.added.append(entry)
        }
        return sum
    }

    package subscript(position: Int) -> FeedEntry {
        if position >= countOfFeed { return added[position - countOfFeed] }
        var reader = EntryReader(source, rules)
        return reader.entry(number: position + 1, at: place(position))
    }

    package func makeIterator() -> Iterator { makeIterator(from: 0) }

    /// Starts with the entry at `position`.
    func makeIterator(from position: Int) -> Iterator { Iterator(self, from: position) }

    /// The line on which an entry begins; nil if it is not known.
    func line(of position: Int) -> Int? {
        if position >= countOfFeed { return nil }
        return if case .listed(let entries) = source { entries[position].line } else { places[position].line }
    }

    private func place(_ position: Int) -> Place? { places.isEmpty ? nil : places[position] }

    /// Reads the entries in order, with one reader for all.
    package struct Iterator: IteratorProtocol {
        private let entries: FeedEntries
        private var reader: EntryReader
        private var position: Int

        fileprivate init(_ entries: FeedEntries, from position: Int) {
            self.entries = entries
            self.position = position
            reader = EntryReader(entries.source, entries.rules)
        }

        package mutating func next() -> FeedEntry? {
            guard position < entries.count else { return nil }
            defer { position += 1 }
            if position >= entries.countOfFeed { return entries.added[position - entries.countOfFeed] }
            return reader.entry(number: position + 1, at: entries.place(position))
        }
    }
}

extension FeedEntries: Equatable, ExpressibleByArrayLiteral {
    package init(arrayLiteral elements: FeedEntry...) { self.init(elements) }

    package static func == (a: FeedEntries, b: FeedEntries) -> Bool { a.elementsEqual(b) }
}

/// Reads entries at their places, and reuses its scanner from one to the next.
private struct EntryReader {
    private var csv: CSVEntries?
    private var json: JSONEntries?
    private var listed: [FeedEntry] = []
    private let rules: EntryRules

    init(_ source: FeedEntries.Source, _ rules: EntryRules) {
        self.rules = rules
        switch source {
        case .csv(let entries): csv = entries
        case .json(let entries): json = entries
        case .listed(let entries): listed = entries
        }
    }

    mutating func entry(number: Int, at place: FeedEntries.Place?) -> FeedEntry {
        guard let place else { return listed[number - 1] }
        // This cannot fail: the feed was found whole only after every entry had been read to its end.
        let fields = (try? csv?.fields(at: place) ?? json?.fields(at: place)) ?? EntryFields()
        return FeedEntry(number: number, line: place.line, fields: fields, rules: rules)
    }
}
