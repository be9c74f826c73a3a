import Support

/// What a file looks like, if that differs from how it was read. It is reported only when the feed is refused; nothing
/// is read by a guess.
package struct FeedShape: Hashable, Sendable {
    /// `it looks like UTF-16`.
    package var text: String
    /// How to read such a file.
    package var hint: String

    private init(_ text: String, _ hint: String) { (self.text, self.hint) = (text, hint) }

    /// Nil if the file looks like what it was read as, or like nothing known.
    init?(of bytes: [UInt8], readAs format: FeedFormat, _ profile: FeedProfile) {
        if let shape = Self.binary(bytes) ?? Self.encoding(bytes, profile) ?? Self.markup(bytes, format)
            ?? Self.delimiter(bytes, format, profile)
        {
            self = shape
        } else {
            return nil
        }
    }

    private static func binary(_ bytes: [UInt8]) -> FeedShape? {
        if bytes.starts(with: [0x1F, 0x8B]) {
            return FeedShape(
                "it looks like gzip", "decompress it first: gunzip -c FEED | wg-reconcile run - --format csv")
        }
        if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
            return FeedShape("it looks like a spreadsheet (.xlsx) or another zip file", "export it as CSV")
        }
        if bytes.starts(with: [0xD0, 0xCF, 0x11, 0xE0]) {
            return FeedShape("it looks like a spreadsheet (.xls)", "export it as CSV")
        }
        if bytes.starts(with: Array("%PDF".utf8)) {
            return FeedShape("it looks like PDF", "have billing export CSV or JSON")
        }
        return nil
    }

    private static func encoding(_ bytes: [UInt8], _ profile: FeedProfile) -> FeedShape? {
        let head = bytes.prefix(400)
        if ByteOrderMark.length(in: bytes) > 0 && profile.encoding != .utf8 {
            return FeedShape("it looks like UTF-8", "--encoding utf-8 reads it")
        }
        let hasMark = bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
        if hasMark && profile.encoding != .utf16 {
            return FeedShape("it looks like UTF-16", "--encoding utf-16 reads it")
        }
        if !hasMark && head.count(where: { $0 == 0 }) > head.count / 4 {
            return FeedShape("it looks like UTF-16 without a byte order mark", "save it as UTF-8")
        }
        guard profile.encoding == .utf8, (try? UTF8Span(validating: bytes.span)) == nil,
            // The decoding only shows whether it could be this encoding.
            (try? FeedEncoding.windows1252.text(of: bytes)) != nil
        else { return nil }
        return FeedShape("it may be windows-1252", "save it as UTF-8; --encoding windows-1252 reads that encoding")
    }

    private static func markup(_ bytes: [UInt8], _ format: FeedFormat) -> FeedShape? {
        let start = bytes.dropFirst(ByteOrderMark.length(in: bytes)).drop(while: \.isJSONSpace)
        let beginning = String(decoding: start.prefix(100), as: UTF8.self).lowercased()
        if beginning.hasPrefix("<!doctype html") || beginning.hasPrefix("<html") {
            return FeedShape("it looks like HTML", "open it in a browser: it may be a page that asks to sign in")
        }
        if beginning.hasPrefix("<") { return FeedShape("it looks like XML", "have billing export CSV or JSON") }
        let looksLikeJSON = beginning.hasPrefix("{") || beginning.hasPrefix("[")
        switch format {
        case .csv where looksLikeJSON:
            return FeedShape("it looks like JSON", "give --format json, or jsonl for one entry per line")
        case .json where !looksLikeJSON && !beginning.isEmpty:
            guard let first = beginning.first, first.isLetter || first == "\"", beginning.contains(",") else {
                return nil
            }
            return FeedShape("it looks like CSV", "give --format csv")
        default: return nil
        }
    }

    private static func delimiter(_ bytes: [UInt8], _ format: FeedFormat, _ profile: FeedProfile) -> FeedShape? {
        guard format == .csv, let text = try? profile.encoding.text(of: bytes) else { return nil }
        let lines = text.dropFirst(ByteOrderMark.length(in: text)).split(
            maxSplits: 2, omittingEmptySubsequences: true
        ) { $0 == .lineFeed || $0 == .carriageReturn }
        guard let header = lines.first, !header.allSatisfy(\.isJSONSpace) else { return nil }
        if header.starts(with: Array("sep=".utf8)), lines.count > 1, let sign = header.dropFirst(4).first {
            let name = name(of: sign)
            return FeedShape(
                "its first line says that it is separated by \(name.plural)",
                "delete the line \"sep=\", and give --delimiter \(name.option)")
        }
        guard !header.contains(profile.delimiter) else { return nil }
        let candidates: [UInt8] = [UInt8(ascii: ";"), UInt8(ascii: "\t"), UInt8(ascii: "|"), UInt8(ascii: ",")]
        guard let sign = candidates.first(where: { $0 != profile.delimiter && header.contains($0) }) else { return nil }
        let name = name(of: sign)
        return FeedShape("it looks separated by \(name.plural)", "--delimiter \(name.option) reads it")
    }

    private static func name(of delimiter: UInt8) -> (plural: String, option: String) {
        switch delimiter {
        case UInt8(ascii: ";"): ("semicolons", "';'")
        case UInt8(ascii: "\t"): ("tabs", "tab")
        case UInt8(ascii: "|"): ("vertical bars", "'|'")
        case UInt8(ascii: ","): ("commas", "','")
        default: ("another sign", "SIGN")
        }
    }
}
