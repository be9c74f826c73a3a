extension String {
    /// The text in quotes, safe to show in a message although it comes from a feed: on one line, shortened, and without
    /// control characters that a terminal or a log would interpret.
    package func quotedForMessage(limit: Int = 60) -> String { "\"\(escapedForMessage(limit: limit))\"" }

    /// Like ``quotedForMessage(limit:)``, without the quotes. `limit` counts Unicode scalars.
    package func escapedForMessage(limit: Int) -> String {
        var shown = String.UnicodeScalarView()
        for (place, scalar) in unicodeScalars.enumerated() {
            guard place < limit else {
                shown.append("…")
                break
            }
            switch scalar {
            // A backslash is not doubled. Code that prints the message escapes it where that matters.
            case "\"": shown.append(contentsOf: "\\\(scalar)".unicodeScalars)
            case "\n": shown.append(contentsOf: "\\n".unicodeScalars)
            case "\r": shown.append(contentsOf: "\\r".unicodeScalars)
            case "\t": shown.append(contentsOf: "\\t".unicodeScalars)
            case _ where scalar.isInvisible: shown.append(contentsOf: "\\u{\(scalar.hexadecimal)}".unicodeScalars)
            default: shown.append(scalar)
            }
        }
        return String(shown)
    }
}

extension Unicode.Scalar {
    /// Whether a reader cannot see the character: control characters (C0, DEL, C1), line and paragraph separators, and
    /// format characters such as the zero width space, the byte order mark and the bidirectional marks.
    package var isInvisible: Bool {
        if isASCII { return value < 0x20 || value == 0x7F }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: return true
        default: return false
        }
    }

    /// `200B` for the zero width space: at least four digits, as in U+200B.
    package var hexadecimal: String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }
}
