import Report
import Support

/// Text from outside (a feed, a database, a file name), made safe for a terminal and a line-based log.
///
/// Control characters, line and paragraph separators and invisible format characters (which can reverse the direction
/// of writing) are spelled out: a line end becomes `\n`, an escape `\u{1B}`. The backslash is escaped too, so that
/// input cannot imitate a spelled-out character.
func printable(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: needsEscape) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\\": result += #"\\"#
        case "\n": result += #"\n"#
        case "\r": result += #"\r"#
        case "\t": result += #"\t"#
        case _ where needsEscape(scalar): result += #"\u{"# + String(scalar.value, radix: 16, uppercase: true) + "}"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// The same for a message in which names and values from outside are already spelled out. Keeps backslashes as they
/// are.
func onOneLine(_ message: String) -> String {
    message.split(separator: "\\", omittingEmptySubsequences: false).map { printable(String($0)) }.joined(
        separator: "\\")
}

private func needsEscape(_ scalar: Unicode.Scalar) -> Bool {
    if scalar == "\\" || scalar.isInvisible { return true }
    if scalar.isASCII { return false }
    return [.privateUse, .surrogate, .unassigned].contains(scalar.properties.generalCategory)
}

extension String {
    /// How many terminal columns the text takes: two for a wide East Asian character or an emoji, none for an accent
    /// that combines with the letter before it. An estimate; terminals differ.
    var columns: Int {
        // Nearly all text here is ASCII, with one column per byte.
        if utf8.allSatisfy({ $0 < 0x80 }) { return utf8.count }
        return unicodeScalars.reduce(0) { $0 + $1.columns }
    }

    /// The text padded with spaces to `width` columns, on the right or on the left.
    func padded(to width: Int, alignedRight: Bool = false) -> String {
        let spaces = String(repeating: " ", count: max(0, width - columns))
        return alignedRight ? spaces + self : self + spaces
    }

    /// The text cut to `width` columns, with `…` where something is missing. It is cut in the middle, because the two
    /// ends of an email distinguish accounts.
    func shortenedInTheMiddle(to width: Int) -> String {
        guard columns > width else { return self }
        guard width > 1 else { return width == 1 ? "…" : "" }
        let tail = (width - 1) / 2
        return prefix(columns: width - 1 - tail) + "…" + suffix(columns: tail)
    }

    /// The text cut to `width` columns, with `…` at its end if something is missing.
    func shortenedAtTheEnd(to width: Int) -> String {
        guard columns > width else { return self }
        return width > 0 ? prefix(columns: width - 1) + "…" : ""
    }

    /// The text cut to `width` columns, with ` …` in place of the words that do not fit. A single long word is cut.
    func shortenedBetweenWords(to width: Int) -> String {
        guard columns > width else { return self }
        let start = prefix(columns: max(0, width - 1))
        guard let space = start.lastIndex(of: " "), space > start.startIndex else {
            return shortenedAtTheEnd(to: width)
        }
        return start[..<space] + " …"
    }

    private func prefix(columns limit: Int) -> String {
        var used = 0
        return String(
            prefix { character in
                used += String(character).columns
                return used <= limit
            })
    }

    private func suffix(columns limit: Int) -> String {
        String(String(reversed()).prefix(columns: limit).reversed())
    }
}

extension Unicode.Scalar {
    fileprivate var columns: Int {
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F9FF, 0x20000...0x3FFFD:
            return 2
        default: return 1
        }
    }
}
