/// The names that mean something in a feed, as columns of CSV and as keys of JSON. All others are passed over.
enum FeedField: Hashable {
    // Of an entry
    case email, status, accountID, reason, effectiveAt
    // Of a JSON document or a request object
    case body, accounts, generatedAt, count

    /// The field that a column or key means: without regard to case, and to white space and invisible characters
    /// around it.
    ///
    /// A status column that is missed makes removals of active accounts, so a name is not missed for a stray character
    /// that nobody sees. Nil for a name that means nothing.
    init?(_ name: Span<UInt8>) {
        guard !name.isEmpty else { return nil }
        // What is plain at both ends and means something is a known name letter by letter; most keys are.
        if let field = Self.field(plainlyNamed: name) {
            self = field
            return
        }
        var isPlain = name[0].isPlain && name[name.count - 1].isPlain
        for place in name.indices where name[place] >= 0x80 { isPlain = false }
        guard !isPlain, let field = Self.field(plainlyNamed: Self.folded(name).span) else { return nil }
        self = field
    }

    /// The name as names are told apart: trimmed, and without regard to case.
    static func folded(_ name: Span<UInt8>) -> [UInt8] {
        let text = name.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        let trimmed = text.trimmed { $0.properties.isWhitespace || $0.isInvisible }
        // Capitals first: some letters, such as the long s, only meet their kin there.
        return Array(trimmed.uppercased().lowercased().utf8)
    }

    private static func field(plainlyNamed name: Span<UInt8>) -> FeedField? {
        switch name.count {
        case 4: name.spells("body") ? .body : nil
        case 5: name.spells("email") ? .email : name.spells("count") ? .count : nil
        case 6: name.spells("status") ? .status : name.spells("reason") ? .reason : nil
        case 8: name.spells("instance") ? .email : name.spells("accounts") ? .accounts : nil
        case 10: name.spells("account_id") ? .accountID : nil
        case 12: name.spells("effective_at") ? .effectiveAt : name.spells("generated_at") ? .generatedAt : nil
        default: nil
        }
    }
}

extension Span<UInt8> {
    /// Whether these are the letters of a word, in either case.
    fileprivate func spells(_ word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount else { return false }
        for place in indices where self[place].asciiLowercased != word.utf8Start[place] { return false }
        return true
    }
}

extension UInt8 {
    /// A visible character of ASCII.
    fileprivate var isPlain: Bool { self > 0x20 && self < 0x7F }
}

extension String {
    /// Without white space, in Unicode's sense, at both ends.
    var trimmed: String {
        // Nearly every value begins and ends with a visible character of ASCII, and then is what it was.
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
