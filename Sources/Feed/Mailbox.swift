import Support

/// The account that an email stands for: the part before the last `@` byte for byte, and the domain without regard to
/// ASCII case.
///
/// Two emails stand for the same account if and only if their mailboxes are equal. Bytes are compared, because Swift's
/// string comparison treats Unicode-equivalent spellings as equal (`é` as one scalar or as two), while the database
/// keeps them apart.
package struct Mailbox: Sendable {
    /// The local part unchanged, `@`, and the domain with A to Z in lower case.
    package let canonical: String

    /// Nil for an email without an `@`. Nothing is trimmed, and both parts may be empty.
    package init?(_ email: String) {
        guard let at = email.utf8.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        let domain = email.utf8[at...]
        if domain.contains(where: { $0.isASCIICapital }) {
            canonical = String(email[..<at]) + String(decoding: domain.map { $0.asciiLowercased }, as: UTF8.self)
        } else {
            canonical = email
        }
    }
}

extension Mailbox: Hashable {
    package static func == (a: Mailbox, b: Mailbox) -> Bool {
        a.canonical.utf8.count == b.canonical.utf8.count && a.canonical.utf8.elementsEqual(b.canonical.utf8)
    }

    package func hash(into hasher: inout Hasher) {
        var canonical = canonical
        canonical.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
