import Support

/// Reads CSV row by row according to RFC 4180. Rows end with LF or CRLF. Fields that contain commas, line ends or
/// quotes are quoted, and each quote inside them is doubled.
///
/// Empty rows are skipped. The scanner returns byte ranges, not strings, so that columns that are not used cost
/// nothing.
struct CSVScanner: Sendable {
    private let bytes: [UInt8]
    /// The byte that separates fields.
    private let delimiter: UInt8
    private var offset: Int
    /// The line of `offset`.
    private var line = 1

    /// The fields of the last row that was read.
    private(set) var fields: [Field] = []
    /// The line on which that row begins, from 1.
    private(set) var rowLine = 1
    /// The bytes of that row, without its line end.
    private(set) var rowBytes = 0..<0

    /// A field of a row.
    struct Field: Sendable {
        /// The whole field, including its quotes.
        var place: Range<Int>
        /// The content of the field, without the quotes around it.
        var content: Range<Int>
        /// Whether `content` contains doubled quotes.
        var hasDoubledQuotes = false
        var lineEnds = 0
    }

    init(_ bytes: [UInt8], from offset: Int, delimiter: UInt8 = .comma) {
        self.bytes = bytes
        self.delimiter = delimiter
        self.offset = offset
    }

    /// Continues with the row at `offset`, which is on `line`.
    mutating func begin(at offset: Int, line: Int) {
        self.offset = offset
        self.line = line
    }

    /// Reads the next row into ``fields``; false at the end of the feed.
    mutating func nextRow() throws(FeedFlaw) -> Bool {
        while offset < bytes.count, bytes[offset] == .lineFeed || bytes[offset] == .carriageReturn { try passLineEnd() }
        guard offset < bytes.count else { return false }
        let start = offset
        rowLine = line
        fields.removeAll(keepingCapacity: true)
        try readField()
        while offset < bytes.count, bytes[offset] == delimiter {
            offset += 1
            try readField()
        }
        rowBytes = start..<offset
        if offset < bytes.count { try passLineEnd() }
        return true
    }

    /// Whether all fields of the row are empty, as in the rows that a spreadsheet adds at the end.
    var isRowEmpty: Bool { fields.allSatisfy(\.content.isEmpty) }

    /// The content of the field. If it is longer than any field may be, its beginning.
    func value(of field: Field) -> FieldValue {
        guard field.content.count <= FieldValue.longest else { return .cut(bytes[field.content]) }
        return .text(text(of: field))
    }

    /// The field's text, with doubled quotes replaced by single ones.
    func text(of field: Field) -> String {
        guard field.hasDoubledQuotes else {
            return bytes.withUnsafeBufferPointer { bytes in
                String(decoding: UnsafeBufferPointer(rebasing: bytes[field.content]), as: UTF8.self)
            }
        }
        let content = bytes[field.content]
        var single: [UInt8] = []
        single.reserveCapacity(content.count)
        var isFirstOfPair = false
        for byte in content {
            isFirstOfPair = byte == .quote && !isFirstOfPair
            if byte != .quote || isFirstOfPair { single.append(byte) }
        }
        return String(decoding: single, as: UTF8.self)
    }

    private mutating func readField() throws(FeedFlaw) {
        let isQuoted = offset < bytes.count && bytes[offset] == .quote
        let field = isQuoted ? try quotedField() : try plainField()
        offset = field.place.upperBound
        line += field.lineEnds
        fields.append(field)
    }

    private func plainField() throws(FeedFlaw) -> Field {
        let end = endOfPlainCharacters
        if end < bytes.count, bytes[end] == .quote { throw FeedFlaw(.bareQuote, at: end) }
        return Field(place: offset..<end, content: offset..<end)
    }

    /// The index of the next delimiter, quote or line end.
    private var endOfPlainCharacters: Int {
        let text = bytes.span
        var at = offset
        while at + EightBytes.count <= text.count {
            let bytes = EightBytes(text, at: at)
            let stops =
                bytes.marking(delimiter) | bytes.marking(.quote) | bytes.marking(.lineFeed)
                | bytes.marking(.carriageReturn)
            if let first = EightBytes.first(stops) { return at + first }
            at += EightBytes.count
        }
        while at < text.count {
            switch text[at] {
            case delimiter, .quote, .lineFeed, .carriageReturn: return at
            default: at += 1
            }
        }
        return at
    }

    private func quotedField() throws(FeedFlaw) -> Field {
        let bytes = bytes.span
        var hasDoubledQuotes = false
        var lineEnds = 0
        var end = offset + 1
        while end < bytes.count {
            if bytes[end] == .lineFeed {
                lineEnds += 1
            } else if bytes[end] == .quote {
                guard end + 1 < bytes.count, bytes[end + 1] == .quote else { break }
                hasDoubledQuotes = true
                end += 1
            }
            end += 1
        }
        guard end < bytes.count else { throw FeedFlaw(.unclosedQuote, at: offset) }
        let next = end + 1
        if next < bytes.count, bytes[next] != delimiter, bytes[next] != .lineFeed, bytes[next] != .carriageReturn {
            let opened = FeedPosition(offset: offset, in: self.bytes)
            throw FeedFlaw(.textAfterClosingQuote(opened: opened), at: next)
        }
        return Field(
            place: offset..<next, content: offset + 1..<end, hasDoubledQuotes: hasDoubledQuotes, lineEnds: lineEnds)
    }

    /// Skips the LF or CRLF at `offset`.
    private mutating func passLineEnd() throws(FeedFlaw) {
        if bytes[offset] == .carriageReturn {
            guard offset + 1 < bytes.count, bytes[offset + 1] == .lineFeed else {
                throw FeedFlaw(.bareCarriageReturn, at: offset)
            }
            offset += 1
        }
        offset += 1
        line += 1
    }
}
