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
        self.init(number: number, line: line, email: "")
        readEmail(fields.email)
        readStatus(fields.status)
        accountID = echoed(fields.accountID, of: "account_id")
        reason = echoed(fields.reason, of: "reason")
        readEffectiveAt(fields.effectiveAt)
    }

    private mutating func readEmail(_ value: FieldValue) {
        switch value {
        case .missing: faults.append("email is missing")
        case .null: faults.append("email is null")
        case .number, .other: faults.append("email is not a string")
        case .text(let text):
            email = text.trimmed
            faults.append(contentsOf: EmailFaults.of(email))
        }
    }

    /// A status that is no string is a fault, but shows as it stands: the feed then does tell statuses, and an entry
    /// without one must not pass for a removal.
    private mutating func readStatus(_ value: FieldValue) {
        if value.isBlank { return }
        switch value {
        case .missing, .null: break
        case .text(let text): status = text.trimmed
        case .number(let spelling), .other(let spelling):
            status = spelling
            faults.append("status is not a string")
        }
    }

    private mutating func readEffectiveAt(_ value: FieldValue) {
        if value.isBlank { return }
        switch value {
        case .missing, .null: break
        case .text(let text):
            effectiveAt = EffectiveTime(text)
            if effectiveAt == nil {
                faults.append("effective_at is not an RFC 3339 time or date: \(text.quotedForMessage())")
            }
        case .number, .other: faults.append("effective_at is not a string")
        }
    }

    /// The value as it came, white space and all, since billing joins on it.
    private mutating func echoed(_ value: FieldValue, of field: String) -> EchoedValue? {
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

    /// Every fault of a trimmed email. Whether it is a good address is not asked: the database knows which accounts
    /// there are.
    static func of(_ email: String) -> [String] {
        guard !email.isEmpty else { return ["email is blank"] }
        if isPlain(email) { return [] }
        var faults: [String] = []
        if !email.utf8.contains(UInt8(ascii: "@")) { faults.append("email has no @") }
        if let scalar = email.unicodeScalars.first(where: \.isInvisible) {
            faults.append("email has a control or invisible character (U+\(scalar.hexadecimal))")
        }
        if email.utf8.count > longest, email.unicodeScalars.count > longest {
            faults.append("email is longer than \(longest) characters")
        }
        return faults
    }

    /// Whether it is visible ASCII with an `@`, as nearly all are, and not too long.
    private static func isPlain(_ email: String) -> Bool {
        var email = email
        return email.withUTF8 { bytes in
            guard bytes.count <= longest else { return false }
            var hasAt = false
            for byte in bytes {
                guard byte >= 0x20, byte < 0x7F else { return false }
                hasAt = hasAt || byte == UInt8(ascii: "@")
            }
            return hasAt
        }
    }
}
