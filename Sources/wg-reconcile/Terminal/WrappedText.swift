extension String {
    /// The same lines, none longer than `width` columns: they are broken between words, and what continues is indented
    /// by two columns more than its line began. A longer word, such as a path or a digest, stays whole.
    ///
    /// - Parameter width: nil to keep the lines as they are.
    func wrapped(to width: Int?) -> String {
        guard let width else { return self }
        return split(separator: "\n", omittingEmptySubsequences: false)
            .map { String($0).lineWrapped(to: width).joined(separator: "\n") }.joined(separator: "\n")
    }

    /// A single line as several.
    ///
    /// - Parameter indent: how far lines after the first are indented; nil for two columns more than this one.
    func lineWrapped(to width: Int, indent: Int? = nil) -> [String] {
        guard visibleColumns > width else { return [self] }
        let start = prefix { $0 == " " }
        let margin = String(repeating: " ", count: indent ?? start.count + 2)
        var lines: [String] = []
        var line = String(start)
        // Spaces before a word that opens a line are dropped; those between words of one line stay as they are.
        var (gap, isEmpty) = ("", true)
        for part in self[start.endIndex...].wordsAndGaps {
            if part.first == " " {
                gap = String(part)
            } else if isEmpty || line.visibleColumns + gap.count + String(part).visibleColumns <= width {
                line += (isEmpty ? "" : gap) + part
                isEmpty = false
            } else {
                lines.append(line)
                line = margin + part
            }
        }
        return lines + [line]
    }

    /// The columns that the text takes, without the sequences that colour it.
    private var visibleColumns: Int {
        guard contains("\u{1B}") else { return columns }
        return replacing(#/\x1B\[[0-9;]*m/#, with: "").columns
    }
}

extension Substring {
    /// The text in pieces that are all spaces or have none.
    fileprivate var wordsAndGaps: [Substring] {
        var pieces: [Substring] = []
        var rest = self
        while let first = rest.first {
            let piece = rest.prefix { ($0 == " ") == (first == " ") }
            pieces.append(piece)
            rest = rest[piece.endIndex...]
        }
        return pieces
    }
}
