/// The simple commands of a shell script, each as a list of words without quotes.
///
/// Understands enough of a shell to read a script that calls one program after another. Comments are dropped.
/// Variables and substitutions stay as written, each in one word; nothing is expanded. Windows line ends count as line
/// ends.
struct ShellWords {
    private let bytes: [UInt8]
    private var place = 0
    private var currentLine = 1
    /// The line on which the last command begins.
    private(set) var line = 1
    /// Where the last command's redirections lead: `/dev/null`, `&1`, a file.
    private(set) var redirections: [String] = []
    /// Whether the text has ended within a quote or a substitution.
    private(set) var isCutShort = false

    init(_ bytes: [UInt8]) {
        self.bytes = bytes.contains(Self.carriageReturn) ? bytes.filter { $0 != Self.carriageReturn } : bytes
    }

    private static let carriageReturn = UInt8(ascii: "\r")

    /// The words of the next command; nil at the end. Shell keywords such as `if` and `then` stay before the command,
    /// as in the script. Empty for a redirection without a command.
    mutating func next() -> [String]? {
        var words: [String] = []
        redirections = []
        var isEmpty: Bool { words.isEmpty && redirections.isEmpty }
        while place < bytes.count {
            let byte = bytes[place]
            if isEmpty { line = currentLine }
            switch byte {
            case UInt8(ascii: "\n"):
                place += 1
                currentLine += 1
                if !isEmpty { return words }
            case UInt8(ascii: ";"), UInt8(ascii: "&"), UInt8(ascii: "|"):
                place += 1
                if !isEmpty { return words }
            case 0...UInt8(ascii: " "): place += 1
            case UInt8(ascii: "#"): skipLine()
            case UInt8(ascii: ">"), UInt8(ascii: "<"):
                let target = redirection()
                redirections.append(target)
            case UInt8(ascii: "\\") where place + 1 < bytes.count && bytes[place + 1] == UInt8(ascii: "\n"):
                place += 2
                currentLine += 1
            default:
                if let word = word() { words.append(word) }
            }
        }
        return isEmpty ? nil : words
    }

    private mutating func skipLine() {
        while place < bytes.count, bytes[place] != UInt8(ascii: "\n") { place += 1 }
    }

    /// Where `>> /dev/null`, `2>&1` from its `>` on, and similar lead. A here-document keeps its `<<`.
    private mutating func redirection() -> String {
        let start = place
        while place < bytes.count, "<>&| \t".utf8.contains(bytes[place]) { place += 1 }
        let sign = bytes[start..<place].filter { $0 > 0x20 && $0 != UInt8(ascii: ">") }
        let target = place < bytes.count && !Self.endsWord(bytes[place]) ? word() : nil
        return String(decoding: sign, as: UTF8.self) + (target ?? "")
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
                if bytes[place] == UInt8(ascii: "\n") { currentLine += 1 } else { word.append(bytes[place]) }
                place += 1
            default: take(byte, into: &word)
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
            let isText = quote == UInt8(ascii: "'")
            if bytes[place] == UInt8(ascii: "\\"), !isText, place + 1 < bytes.count {
                place += 1
                appendByte(to: &word)
            } else if isText {
                appendByte(to: &word)
            } else {
                place += 1
                take(bytes[place - 1], into: &word)
            }
        }
        if place >= bytes.count { isCutShort = true }
        place += 1
    }

    private mutating func appendByte(to word: inout [UInt8]) {
        if bytes[place] == UInt8(ascii: "\n") { currentLine += 1 }
        word.append(bytes[place])
        place += 1
    }

    /// Takes a byte that was just passed and, if it begins a substitution, all of that as written.
    private mutating func take(_ byte: UInt8, into word: inout [UInt8]) {
        word.append(byte)
        if byte == UInt8(ascii: "\n") { currentLine += 1 }
        if byte == UInt8(ascii: "`") {
            takeRaw(until: byte, into: &word)
        } else if byte == UInt8(ascii: "$"), place < bytes.count, bytes[place] == UInt8(ascii: "(") {
            appendByte(to: &word)
            var depth = 1
            while place < bytes.count, depth > 0 {
                let inner = bytes[place]
                appendByte(to: &word)
                switch inner {
                case UInt8(ascii: "("): depth += 1
                case UInt8(ascii: ")"): depth -= 1
                case UInt8(ascii: "'"), UInt8(ascii: "\""): takeRaw(until: inner, into: &word)
                default: break
                }
            }
            if depth > 0 { isCutShort = true }
        }
    }

    private mutating func takeRaw(until end: UInt8, into word: inout [UInt8]) {
        while place < bytes.count {
            let byte = bytes[place]
            appendByte(to: &word)
            if byte == end { return }
        }
        isCutShort = true
    }

    private static func endsWord(_ byte: UInt8) -> Bool { byte <= 0x20 || ";&|<>".utf8.contains(byte) }
}
