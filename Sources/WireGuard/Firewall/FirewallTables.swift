/// The application's own chains and their rules, in order, as the script contains them: one array element per line.
struct FirewallTables: Sendable {
    private(set) var filter: [UInt8] = []
    private(set) var nat: [UInt8] = []
    /// What was left out and why, by row and column; never by value.
    private(set) var problems: [String] = []

    mutating func forward(_ words: [FirewallWord]) { filter.append("-A", "WGWADM_FORWARD", words) }
    mutating func routePolicy(_ words: [FirewallWord]) { filter.append("-A", "WGWADM_ROUTE_POLICY", words) }
    mutating func postrouting(_ words: [FirewallWord]) { nat.append("-A", "WGWADM_POSTROUTING", words) }
    mutating func prerouting(_ words: [FirewallWord]) { nat.append("-A", "WGWADM_PREROUTING", words) }

    /// Inserts rules at the beginning of the table's built-in chains.
    mutating func hook(_ hook: FirewallTraits.Hook) {
        if hook.table == "nat" {
            nat.append("-I", hook.chain, hook.rule)
        } else {
            filter.append("-I", hook.chain, hook.rule)
        }
    }

    mutating func explainFilter(_ text: String) { filter.append(comment: text) }
    mutating func explainNAT(_ text: String) { nat.append(comment: text) }

    mutating func report(_ problem: String) { problems.append(problem) }
}

extension [UInt8] {
    /// Appends a rule in single quotes, in which a shell expands nothing. Only a rule with the address of the DNS
    /// container gets double quotes; all its words have been checked.
    fileprivate mutating func append(_ command: StaticString, _ chain: FirewallWord, _ words: [FirewallWord]) {
        let quote = UInt8(ascii: words.contains(where: \.isFoundOutByScript) ? "\"" : "'")
        append("    ")
        append(quote)
        append(command)
        append(" ")
        append(text: chain.text)
        for word in words {
            append(" ")
            append(text: word.text)
        }
        append(quote)
        append("\n")
    }

    fileprivate mutating func append(comment: String) {
        append("    # ")
        append(text: comment.inComment)
        append("\n")
    }
}

extension String {
    /// The text as it can follow a `#`: without characters that end the line or change how it looks.
    fileprivate var inComment: String {
        // Nearly every comment is short and plain ASCII.
        if utf8.count <= 300, utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return self }
        var line = ""
        for scalar in unicodeScalars.prefix(300) {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: break
            default: line.unicodeScalars.append(scalar)
            }
        }
        return line
    }
}

/// The name of a row, for problems and comments.
///
/// - Returns: the UUID with hyphens, or the row number where the row has no valid UUID.
func nameOfRow(_ kind: String, uuid: String?, row: Int64?) -> String {
    if let uuid, uuid.utf8.count == 32, uuid.utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) {
        let ends = [8, 12, 16, 20, 32]
        let parts = zip([0] + ends, ends).map { uuid.dropFirst($0).prefix($1 - $0) }
        return kind + " " + parts.joined(separator: "-")
    }
    return kind + " in row \(row ?? 0)"
}
