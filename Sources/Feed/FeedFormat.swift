import Support

/// The formats that a feed can have.
package enum FeedFormat: String, CaseIterable, Sendable {
    case csv, json, jsonl

    /// The format that a file name extension stands for, without its point and without regard to case; `ndjson` is
    /// another name for JSON Lines. Nil for any other.
    package init?(pathExtension: String) {
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
    package init(ofFeedAt path: String) throws(UnknownFeedFormat) {
        let name = path.split(separator: "/").last ?? ""
        guard let point = name.lastIndex(of: "."), let format = Self(pathExtension: String(name[point...].dropFirst()))
        else { throw UnknownFeedFormat(path: path) }
        self = format
    }
}

/// The name of the feed does not tell its format.
package struct UnknownFeedFormat: ExplainedError, Hashable {
    package var path: String

    package var operation: String { "tell the format of" }
    package var subject: String { path == "-" ? "the feed on standard input" : path.escapedForMessage(limit: 400) }
    package var cause: String {
        path == "-"
            ? "it has no name with an extension" : "its name ends neither in .csv nor in .json, .jsonl or .ndjson"
    }
    package var hint: String { "say which it is with --format csv, --format json or --format jsonl" }
    package var exitStatus: ExitStatus { .usage }
}
