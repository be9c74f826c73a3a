import Support

/// Names of feeds in an inbox. A feed that was moved gets a mark in its name, which distinguishes it from other feeds
/// of the same name.
package enum FeedName {
    /// `feed.csv` becomes `feed.20261123T031002Z-1a2b3c4d.csv`. If the name has a mark already, because the feed was
    /// moved back into the inbox, the new mark replaces it.
    package static func name(_ name: String, marked mark: String) -> String {
        var parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let pathExtension = parts.removeLast()
        if parts.count > 1, let last = parts.last, isMark(last) { parts.removeLast() }
        return (parts + [mark, pathExtension]).joined(separator: ".")
    }

    /// The name that billing gave: `feed.csv` for `feed.20261123T031002Z-1a2b3c4d.csv`.
    package static func name(withoutMark name: String) -> String {
        var parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count > 2, isMark(parts[parts.count - 2]) else { return name }
        parts.remove(at: parts.count - 2)
        return parts.joined(separator: ".")
    }

    private static func isMark(_ text: String) -> Bool {
        text.wholeMatch(of: #/\d{8}T\d{6}Z(-[0-9a-f]{8})?(-\d\d?)?/#) != nil
    }
}
