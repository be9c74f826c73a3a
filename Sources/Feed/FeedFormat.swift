import Support

/// The formats that a feed can have.
public enum FeedFormat: String, CaseIterable, Sendable {
    case csv, json, jsonl

    /// The format that a file name extension stands for, without its point and without regard to case; `ndjson` is
    /// another name for JSON Lines. Nil for any other.
    public init?(pathExtension: String) {
        switch pathExtension.asciiLowercased {
        case "csv": self = .csv
        case "json": self = .json
        case "jsonl", "ndjson": self = .jsonl
        default: return nil
        }
    }

    /// The format of the feed at `path` by the extension of its name.
    ///
    /// - Throws: ``UnknownFeedFormat`` where the name has none that is known, and for `-`, standard input.
    public init(ofFeedAt path: String) throws(UnknownFeedFormat) {
        let name = path.split(separator: "/").last ?? ""
        guard let point = name.lastIndex(of: "."), let format = Self(pathExtension: String(name[point...].dropFirst()))
        else { throw UnknownFeedFormat(path: path) }
        self = format
    }
}

/// The name of the feed does not tell its format.
public struct UnknownFeedFormat: ExplainedError, Hashable {
    public var path: String

    public var operation: String { "tell the format of" }
    public var subject: String { path == "-" ? "the feed on standard input" : path.escapedForMessage(limit: 400) }
    public var cause: String {
        path == "-"
            ? "it has no name with an extension" : "its name ends neither in .csv nor in .json, .jsonl or .ndjson"
    }
    public var hint: String { "say which it is with --format csv, --format json or --format jsonl" }
    public var exitStatus: ExitStatus { .usage }
}
