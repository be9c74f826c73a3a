import Support

/// A configuration file that was read once, is trusted, and is known to be one JSON object of plain values.
///
/// After this check, any JSON library reads the same values from these bytes. A key that is named twice, which such a
/// library does not notice, is an error here.
package struct ConfigurationFile: Sendable {
    /// The type of a value.
    package enum Form: Hashable, Sendable {
        case text, integer, fraction, flag
        /// An array of texts.
        case texts
        /// `null`, an object or an array, in the form in which a message shows it.
        case other(String)
    }

    package let path: String
    package let bytes: [UInt8]
    /// The type of each value, by key.
    package private(set) var forms: [String: Form] = [:]

    /// - Parameter trust: Whose file is allowed to decide what is deleted.
    /// - Throws: ``UnusableFile``, ``UntrustedFile``, ``MalformedConfiguration``.
    package init(reading path: String, trust: FileTrust) throws {
        let file = try TrustedFile(reading: path, as: .configuration, trust: trust)
        self.path = path
        // JSON has no byte order mark (RFC 8259, section 8.1), but editors write one.
        bytes = Array(file.bytes.dropFirst(ByteOrderMark.length(in: file.bytes)))
        do throws(FeedFlaw) {
            try readMembers()
        } catch {
            throw MalformedConfiguration(error, in: bytes, path: path)
        }
    }

    private mutating func readMembers() throws(FeedFlaw) {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: bytes.span)
        } catch {
            throw FeedFlaw(.invalidUTF8, at: error.byteOffsets.lowerBound)
        }
        var scanner = JSONScanner(bytes, in: 0..<bytes.count)
        scanner.passSpace()
        guard scanner.next != nil else { throw FeedFlaw(.emptyFile, at: nil) }
        var object = try scanner.openObject()
        while let key = try scanner.nextKey(in: &object) {
            forms[scanner.text(of: key)] = try form(&scanner)
        }
        try scanner.finish()
    }

    private func form(_ scanner: inout JSONScanner) throws(FeedFlaw) -> Form {
        guard scanner.isAt("[") else { return Form(try scanner.fieldValue()) }
        var holdsTexts = true
        var array = try scanner.openArray()
        while try scanner.nextElement(in: &array) {
            if case .text = try scanner.fieldValue() { continue }
            holdsTexts = false
        }
        return holdsTexts ? .texts : .other("[…]")
    }
}

extension ConfigurationFile.Form {
    fileprivate init(_ value: FieldValue) {
        switch value {
        case .text, .tooLong: self = .text
        case .number(let spelling): self = spelling.contains { ".eE".contains($0) } ? .fraction : .integer
        case .other("true"), .other("false"): self = .flag
        case .other(let spelling): self = .other(spelling)
        case .null, .missing: self = .other("null")
        }
    }
}

/// A configuration file that is not a complete JSON object.
package struct MalformedConfiguration: ExplainedError, Hashable {
    package var path: String
    private let flaw: FeedRefusal.Reason
    private let position: FeedPosition?

    init(_ flaw: FeedFlaw, in bytes: [UInt8], path: String) {
        self.path = path
        self.flaw = flaw.reason
        position = flaw.offset.map { FeedPosition(offset: $0, in: bytes) }
    }

    private init(_ flaw: FeedRefusal.Reason, path: String) {
        (self.path, self.flaw, position) = (path, flaw, nil)
    }

    /// A number that JSON allows but that is too large to represent, such as 1e999.
    package static func unreadableNumber(in path: String) -> MalformedConfiguration {
        MalformedConfiguration(.jsonSyntax(expected: "numbers that are not that large"), path: path)
    }

    package var operation: String { "use the configuration file" }
    package var subject: String { path.escapedForMessage(limit: 400) }

    package var cause: String {
        let reason =
            switch flaw {
            case .emptyFile: "it is empty"
            case .invalidUTF8: "not valid UTF-8"
            case .keyNamedTwice(let key): "the key \(key.quotedForMessage()) appears here for the second time"
            default: flaw.text
            }
        return (position.map { "\($0): " } ?? "") + reason
    }

    package var hint: String {
        switch flaw {
        case .emptyFile: "write at least {}, or remove the file"
        case .keyNamedTwice: "keep the one that is meant and delete the other"
        default: "write one JSON object, { \"option\": value, … }, in UTF-8 and without comments"
        }
    }

    package var exitStatus: ExitStatus { .configurationWrong }
}
