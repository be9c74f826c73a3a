/// Entries of a feed that mean one account, and which of them counts.
struct SameAccount {
    /// All entries of the feed.
    let entries: [FeedEntry]
    /// The places of those that mean this account, in feed order; two or more.
    let places: [Int]

    /// The accounts that stand more than once among the entries at `contenders`.
    static func groups(among contenders: [Int], of entries: [FeedEntry]) -> [SameAccount] {
        var first: [Mailbox: Int] = [:]
        first.reserveCapacity(contenders.count)
        var groups: [Int: [Int]] = [:]
        for place in contenders {
            // An email without an @ means no account; its entry is invalid and not among the contenders.
            guard let mailbox = Mailbox(entries[place].email) else { continue }
            if let earlier = first[mailbox] {
                groups[earlier, default: [earlier]].append(place)
            } else {
                first[mailbox] = place
            }
        }
        return groups.values.map { SameAccount(entries: entries, places: $0) }
    }

    /// Leaves the entry that counts its standing, and makes duplicates of the others; if none can be told to count, all
    /// are refused.
    func settle(_ standings: inout [FeedStanding]) {
        guard let winner else {
            let message = disagreement
            for place in places { standings[place] = .refused(message) }
            return
        }
        let number = entries[winner].number
        let line = entries[winner].line.map { " on line \($0)" } ?? ""
        let message = "same account as entry \(number)\(line)"
        for place in places where place != winner { standings[place] = .duplicate(of: number, message: message) }
    }

    /// The place of the entry that counts; nil if removal stands against none and the dates do not decide.
    ///
    /// Agreed on removal: the first. Agreed on none: the one that takes effect last. Otherwise the one that takes effect
    /// last, if it does so strictly later than everything on the other side.
    private var winner: Int? {
        if against.isEmpty { return places[0] }
        if removals.isEmpty { return latest(of: places) }
        guard places.allSatisfy({ entries[$0].effectiveAt != nil }) else { return nil }
        let lastRemoval = latest(of: removals)
        let lastAgainst = latest(of: against)
        if against.allSatisfy({ begins(lastRemoval, after: $0) }) { return lastRemoval }
        if removals.allSatisfy({ begins(lastAgainst, after: $0) }) { return lastAgainst }
        return nil
    }

    private var removals: [Int] { places.filter { entries[$0].meansRemoval } }
    private var against: [Int] { places.filter { !entries[$0].meansRemoval } }

    /// The place of the entry that takes effect last, the first of several; entries without a date come before all.
    private func latest(of places: [Int]) -> Int {
        var latest = places[0]
        for place in places.dropFirst() {
            guard let candidate = entries[place].effectiveAt?.beginning else { continue }
            if let best = entries[latest].effectiveAt?.beginning, best >= candidate { continue }
            latest = place
        }
        return latest
    }

    /// Whether one entry takes effect strictly later than another. A day that is still running leaves it open which of
    /// them came later; its end, 24:00, is already outside of it.
    private func begins(_ place: Int, after other: Int) -> Bool {
        guard let beginning = entries[place].effectiveAt?.beginning else { return false }
        switch entries[other].effectiveAt {
        case nil: return false
        case .instant(let time): return beginning > time
        case .day(let day): return beginning >= EffectiveTime.day(day).end
        }
    }

    private var disagreement: String {
        "entries for the same account disagree, and their dates do not decide: "
            + "removal \(listed(removals)), none \(listed(against))"
    }

    /// Where the entries stand. Only a few are named: every entry of the group carries this message.
    private func listed(_ places: [Int]) -> String {
        let named = places.prefix(3).map { place in
            let entry = entries[place]
            return entry.line.map { "on line \($0)" } ?? "in entry \(entry.number)"
        }
        let more = places.count - named.count
        return named.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    }
}
