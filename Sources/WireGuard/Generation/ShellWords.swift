/// The simple commands of a shell script, each as a list of words without quotes.
///
/// Understands enough of a shell to read a script that calls one program after another. Comments and redirections are
/// dropped. Variables and substitutions stay as written; nothing is expanded.
struct ShellWords {
    private let bytes: [UInt8]
    private var place = 0
    private(set) var line = 1

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The words of the next command; nil at the end. Shell keywords such as `if` and `then` stay before the command,
    /// as in the script.
    mutating func next() -> [String]? {
        var words: [String] = []
        while place < bytes.count {
            let byte = bytes[place]
            switch byte {
            case UInt8(ascii: "\n"):
                place += 1
                line += 1
                if !words.isEmpty { return words }
            case UInt8(ascii: ";"), UInt8(ascii: "&"), UInt8(ascii: "|"):
                place += 1
                if !words.isEmpty { return words }
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): place += 1
            case UInt8(ascii: "#"): skipLine()
            case UInt8(ascii: ">"), UInt8(ascii: "<"): skipRedirection()
            case UInt8(ascii: "\\") where place + 1 < bytes.count && bytes[place + 1] == UInt8(ascii: "\n"):
                place += 2
                line += 1
            default:
                if let word = word() { words.append(word) }
            }
        }
        return words.isEmpty ? nil : words
    }

    private mutating func skipLine() {
        while place < bytes.count, bytes[place] != UInt8(ascii: "\n") { place += 1 }
    }

    /// Skips `>> /dev/null`, `2>&1` from its `>` on, and similar.
    private mutating func skipRedirection() {
        while place < bytes.count, "<>&| \t".utf8.contains(bytes[place]) { place += 1 }
        if place < bytes.count, !Self.endsWord(bytes[place]) { _ = word() }
    }

    /// - Returns: nil for a file descriptor's number before a redirection, which is not a word.
    private mutating func word() -> String? {
        var word: [UInt8] = []
        var isQuoted = false
        while place < bytes.count, !Self.endsWord(bytes[place]) {
            let byte = bytes[place]
            place += 1
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\""):
                isQuoted = true
                takeQuoted(until: byte, into: &word)
            case UInt8(ascii: "\\") where place < bytes.count:
                // A line that continues on the next one.
                if bytes[place] == UInt8(ascii: "\n") { line += 1 } else { word.append(bytes[place]) }
                place += 1
            default: word.append(byte)
            }
        }
        if !isQuoted, place < bytes.count, bytes[place] == UInt8(ascii: ">") || bytes[place] == UInt8(ascii: "<"),
            word.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        {
            return nil
        }
        return String(decoding: word, as: UTF8.self)
    }

    private mutating func takeQuoted(until quote: UInt8, into word: inout [UInt8]) {
        while place < bytes.count, bytes[place] != quote {
            if bytes[place] == UInt8(ascii: "\\"), quote == UInt8(ascii: "\""), place + 1 < bytes.count { place += 1 }
            if bytes[place] == UInt8(ascii: "\n") { line += 1 }
            word.append(bytes[place])
            place += 1
        }
        place += 1
    }

    private static func endsWord(_ byte: UInt8) -> Bool { byte <= 0x20 || ";&|<>".utf8.contains(byte) }
}
