import Support

/// Entries of a feed that mean one account, and which of them counts.
struct SameAccount {
    /// What one of the entries says of the account.
    struct Claim {
        enum Kind {
            /// It is to be removed, and due.
            case removal
            /// It is to be removed later.
            case putOff
            case stays
            /// The entry is invalid, and may mean that the account stays.
            case unclear
        }

        /// The entry's place in the feed, from 0.
        var place: Int
        var line: Int?
        var kind: Kind
        var effectiveAt: EffectiveTime?
        /// The subscription that it is about; nil for the account as a whole.
        var subscription: String?

        init(_ entry: FeedEntry, _ kind: Kind, at place: Int) {
            self.place = place
            self.kind = kind
            line = entry.line
            effectiveAt = entry.effectiveAt
            subscription = entry.subscriptionID?.text.trimmed
        }
    }

    /// What becomes of an entry for the sake of the others. One that is not named stays what it is by itself.
    enum Verdict: Hashable {
        /// Another entry, at this place, counts for the same account.
        case duplicate(of: Int)
        /// The entry at this place says that another subscription of the account stays.
        case protected(by: Int)
        /// Nothing decides between the entries.
        case refused
        /// It is put off, and never carried out: the entry at this place says that the account stays.
        case overtaken(by: Int)
        /// It is put off, and another one is kept in its place.
        case putOffLonger
    }

    private let claims: [Claim]
    private let removals: [Claim]
    private let staying: [Claim]
    private let unclear: [Claim]

    /// What becomes of the entries, by their places.
    private(set) var verdicts: [Int: Verdict] = [:]

    /// - Parameter claims: in feed order; two or more.
    init(claims: [Claim]) {
        self.claims = claims
        removals = claims.filter { $0.kind == .removal }
        staying = claims.filter { $0.kind == .stays }
        unclear = claims.filter { $0.kind == .unclear }
        settleRemovals()
        settlePutOffs()
    }

    private mutating func settleRemovals() {
        guard let first = removals.first else { return }
        if staying.isEmpty && unclear.isEmpty {
            for claim in removals.dropFirst() { verdicts[claim.place] = .duplicate(of: first.place) }
        } else if unclear.isEmpty, let counting = countingOfSubscriptions {
            settle(counting)
        } else {
            for claim in removals + staying { verdicts[claim.place] = .refused }
        }
    }

    /// For each subscription, in feed order, the entries that count for it and the ones that they outdo. Nil where that
    /// cannot be told: an entry is about the account as a whole, or dates do not decide.
    private var countingOfSubscriptions: [(counting: [Claim], outdone: [Claim])]? {
        var bySubscription: [(name: String, claims: [Claim])] = []
        for claim in claims where claim.kind == .removal || claim.kind == .stays {
            guard let name = claim.subscription else { return nil }
            if let known = bySubscription.firstIndex(where: { $0.name.utf8.elementsEqual(name.utf8) }) {
                bySubscription[known].claims.append(claim)
            } else {
                bySubscription.append((name, [claim]))
            }
        }
        var counting: [(counting: [Claim], outdone: [Claim])] = []
        for (_, claims) in bySubscription {
            if Set(claims.map(\.kind)).count == 1 {
                counting.append((claims, []))
            } else {
                guard let latest = Self.latest(of: claims) else { return nil }
                counting.append(([latest], claims.filter { $0.place != latest.place }))
            }
        }
        return counting
    }

    /// Subscriptions that stay protect the account; without one, the first removal counts.
    private mutating func settle(_ subscriptions: [(counting: [Claim], outdone: [Claim])]) {
        let counting = subscriptions.flatMap(\.counting)
        for (winners, outdone) in subscriptions {
            for claim in outdone { verdicts[claim.place] = .duplicate(of: winners[0].place) }
        }
        if let protector = counting.first(where: { $0.kind == .stays }) {
            for claim in counting where claim.kind == .removal {
                verdicts[claim.place] = .protected(by: protector.place)
            }
            return
        }
        let first = counting.min { $0.place < $1.place }?.place ?? removals[0].place
        for claim in removals + staying where claim.place != first { verdicts[claim.place] = .duplicate(of: first) }
    }

