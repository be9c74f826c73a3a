/// Entries of a feed that mean one account, and which of them counts.
struct SameAccount {
    /// What one of the entries says of the account.
    struct Claim {
        /// The entry's place in the feed, from 0.
        var place: Int
        var line: Int?
        var meansRemoval: Bool
        var effectiveAt: EffectiveTime?

        init(_ entry: FeedEntry, at place: Int) {
            self.place = place
            line = entry.line
            meansRemoval = entry.meansRemoval
            effectiveAt = entry.effectiveAt
        }
    }

    private let claims: [Claim]
    private let removals: [Claim]
    private let against: [Claim]

    /// - Parameter claims: in feed order; two or more.
    init(claims: [Claim]) {
        self.claims = claims
        removals = claims.filter(\.meansRemoval)
        against = claims.filter { !$0.meansRemoval }
    }

    var places: [Int] { claims.map(\.place) }

    /// The place of the entry that counts; nil if removal stands against none and the dates do not decide.
    ///
    /// Agreed on removal: the first. Agreed on none: the one that takes effect last. Otherwise the one that takes effect
    /// last, if it does so strictly later than everything on the other side.
    var winner: Int? {
        if against.isEmpty { return claims[0].place }
        if removals.isEmpty { return latest(of: claims).place }
        guard claims.allSatisfy({ $0.effectiveAt != nil }) else { return nil }
        let lastRemoval = latest(of: removals)
        let lastAgainst = latest(of: against)
        if against.allSatisfy({ begins(lastRemoval, after: $0) }) { return lastRemoval.place }
        if removals.allSatisfy({ begins(lastAgainst, after: $0) }) { return lastAgainst.place }
        return nil
    }

    /// The claim that takes effect last, the first of several; claims without a date come before all.
    private func latest(of claims: [Claim]) -> Claim {
        var latest = claims[0]
        for claim in claims.dropFirst() {
            guard let candidate = claim.effectiveAt?.beginning else { continue }
            if let best = latest.effectiveAt?.beginning, best >= candidate { continue }
            latest = claim
        }
        return latest
    }

    /// Whether one claim takes effect strictly later than another. A day that is still running leaves it open which of
    /// them came later; its end, 24:00, is already outside of it.
    private func begins(_ claim: Claim, after other: Claim) -> Bool {
        guard let beginning = claim.effectiveAt?.beginning else { return false }
        switch other.effectiveAt {
        case nil: return false
        case .instant(let time): return beginning > time
        case .day(let day): return beginning >= EffectiveTime.day(day).end
        }
    }

    var disagreement: String {
        "entries for the same account disagree, and their dates do not decide: "
            + "removal \(listed(removals)), none \(listed(against))"
    }

    /// Where the entries stand. Only a few are named: every entry of the group carries this message.
    private func listed(_ claims: [Claim]) -> String {
        let named = claims.prefix(3).map { claim in claim.line.map { "on line \($0)" } ?? "in entry \(claim.place + 1)"
        }
        let more = claims.count - named.count
        return named.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    }
}
