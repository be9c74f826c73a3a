/// The application's own chains and what goes into them, in order.
struct FirewallTables: Sendable {
    enum Line: Sendable {
        case comment(String)
        case rule([FirewallWord])
    }

    private(set) var filter: [Line] = []
    private(set) var nat: [Line] = []
    /// What was left out and why, by row and column; never with the value.
    private(set) var problems: [String] = []

    mutating func forward(_ words: [FirewallWord]) { filter.append(.rule(["-A", "WGWADM_FORWARD"] + words)) }
    mutating func routePolicy(_ words: [FirewallWord]) { filter.append(.rule(["-A", "WGWADM_ROUTE_POLICY"] + words)) }
    mutating func postrouting(_ words: [FirewallWord]) { nat.append(.rule(["-A", "WGWADM_POSTROUTING"] + words)) }
    mutating func prerouting(_ words: [FirewallWord]) { nat.append(.rule(["-A", "WGWADM_PREROUTING"] + words)) }

    mutating func explainFilter(_ text: String) { filter.append(.comment(text.inComment)) }
    mutating func explainNAT(_ text: String) { nat.append(.comment(text.inComment)) }

    mutating func report(_ problem: String) { problems.append(problem) }
}

extension String {
    /// The text as it may stand behind a `#`: nothing in it ends the line, or makes it look other than it is.
    fileprivate var inComment: String {
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
