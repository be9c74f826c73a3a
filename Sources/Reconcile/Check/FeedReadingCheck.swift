import Feed
import Report
import Support

/// How the feed is read, entry by entry. The first rows show whether a profile reads what was meant.
enum FeedReadingCheck {
    private static let shown = 5

    static func findings(_ feed: Feed, now: UTCTime) -> [Finding] {
        let standings = FeedStandings(judging: feed, now: now)
        return rows(feed, standings) + unknownWords(feed) + shortenedIDs(standings)
    }

    private static func rows(_ feed: Feed, _ standings: FeedStandings) -> [Finding] {
        guard feed.profile != .standard else { return [] }
        let how = feed.profile.path.map { "with \($0)" } ?? "with these options"
        return feed.entries.prefix(shown).map { entry in
            let place = entry.line.map { "line \($0)" } ?? "entry \(entry.number)"
            let read = [
                "email \(entry.email.quotedForMessage())", entry.status.map { "status \($0.quotedForMessage())" },
                entry.subscriptionID.map { "subscription \($0.text.quotedForMessage())" },
                entry.effectiveAt.map { "effective \($0.text)" },
            ].compactMap(\.self).joined(separator: ", ")
            return .ok("feed", "\(place), read \(how): \(read): \(verdict(standings[entry.number - 1]))")
        }
    }

    private static func verdict(_ standing: FeedStanding) -> String {
        switch standing {
        case .due: "to be removed"
        case .invalid(let faults): "invalid: \(faults.joined(separator: "; "))"
        case .skipped(let reason): "skipped: \(reason)"
        case .duplicate(_, let message): "duplicate: \(message)"
        case .refused(let reason): "refused: \(reason)"
        }
    }

    /// A feed with unknown status words removes no account, even if it is run again.
    static func unknownWords(_ feed: Feed) -> [Finding] {
        var words: [String: Int] = [:]
        for entry in feed.entries where entry.meaning == nil {
            if let word = entry.status { words[word, default: 0] += 1 }
        }
        guard !words.isEmpty else { return [] }
        let named = words.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(5).map { word, count in
            "\(word.quotedForMessage()) (\(count) \(count == 1 ? "entry" : "entries"))"
        }
        return [
            .note(
                "feed", "it has unknown status words: \(named.joined(separator: ", "))",
                try:
                    "give their meaning with --removal-status or --staying-status; until then these entries are invalid"
            )
        ]
    }

    private static func shortenedIDs(_ standings: FeedStandings) -> [Finding] {
        standings.shortenedIDsText.map { [.note("feed", $0, try: "have billing write ids as text")] } ?? []
    }
}