    /// The entry that takes effect last, if every one has a date and none on the other side may be as late.
    private static func latest(of claims: [Claim]) -> Claim? {
        guard claims.allSatisfy({ $0.effectiveAt != nil }) else { return nil }
        return claims.first { candidate in
            let rivals = claims.filter { $0.kind != candidate.kind }
            let kin = claims.filter { $0.kind == candidate.kind }
            return rivals.allSatisfy { candidate.begins(after: $0) }
                && kin.allSatisfy { !$0.isLater(than: candidate) }
        }
    }

    // MARK: Entries that are put off

    /// A removal that is put off is kept unless something of the feed is against it. Of several, the one is kept that takes
    /// effect last.
    private mutating func settlePutOffs() {
        let putOffs = claims.filter { $0.kind == .putOff }
        guard !putOffs.isEmpty else { return }
        let isRefused = verdicts.values.contains(.refused)
        // Where the account goes now, nothing that is put off is in doubt.
        let goesNow = removals.contains { verdicts[$0.place] == nil }
        if isRefused || (!goesNow && disagreesWithStaying(putOffs)) {
            for claim in putOffs + (isRefused ? [] : staying) { verdicts[claim.place] = .refused }
            return
        }
        var kept: [Claim] = []
        for claim in putOffs {
            if let other = obstacle(to: claim) {
                verdicts[claim.place] = .overtaken(by: other.place)
            } else {
                kept.append(claim)
            }
        }
        guard var last = kept.first else { return }
        for claim in kept.dropFirst() where claim.isLater(than: last) { last = claim }
        for claim in kept where claim.place != last.place { verdicts[claim.place] = .putOffLonger }
    }

    /// Whether the account stays by one entry and goes later by another, and nothing tells which of them counts.
    private func disagreesWithStaying(_ putOffs: [Claim]) -> Bool {
        guard !staying.isEmpty else { return false }
        guard (putOffs + staying).allSatisfy({ $0.subscription != nil }) else { return true }
        return putOffs.contains { putOff in
            staying.contains { stays in
                putOff.isAboutSubscription(of: stays) && !putOff.begins(after: stays) && !stays.begins(after: putOff)
            }
        }
    }

    private func obstacle(to putOff: Claim) -> Claim? {
        // One that is due counts at once.
        if let removal = removals.first(where: { verdicts[$0.place] == nil }) { return removal }
        if let entry = unclear.first { return entry }
        return staying.first { !putOff.isAboutSubscription(of: $0) || $0.begins(after: putOff) }
    }

    // MARK: Messages

    /// Why the entries are refused. Only a few are named: every one of them carries this message.
    var disagreement: String {
        let said =
            "removal \(Self.listed(removals + claims.filter { $0.kind == .putOff }))"
            + (staying.isEmpty ? "" : ", stays \(Self.listed(staying))")
            + (unclear.isEmpty ? "" : ", cannot be read \(Self.listed(unclear))")
        let why =
            if !unclear.isEmpty {
                "an entry for the same account cannot be read"
            } else if claims.contains(where: { $0.subscription == nil }) {
                "entries for the same account disagree, and not all of them name a subscription_id"
            } else {
                "entries for the same subscription disagree, and their dates do not decide"
            }
        return "\(why): \(said)"
    }

    private static func listed(_ claims: [Claim]) -> String {
        let named = claims.prefix(3).map { claim in claim.line.map { "on line \($0)" } ?? "in entry \(claim.place + 1)"
        }
        let more = claims.count - named.count
        return named.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
    }
}

extension SameAccount.Claim {
    /// Whether both name the same subscription.
    fileprivate func isAboutSubscription(of other: Self) -> Bool {
        guard let subscription, let rival = other.subscription else { return false }
        return subscription.utf8.elementsEqual(rival.utf8)
    }

    /// Whether one takes effect strictly later than another. A day that is still running leaves it open which of them came
    /// later; its end, 24:00, is already outside of it.
    fileprivate func begins(after other: Self) -> Bool {
        guard let beginning = effectiveAt?.beginning, let effective = other.effectiveAt else { return false }
        return switch effective {
        case .instant(let time): beginning > time
        case .day(let day): beginning >= day.end
        }
    }

    /// Whether it begins later than another one, to choose among entries that say the same.
    fileprivate func isLater(than other: Self) -> Bool {
        guard let beginning = effectiveAt?.beginning, let rival = other.effectiveAt?.beginning else { return false }
        return beginning > rival
    }
}
