import Support

/// The fields of an entry. The raw values are their names in a feed.
package enum EntryField: String, CaseIterable, Sendable {
    case email
    case status
    case accountID = "account_id"
    case subscriptionID = "subscription_id"
    case reason
    case effectiveAt = "effective_at"

    /// The field that a column or key stands for. Letter case is ignored, and so are white space and invisible
    /// characters around the name. Nil for a name that is not a field's.
    ///
    /// An invisible character must not hide the status column: without it, active accounts could be removed.
    package init?(_ name: Span<UInt8>) {
        guard !name.isEmpty else { return nil }
        // Fast path: most known names need no folding.
        if let field = Self.field(plainlyNamed: name) {
            self = field
            return
        }
        guard !FieldName.isPlain(name), let field = Self.field(plainlyNamed: FieldName.folded(name).span) else {
            return nil
        }
        self = field
    }

    private static func field(plainlyNamed name: Span<UInt8>) -> EntryField? {
        switch name.count {
        case 5: name.spells("email") ? .email : nil
        case 6: name.spells("status") ? .status : name.spells("reason") ? .reason : nil
        case 8: name.spells("instance") ? .email : nil
        case 10: name.spells("account_id") ? .accountID : nil
        case 12: name.spells("effective_at") ? .effectiveAt : nil
        case 15: name.spells("subscription_id") ? .subscriptionID : nil
        default: nil
        }
    }
}

/// Normalizes names of columns and keys for comparison.
enum FieldName {
    /// The name without white space and invisible characters around it, in lower case.
    static func folded(_ name: Span<UInt8>) -> [UInt8] {
        let text = name.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        return folded(text)
    }

    static func folded(_ text: String) -> [UInt8] {
        let trimmed = text.trimmed { $0.properties.isWhitespace || $0.isInvisible }
        // Upper case first: some letters, such as the long s, become equal to others only in upper case.
        return Array(trimmed.uppercased().lowercased().utf8)
    }

    /// Whether folding changes nothing but letter case.
    static func isPlain(_ name: Span<UInt8>) -> Bool {
        guard !name.isEmpty, name[0].isPlain, name[name.count - 1].isPlain else { return false }
        for place in name.indices where name[place] >= 0x80 { return false }
        return true
    }
}

extension Span<UInt8> {
    /// Whether these bytes are the word, in either case.
    func spells(_ word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount else { return false }
        for place in indices where self[place].asciiLowercased != word.utf8Start[place] { return false }
        return true
    }
}

extension UInt8 {
    /// A visible ASCII character.
    fileprivate var isPlain: Bool { self > 0x20 && self < 0x7F }
}

extension String {
    /// The string without white space (as Unicode defines it) at both ends.
    package var trimmed: String {
        // Nearly every value begins and ends with a visible ASCII character, and needs no change.
        guard let first = utf8.first, let last = utf8.last else { return self }
        if first.isPlain && last.isPlain { return self }
        return trimmed(\.properties.isWhitespace)
    }

    fileprivate func trimmed(_ isMargin: (Unicode.Scalar) -> Bool) -> String {
        let scalars = unicodeScalars
        guard let first = scalars.firstIndex(where: { !isMargin($0) }),
            let last = scalars.lastIndex(where: { !isMargin($0) })
        else { return "" }
        return String(scalars[first...last])
    }
}
