import Foundation
import Support

/// A normalized spelling, equal for emails that people would take for the same address. It ignores letter case, Unicode
/// normal form, the IDNA form of the domain, a trailing dot, and white space around the email.
///
/// It does not identify an account. If no account has the exact spelling, accounts with the same near spelling are
/// named to the operator, but never removed.
package struct NearSpelling: Hashable, Sendable {
    let text: String

    package init(_ email: String) {
        if Self.isPlain(email) {
            text = Self.withoutLastDots(email.asciiLowercased)
        } else {
            let visible = String(String.UnicodeScalarView(email.unicodeScalars.filter { !$0.isInvisible }))
            let folded = visible.trimmed.precomposedStringWithCompatibilityMapping.lowercased()
                .precomposedStringWithCompatibilityMapping
            text = Self.withoutLastDots(Self.withASCIIDomain(Self.withoutLastDots(folded)))
        }
    }

    /// Whether the email is visible ASCII, which needs no Unicode normalization or IDNA encoding.
    private static func isPlain(_ email: String) -> Bool {
        email.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    private static func withoutLastDots(_ email: String) -> String {
        guard email.utf8.last == UInt8(ascii: ".") else { return email }
        return String(email.reversed().drop { $0 == "." }.reversed())
    }

    /// `bücher.example` becomes `xn--bcher-kva.example`. A domain that IDNA does not accept stays unchanged.
    private static func withASCIIDomain(_ email: String) -> String {
        guard let at = email.lastIndex(of: "@") else { return email }
        let domain = email[email.index(after: at)...]
        guard domain.utf8.contains(where: { $0 >= 0x80 }),
            let host = URLComponents(string: "http://\(domain)/")?.encodedHost, host.utf8.allSatisfy({ $0 < 0x80 }),
            !host.contains("%")
        else { return email }
        return email[...at] + host.lowercased()
    }
}

extension NearSpelling {
    /// A hash for finding candidates, which then have to be compared. Equal for two emails with the same near spelling,
    /// seldom equal for others, and never 0. Valid only in this process.
    package static func hash(of email: String) -> Int {
        var email = email
        return email.withUTF8(hash)
    }

    /// The hash of an email given as bytes.
    package static func hash(of bytes: UnsafeBufferPointer<UInt8>) -> Int {
        guard !bytes.isEmpty else { return hash(folded: UnsafeRawBufferPointer(bytes)) }
        // Anything but visible ASCII, or a trailing dot, takes the slow path.
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), bytes.last != UInt8(ascii: ".") else {
            var text = NearSpelling(String(decoding: bytes, as: UTF8.self)).text
            return text.withUTF8 { hash(folded: UnsafeRawBufferPointer($0)) }
        }
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: bytes.count) { folded in
            for (place, byte) in bytes.enumerated() { folded.initializeElement(at: place, to: byte.asciiLowercased) }
            return hash(folded: UnsafeRawBufferPointer(folded))
        }
    }

    private static func hash(folded: UnsafeRawBufferPointer) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: folded)
        let hash = hasher.finalize()
        return hash == 0 ? 1 : hash
    }
}
