/// What stands in a field of an entry.
enum FieldValue: Hashable {
    /// The entry does not name the field.
    case missing
    case null
    case text(String)
    /// A JSON number in its own spelling.
    case number(String)
    /// `true`, `false`, an array or an object, as it can be shown: containers without what they hold.
    case other(String)

    /// Whether it counts as not given: missing, null, or nothing but white space.
    var isBlank: Bool {
        switch self {
        case .missing, .null: true
        case .text(let text): text.trimmed.isEmpty
        case .number, .other: false
        }
    }
}

/// The fields of one entry as they stand in the feed, the same for every format.
struct EntryFields {
    var email = FieldValue.missing
    var status = FieldValue.missing
    var accountID = FieldValue.missing
    var reason = FieldValue.missing
    var effectiveAt = FieldValue.missing
}

extension FeedEntry {
    /// Reads the fields into an entry. A field that cannot be read is a fault and leaves the others alone.
    init(number: Int, line: Int?, fields: EntryFields) {
        // Piece by piece and once: an entry that is filled by and by is copied by and by, a million times.
        var faults: [String] = []
        self.number = number
        self.line = line
        email = Self.email(fields.email, &faults)
        status = Self.status(fields.status, &faults)
        accountID = Self.echoed(fields.accountID, of: "account_id", &faults)
        reason = Self.echoed(fields.reason, of: "reason", &faults)
        effectiveAt = Self.effectiveAt(fields.effectiveAt, &faults)
        self.faults = faults
    }

    private static func email(_ value: FieldValue, _ faults: inout [String]) -> String {
        switch value {
        case .missing: faults.append("email is missing")
        case .null: faults.append("email is null")
        case .number, .other: faults.append("email is not a string")
        case .text(let text):
            let email = text.trimmed
            EmailFaults.add(of: email, to: &faults)
            return email
        }
        return ""
    }

    /// A status that is no string is a fault, but shows as it stands: the feed then does tell statuses, and an entry
    /// without one must not pass for a removal.
    private static func status(_ value: FieldValue, _ faults: inout [String]) -> String? {
        if value.isBlank { return nil }
        switch value {
        case .missing, .null: return nil
        case .text(let text): return text.trimmed
        case .number(let spelling), .other(let spelling):
            faults.append("status is not a string")
            return spelling
        }
    }

    private static func effectiveAt(_ value: FieldValue, _ faults: inout [String]) -> EffectiveTime? {
        if value.isBlank { return nil }
        switch value {
        case .missing, .null: return nil
        case .text(let text):
            if let time = EffectiveTime(text) { return time }
            faults.append("effective_at is not an RFC 3339 time or date: \(text.quotedForMessage())")
        case .number, .other: faults.append("effective_at is not a string")
        }
        return nil
    }

    /// The value as it came, white space and all, since billing joins on it.
    private static func echoed(_ value: FieldValue, of field: String, _ faults: inout [String]) -> EchoedValue? {
        if value.isBlank { return nil }
        switch value {
        case .missing, .null: return nil
        case .text(let text): return .text(text)
        case .number(let spelling): return .number(spelling)
        case .other:
            faults.append("\(field) is neither a string nor a number")
            return nil
        }
    }
}

/// What makes an email unusable.
enum EmailFaults {
    /// The length that the database has room for, in characters as Django counts them.
    static let longest = 254

    /// Adds every fault of a trimmed email. Whether it is a good address is not asked: the database knows which accounts
    /// there are.
    static func add(of email: String, to faults: inout [String]) {
        guard !email.isEmpty else { return faults.append("email is blank") }
        if isPlain(email) { return }
        if !email.utf8.contains(UInt8(ascii: "@")) { faults.append("email has no @") }
        if let scalar = email.unicodeScalars.first(where: \.isInvisible) {
            faults.append("email has a control or invisible character (U+\(scalar.hexadecimal))")
        }
        if email.utf8.count > longest, email.unicodeScalars.count > longest {
            faults.append("email is longer than \(longest) characters")
        }
    }

    /// Whether it is visible ASCII with an `@`, as nearly all are, and not too long.
    private static func isPlain(_ email: String) -> Bool {
        let bytes = email.utf8.span
        guard bytes.count <= longest else { return false }
        var hasAt = false
        for place in bytes.indices {
            let byte = bytes[place]
            guard byte >= 0x20, byte < 0x7F else { return false }
            hasAt = hasAt || byte == UInt8(ascii: "@")
        }
        return hasAt
    }
}
