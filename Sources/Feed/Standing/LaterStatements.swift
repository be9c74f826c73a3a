import Support

/// What feeds of one call that were made later say of accounts that an earlier one would remove.
///
/// A later statement stands: that the account stays, that it goes later, or something that cannot be read.
package struct LaterStatements: Sendable {
    private var sentences: [Mailbox: String] = [:]
    private var hashes: Set<Int> = []

    package init() {}

    var isEmpty: Bool { sentences.isEmpty }

    /// What is said of the account, as a sentence; nil for nothing.
    subscript(account: Mailbox) -> String? { sentences[account] }

    /// Whether something may be said of an account with this hash of its spelling.
    func mayConcern(hash: Int) -> Bool { hashes.contains(hash) }

    /// Adds what a feed says, as far as it concerns accounts with these hashes. What was added before was said earlier.
    package mutating func add(_ standings: FeedStandings, of feed: String, concerning wanted: Set<Int>) {
        for place in standings.indices where wanted.contains(standings.spellingHash(of: place)) {
            let entry = standings.entries[place]
            guard let account = entry.account, let said = Self.said(place, entry, standings) else { continue }
            sentences[account] =
                "the later feed \(feed.escapedForMessage(limit: 200)) says \(said)"
                + (entry.line.map { " on line \($0)" } ?? "")
            hashes.insert(standings.spellingHash(of: place))
        }
    }

    private static func said(_ place: Int, _ entry: FeedEntry, _ standings: FeedStandings) -> String? {
        let later = "that the account goes later, effective \(entry.effectiveAt?.text ?? "later")"
        switch standings[brief: place] {
        case .stays: return "that the account stays"
        case .notYetDue: return later
        // Beside a removal that is due, it says nothing.
        case .overtaken(let other): return standings[brief: Int(other)] == .due ? nil : later
        case .refused: return "two things of the account"
        case .invalid: return "something of the account that cannot be read"
        // A duplicate says nothing beside the entry that counts.
        case .due, .duplicate, .protected, .corrected: return nil
        }
    }
}
