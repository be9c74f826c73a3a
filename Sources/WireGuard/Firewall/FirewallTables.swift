/// The application's own chains and what goes into them, in order, as the script says it: one element of an array a line.
struct FirewallTables: Sendable {
    private(set) var filter: [UInt8] = []
    private(set) var nat: [UInt8] = []
    /// What was left out and why, by row and column; never with the value.
    private(set) var problems: [String] = []

    mutating func forward(_ words: [FirewallWord]) { filter.append("-A", "WGWADM_FORWARD", words) }
    mutating func routePolicy(_ words: [FirewallWord]) { filter.append("-A", "WGWADM_ROUTE_POLICY", words) }
    mutating func postrouting(_ words: [FirewallWord]) { nat.append("-A", "WGWADM_POSTROUTING", words) }
    mutating func prerouting(_ words: [FirewallWord]) { nat.append("-A", "WGWADM_PREROUTING", words) }

    /// Makes rules the first of the table's built-in chains.
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
    /// Appends a rule, in quotes that a shell does not look into; only one that holds the address of the DNS container
    /// stands in quotes that it does, and all that is in there has been checked.
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
    /// The text as it may stand behind a `#`: nothing in it ends the line, or makes it look other than it is.
    fileprivate var inComment: String {
        // Nearly every comment is short and of visible ASCII.
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

/// What a row is called in a problem and in a comment.
///
/// - Returns: the UUID with hyphens; where the row has none that looks like one, its row number.
func nameOfRow(_ kind: String, uuid: String?, row: Int64?) -> String {
    if let uuid, uuid.utf8.count == 32, uuid.utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }) {
        let ends = [8, 12, 16, 20, 32]
        let parts = zip([0] + ends, ends).map { uuid.dropFirst($0).prefix($1 - $0) }
        return kind + " " + parts.joined(separator: "-")
    }
    return kind + " in row \(row ?? 0)"
}
