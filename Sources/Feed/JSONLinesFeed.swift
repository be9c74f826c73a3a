import Support

/// Reads a JSON Lines feed: one entry per line. Lines of only white space are skipped.
enum JSONLinesFeed {
    static func read(_ bytes: [UInt8], from start: Int, _ profile: FeedProfile) throws(FeedFlaw) -> Feed {
        var entries = JSONEntries(bytes, in: start..<start, profile)
        var lineStart = start
        while lineStart < bytes.count {
            let lineEnd = bytes[lineStart...].firstIndex(of: .lineFeed) ?? bytes.count
            entries.scanner.begin(lineStart..<lineEnd)
            entries.scanner.passSpace()
            if entries.scanner.next != nil {
                try entries.passEntry()
                try entries.scanner.finish()
            }
            lineStart = lineEnd + 1
        }
        let rules = EntryRules(profile: profile, statement: try entries.statement(profile))
        return Feed(format: .jsonl, profile: profile, entries: entries.found(rules))
    }
}

extension JSONScanner {
    /// Requires that only white space follows.
    mutating func finish() throws(FeedFlaw) {
        passSpace()
        guard next == nil else { throw FeedFlaw(.textAfterJSON, at: offset, entry: entry) }
    }
}
