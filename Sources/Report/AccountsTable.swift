import Feed
import Journal
import Removal
import Support

/// `accounts.csv`: one row for each entry, to be opened in a spreadsheet. Billing reads the JSON instead.
///
/// The format is RFC 4180 with one difference: lines end in LF. On the hosts that hold the file, `cut`, `awk` and
/// `diff` would take a CR as part of the last column. Spreadsheets read both. Where a cell holds several instances,
/// errors, kept restrictions or leftovers, they are joined with `; `. A cell does not always show the exact text of the
/// feed:
///
/// - A cell that a spreadsheet would run as a formula begins with `'`.
/// - `tunnel_down` is `unseen` where somebody has to find out whether the tunnel is down, and empty where there is
///   nothing to report.
/// - Control characters, other than tab and line ends, are shown as U+FFFD.
struct AccountsTable {
    static let columns = [
        "entry", "line", "account_id", "email", "feed_status", "outcome", "status_code", "instance_uuid",
        "peers_removed", "errors", "subscription_id", "deferred_from", "tunnel_down", "kept_restricted",
        "left_behind", "first_seen", "effective_at",
    ]

    static var header: [UInt8] { Array((columns.joined(separator: ",") + "\n").utf8) }

    static func write(_ results: some Sequence<AccountResult>, to file: inout ReportFile) throws(FileFailure) {
        var bytes = header
        for result in results {
            appendRow(of: result, to: &bytes)
            try file.takeIfMany(&bytes)
        }
        try file.takeAll(&bytes)
    }

    static func appendRow(of result: AccountResult, to bytes: inout [UInt8]) {
        let instances = result.removal?.items.filter { $0.type == .instance } ?? []
        bytes.appendDecimal(result.entry.number)
        bytes.append(",")
        if let line = result.entry.line {
            bytes.appendDecimal(line)
        }
        bytes.append(",")
        bytes.appendCell(result.entry.accountID?.text ?? "")
        bytes.append(",")
        bytes.appendCell(result.entry.email)
        bytes.append(",")
        bytes.appendCell(result.entry.status ?? "")
        bytes.append(",")
        bytes.append(text: result.outcome.rawValue)
        bytes.append(",")
        bytes.appendDecimal(result.outcome.statusCode)
        bytes.append(",")
        bytes.append(text: instances.map(\.identifier).joined(separator: "; "))
        bytes.append(",")
        if !instances.isEmpty {
            bytes.appendDecimal(instances.reduce(0) { $0 + ($1.peersRemoved ?? 0) })
        }
        bytes.append(",")
        bytes.appendCell(result.sentences.joined(separator: "; "))
        bytes.append(",")
        bytes.appendCell(result.entry.subscriptionID?.text ?? "")
        bytes.append(",")
        if let deferral = result.entry.deferral { bytes.append(text: "\(deferral.runID) \(deferral.entry)") }
        bytes.append(",")
        if result.isTunnelUnseen {
            bytes.append("unseen")
        } else if let isDown = result.tunnelDown {
            bytes.append(text: "\(isDown)")
        }
        bytes.append(",")
        bytes.appendCell((result.removal?.keptRestricted ?? []).map(\.sentence).joined(separator: "; "))
        bytes.append(",")
        bytes.appendCell((result.leftBehind ?? []).map(\.sentence).joined(separator: "; "))
        bytes.append(",")
        if let time = result.firstSeen { bytes.append(text: time.rfc3339) }
        bytes.append(",")
        bytes.append(text: result.entry.effectiveAt?.text ?? "")
        bytes.append("\n")
    }
}

extension [UInt8] {
    /// Appends a CSV cell with this text. Makes formulas harmless, and quotes the cell where it needs quotes.
    mutating func appendCell(_ text: String) {
        var text = text
        if text.withUTF8({ $0.contains(where: mayBelongToAControlCharacter) }) {
            text = withoutControlCharacters(text)
        }
        if beginsAFormula(text) {
            text = "'" + text
        }
        guard text.withUTF8({ $0.contains(where: needsQuotes) }) else { return append(text: text) }
        append("\"")
        for byte in text.utf8 {
            if byte == UInt8(ascii: "\"") {
                append(byte)
            }
            append(byte)
        }
        append("\"")
    }
}

/// Whether a spreadsheet may take a cell with this text as a formula.
///
/// Such text begins with `=`, `+`, `-` or `@`. Full-width forms count, because some spreadsheets treat them the same;
/// so does leading white space, because some trim it on import. A leading tab or line end counts as well: it can start
/// a new cell when the text is pasted.
private func beginsAFormula(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first, !isPlain(first) else { return false }
    if first == "\t" || first == "\r" || first == "\n" { return true }
    guard let sign = text.unicodeScalars.first(where: { !$0.properties.isWhitespace && !isInvisible($0) }) else {
        return false
    }
    return "=+-@\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}".unicodeScalars.contains(sign)
}

/// Whether a cell with this first character cannot be a formula. This settles nearly all cells.
private func isPlain(_ first: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(first) || ("A"..."Z").contains(first) || ("0"..."9").contains(first)
}

/// Byte order marks, zero-width spaces and the like, which a spreadsheet may drop before it looks at the cell.
private func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .format || scalar.value == 0xFFFD
}

private func needsQuotes(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\"") || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
}

private func mayBelongToAControlCharacter(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == 0x7F || byte == 0xC2
}

private func withoutControlCharacters(_ text: String) -> String {
    var clean = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        let stays = scalar.properties.generalCategory != .control || "\t\n\r".unicodeScalars.contains(scalar)
        clean.append(stays ? scalar : "\u{FFFD}")
    }
    return String(clean)
}
