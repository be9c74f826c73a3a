import Foundation
import Support

/// A spelling of an email that is the same for all that a person would take for one address: without regard to letter case,
/// Unicode normal form, the IDNA form of the domain, a dot at its end and white space around it.
///
/// It is no identity. Where an account is not found as it is spelled, what has the same near spelling is named to the
/// operator, and never removed.
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

    /// Whether it is visible ASCII without a label that IDNA has encoded.
    private static func isPlain(_ email: String) -> Bool {
        email.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    private static func withoutLastDots(_ email: String) -> String {
        guard email.utf8.last == UInt8(ascii: ".") else { return email }
        return String(email.reversed().drop { $0 == "." }.reversed())
    }

    /// `bücher.example` becomes `xn--bcher-kva.example`. A domain that IDNA does not take stays as it is.
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
    /// A number that is the same for two emails with the same near spelling, never 0, and seldom the same for others: to
    /// look for candidates, which then have to be compared. Good for this process only.
    package static func hash(of email: String) -> Int {
        var email = email
        return email.withUTF8(hash)
    }

    /// The same of the email's bytes.
    package static func hash(of bytes: UnsafeBufferPointer<UInt8>) -> Int {
        guard !bytes.isEmpty else { return hash(folded: UnsafeRawBufferPointer(bytes)) }
        // What is not visible ASCII, or ends in a dot, takes the long way.
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
