import Support

/// What later feeds of the same call state about accounts that an earlier feed would remove.
///
/// A later statement overrides the earlier feed: that the account stays, that it is removed later, or a statement that
/// cannot be read.
package struct LaterStatements: Sendable {
    private var sentences: [Mailbox: String] = [:]
    private var hashes: Set<Int> = []
    /// The spelling hashes of accounts that a later feed names, whatever it says.
    private var named: Set<Int> = []

    package init() {}

    var isEmpty: Bool { sentences.isEmpty }

    /// The statement about the account as a sentence; nil if there is none.
    subscript(account: Mailbox) -> String? { sentences[account] }

    /// Whether there may be a statement about an account with this spelling hash.
    func mayConcern(hash: Int) -> Bool { hashes.contains(hash) }

    /// Whether a later feed may name an account with this spelling hash.
    package func mayName(hash: Int) -> Bool { named.contains(hash) }

    /// Adds the accounts that a feed names, limited to those with these hashes.
    package mutating func addNames(_ standings: FeedStandings, concerning wanted: Set<Int>) {
        for place in standings.indices where wanted.contains(standings.spellingHash(of: place)) {
            named.insert(standings.spellingHash(of: place))
        }
    }

    /// Adds a feed's statements about accounts with these hashes. Call this in feed order: a later call overrides an
    /// earlier one.
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
        let later = "that the account is removed later, effective \(entry.effectiveAt?.text ?? "later")"
        switch standings[brief: place] {
        case .stays: return "that the account stays"
        case .notYetDue: return later
        // A deferral does not count if a removal in the same feed is due.
        case .overtaken(let other): return standings[brief: Int(other)] == .due ? nil : later
        case .refused: return "contradictory things about the account"
        case .invalid: return "something about the account that cannot be read"
        // A duplicate does not count, only the entry that it repeats.
        case .due, .duplicate, .protected, .corrected: return nil
        }
    }
}
