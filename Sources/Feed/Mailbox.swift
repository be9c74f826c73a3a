import Support

/// Which account an email means: the part before the last `@` byte for byte, the domain without regard to ASCII case.
///
/// Two emails mean one account exactly if their mailboxes are equal. Swift's own comparison of strings would also make
/// one account of two spellings that Unicode holds to be equivalent (`é` as one scalar or as two); the database keeps
/// them apart, so bytes are compared here.
package struct Mailbox: Sendable {
    /// The local part as it is, `@`, and the domain with A to Z made small.
    package let canonical: String

    /// Nil for an email without an `@`. Nothing is trimmed, and neither part has to be more than empty.
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
