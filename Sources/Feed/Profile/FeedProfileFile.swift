import Support

extension FeedProfileKeys {
    /// Reads a profile: one JSON object that has only keys of ``Name``.
    ///
    /// - Throws: ``UnusableFile``, ``UntrustedFile``, ``MalformedProfile``.
    package init(readingFileAt path: String, trust: FileTrust) throws {
        let file = try TrustedFile(reading: path, as: .feedProfile, trust: trust)
        let bytes = Array(file.bytes.dropFirst(ByteOrderMark.length(in: file.bytes)))
        do throws(FeedFlaw) {
            guard (try? UTF8Span(validating: bytes.span)) != nil else { throw FeedFlaw(.invalidUTF8, at: nil) }
            var scanner = JSONScanner(bytes, in: bytes.indices)
            scanner.passSpace()
            try self.init(reading: &scanner)
            try scanner.finish()
        } catch {
            throw MalformedProfile(error, in: bytes, path: path)
        }
    }

    private init(reading scanner: inout JSONScanner) throws(FeedFlaw) {
        self.init()
        var object = try scanner.openObject()
        while let key = try scanner.nextKey(in: &object) {
            let spelling = scanner.text(of: key)
            guard let name = Name(rawValue: spelling) else {
                throw FeedFlaw(.profileKey(spelling, expected: "one of \(Self.names)"), at: key.start)
            }
            try read(name, &scanner)
        }
    }

    private static var names: String { Name.allCases.map(\.rawValue).joined(separator: ", ") }

    private mutating func read(_ name: Name, _ scanner: inout JSONScanner) throws(FeedFlaw) {
        switch name {
        case .columns: columns = try Self.columns(&scanner)
        case .records: records = try Self.text(name, &scanner)
        case .removalStatus: removalStatus = try Self.texts(name, &scanner)
        case .stayingStatus: stayingStatus = try Self.texts(name, &scanner)
        case .timeFormat:
            timeFormat = try Self.value(name, &scanner, "rfc3339, unix, unix-ms, or a strptime pattern of a date") {
                FeedTimeFormat($0)
            }
        case .timeZone:
            timeZone = try Self.value(name, &scanner, "a name like Europe/Berlin, or UTC") { FeedTimeZone($0) }
        case .nullWords: nullWords = try Self.texts(name, &scanner)
        case .delimiter: delimiter = try Self.value(name, &scanner, "one character, or tab") { FeedDelimiter($0) }
        case .encoding:
            encoding = try Self.value(name, &scanner, "utf-8, utf-16 or windows-1252") {
                FeedEncoding(rawValue: $0.lowercased())
            }
        case .everyEntryEnds: everyEntryEnds = try Self.flag(name, &scanner)
        case .listsEverybody: listsEverybody = try Self.flag(name, &scanner)
        case .files: files = try Self.texts(name, &scanner)
        // These keys are for human readers.
        case .description, .documentation: try scanner.skipValue()
        }
    }

    private static func columns(_ scanner: inout JSONScanner) throws(FeedFlaw) -> [EntryField: String] {
        var columns: [EntryField: String] = [:]
        guard scanner.isAt("{") else {
            throw FeedFlaw(.profileKey(Name.columns.rawValue, expected: "an object"), at: scanner.offset)
        }
        var object = try scanner.openObject()
        while let key = try scanner.nextKey(in: &object) {
            let spelling = scanner.text(of: key)
            guard let field = EntryField(rawValue: spelling) else {
                throw FeedFlaw(
                    .profileKey(
                        "columns.\(spelling)",
                        expected: "one of \(EntryField.allCases.map(\.rawValue).joined(separator: ", "))"),
                    at: key.start)
            }
            columns[field] = try text(.columns, &scanner)
        }
        return columns
    }

    private static func value<Value>(
        _ name: Name, _ scanner: inout JSONScanner, _ expected: String, _ make: (String) -> Value?
    ) throws(FeedFlaw) -> Value {
        let start = scanner.offset
        guard let value = make(try text(name, &scanner)) else {
            throw FeedFlaw(.profileKey(name.rawValue, expected: expected), at: start)
        }
        return value
    }

    private static func text(_ name: Name, _ scanner: inout JSONScanner) throws(FeedFlaw) -> String {
        let start = scanner.offset
        guard case .text(let text) = try scanner.fieldValue(), !text.trimmed.isEmpty else {
            throw FeedFlaw(.profileKey(name.rawValue, expected: "text"), at: start)
        }
        return text
    }

    private static func texts(_ name: Name, _ scanner: inout JSONScanner) throws(FeedFlaw) -> [String] {
        let start = scanner.offset
        guard scanner.isAt("[") else {
            throw FeedFlaw(.profileKey(name.rawValue, expected: "an array of texts"), at: start)
        }
        var texts: [String] = []
        var array = try scanner.openArray()
        while try scanner.nextElement(in: &array) {
            let start = scanner.offset
            guard case .text(let text) = try scanner.fieldValue() else {
                throw FeedFlaw(.profileKey(name.rawValue, expected: "an array of texts"), at: start)
            }
            texts.append(text)
        }
        return texts
    }

    private static func flag(_ name: Name, _ scanner: inout JSONScanner) throws(FeedFlaw) -> Bool {
        let start = scanner.offset
        switch try scanner.fieldValue() {
        case .other("true"): return true
        case .other("false"): return false
        default: throw FeedFlaw(.profileKey(name.rawValue, expected: "true or false"), at: start)
        }
    }
}

/// A feed profile that is not a JSON object, or has an unknown key or a wrong value.
package struct MalformedProfile: ExplainedError, Hashable {
    package var path: String
    private let flaw: FeedRefusal.Reason
    private let position: FeedPosition?

    init(_ flaw: FeedFlaw, in bytes: [UInt8], path: String) {
        self.path = path
        self.flaw = flaw.reason
        position = flaw.offset.map { FeedPosition(offset: $0, in: bytes) }
    }

    package var operation: String { "use the feed profile" }
    package var subject: String { path.escapedForMessage(limit: 400) }
    package var cause: String {
        let reason =
            switch flaw {
            case .invalidUTF8: "not valid UTF-8"
            case .keyNamedTwice(let key): "the key \(key.quotedForMessage()) appears here for the second time"
            default: flaw.text
            }
        return (position.map { "\($0): " } ?? "") + reason
    }
    package var hint: String { "nothing was touched; correct the profile" }
    package var exitStatus: ExitStatus { .configurationWrong }
}
