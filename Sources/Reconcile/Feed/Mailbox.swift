/// Which account an email means: the part before the last `@` byte for byte, the domain without regard to ASCII case.
///
/// Two emails mean one account exactly if their mailboxes are equal. Swift's own comparison of strings would also make
/// one account of two spellings that Unicode holds to be equivalent (`é` as one scalar or as two); the database keeps
/// them apart, so bytes are compared here.
public struct Mailbox: Sendable {
    /// The local part as it is, `@`, and the domain with A to Z made small.
    public let canonical: String

    /// Nil for an email without an `@`. Nothing is trimmed, and neither part has to be more than empty.
    public init?(_ email: String) {
        guard let at = email.utf8.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        let domain = email.utf8[at...]
        if domain.contains(where: { $0.isASCIICapital }) {
            canonical = String(email[..<at]) + String(decoding: domain.map { $0.asciiLowercased }, as: UTF8.self)
        } else {
            canonical = email
        }
    }

    /// The whole email in small letters by Unicode's rules: equal for two emails that differ in letter case alone, to
    /// look for a near miss. It is no identity; what it finds must never be removed.
    public var caseFolded: String { canonical.lowercased() }
}

extension Mailbox: Hashable {
    public static func == (a: Mailbox, b: Mailbox) -> Bool {
        a.canonical.utf8.count == b.canonical.utf8.count && a.canonical.utf8.elementsEqual(b.canonical.utf8)
    }

    public func hash(into hasher: inout Hasher) {
        var canonical = canonical
        canonical.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}

extension Mailbox {
    /// A number that is the same for two emails that differ in letter case alone, and seldom for others: to look for
    /// candidates, which then have to be compared. Good for this process only.
    static func spellingHash(of email: String) -> Int {
        var email = email
        return email.withUTF8(spellingHash)
    }

    /// The same of the email's bytes.
    static func spellingHash(of bytes: UnsafeBufferPointer<UInt8>) -> Int {
        guard !bytes.contains(where: { $0 >= 0x80 }) else {
            let email = String(decoding: bytes, as: UTF8.self)
            let folded = Array((Mailbox(email)?.caseFolded ?? email.lowercased()).utf8)
            return folded.withUnsafeBytes(hash)
        }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bytes.count) { folded in
            for (place, byte) in bytes.enumerated() { folded.initializeElement(at: place, to: byte.asciiLowercased) }
            return hash(of: UnsafeRawBufferPointer(folded))
        }
    }

    private static func hash(of folded: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: folded)
        return hasher.finalize()
    }
}
