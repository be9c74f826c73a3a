import Support

/// The formats of a feed.
package enum FeedFormat: String, CaseIterable, Sendable {
    case csv, json, jsonl

    /// The format for a file name extension, given without its dot. Letter case is ignored. `ndjson` means JSON Lines
    /// too. Nil for any other extension.
    package init?(pathExtension: String) {
        switch pathExtension.asciiLowercased {
        case "csv": self = .csv
        case "json": self = .json
        case "jsonl", "ndjson": self = .jsonl
        default: return nil
        }
    }

    /// The format of the feed at `path`, by its file name extension.
    ///
    /// - Throws: ``UnknownFeedFormat`` if there is no known extension, and for `-`, standard input.
    package init(ofFeedAt path: String) throws(UnknownFeedFormat) {
        let name = path.split(separator: "/").last ?? ""
        guard let point = name.lastIndex(of: "."), let format = Self(pathExtension: String(name[point...].dropFirst()))
        else { throw UnknownFeedFormat(path: path) }
        self = format
    }
}

/// The format cannot be determined from the feed's name.
package struct UnknownFeedFormat: ExplainedError, Hashable {
    package var path: String

    package var operation: String { "find out the format of" }
    package var subject: String { path == "-" ? "the feed on standard input" : path.escapedForMessage(limit: 400) }
    package var cause: String {
        path == "-"
            ? "it has no name with an extension" : "its name ends neither in .csv nor in .json, .jsonl or .ndjson"
    }
    package var hint: String { "give --format csv, --format json or --format jsonl" }
    package var exitStatus: ExitStatus { .usage }
}
