import Support

/// Checks whether an email is usable.
enum EmailFaults {
    /// The longest email that the database can store, in characters as Django counts them.
    static let longest = 254

    static let tooLong = "email is longer than \(longest) characters"

    /// Characters that show that a text is more than one address, or none: `Ada <ada@example.com>`,
    /// `a@example.com; b@example.com`, `mailto:`, a masked `a***@example.com`.
    private static let separators = Set("<>,;:*\"".unicodeScalars)

    /// Adds the faults of a trimmed email. It has to be one plain address. Whether an account has it is checked later,
    /// against the database.
    static func add(of email: String, to faults: inout [String]) {
        guard !email.isEmpty else { return faults.append("email is blank") }
        if isPlain(email) { return }
        if isTooLong(email) { return faults.append(tooLong) }
        if let scalar = email.unicodeScalars.first(where: \.isInvisible) {
            faults.append("email has a control or invisible character (U+\(scalar.hexadecimal))")
        } else if email.asciiLowercased.hasPrefix("mailto:") {
            faults.append("email begins with mailto:; it has to be only the address")
        } else if let scalar = email.unicodeScalars.first(where: separators.contains) {
            faults.append("email has a \(scalar) in it; it has to be exactly one address")
        } else if email.unicodeScalars.contains(where: \.properties.isWhitespace) {
            faults.append("email has white space in it; it has to be exactly one address")
        }
        let parts = email.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        switch parts.count {
        case 1: faults.append("email has no @")
        case 2:
            if parts[0].isEmpty { faults.append("email has nothing before its @") }
            if parts[1].isEmpty { faults.append("email has nothing after its @") }
            // Check the domain only if there are no other faults, which are more specific.
            if faults.isEmpty, let scalar = String(parts[1])?.unicodeScalars.first(where: { !$0.isOfDomain }) {
                faults.append("the domain of email has a \(scalar) in it")
            } else if faults.isEmpty, !isDomain(parts[1]) {
                faults.append("the domain of email has a part without letters")
            }
        default: faults.append("email has more than one @")
        }
    }

    /// Whether every label has a character other than a hyphen. The domain may end with a dot.
    private static func isDomain(_ domain: String.UTF8View.SubSequence) -> Bool {
        let labels = domain.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let named = labels.last?.isEmpty == true ? labels.dropLast() : labels[...]
        return !named.isEmpty && named.allSatisfy { label in label.contains { $0 != UInt8(ascii: "-") } }
    }

    /// The part of an email that is kept.
    static func shortened(_ email: String) -> String {
        guard isTooLong(email) else { return email }
        return String(String.UnicodeScalarView(email.unicodeScalars.prefix(longest))) + "…"
    }

    private static func isTooLong(_ email: String) -> Bool {
        // A character has at most four bytes, so only lengths in between have to be counted.
        email.utf8.count > 4 * longest || (email.utf8.count > longest && email.unicodeScalars.count > longest)
    }

    /// Whether the email consists only of ASCII letters, digits and a few other ASCII characters, as nearly all do.
    private static func isPlain(_ email: String) -> Bool {
        let bytes = email.utf8.span
        guard bytes.count <= longest else { return false }
        var at: Int?
        for place in bytes.indices {
            switch bytes[place] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
                continue
            case UInt8(ascii: "_"), UInt8(ascii: "+"):
                if at != nil { return false }
            case UInt8(ascii: "@"):
                guard at == nil else { return false }
                at = place
            default: return false
            }
        }
        guard let at, at > 0 else { return false }
        // A domain with an empty label, or one of hyphens only, takes the slow path.
        var isEmptyLabel = true
        for place in at + 1..<bytes.count {
            if bytes[place] == UInt8(ascii: ".") {
                if isEmptyLabel { return false }
                isEmptyLabel = true
            } else if bytes[place] != UInt8(ascii: "-") {
                isEmptyLabel = false
            }
        }
        return !isEmptyLabel
    }
}

extension Unicode.Scalar {
    /// Letters and digits of all scripts, hyphens and dots. Combining marks are allowed, because an accent can be a
    /// separate character.
    fileprivate var isOfDomain: Bool {
        if self == "-" || self == "." { return true }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
            .spacingMark, .decimalNumber:
            return true
        default: return false
        }
    }
}
