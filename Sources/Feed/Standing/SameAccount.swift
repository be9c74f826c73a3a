import Support

/// Decides which entry counts when several entries of a feed mean the same account.
struct SameAccount {
    /// What one of the entries states about the account.
    struct Claim {
        enum Kind {
            /// The account is to be removed, and the entry is due.
            case removal
            /// The account is to be removed later.
            case putOff
            case stays
            /// The entry is invalid, and may mean that the account stays.
            case unclear
        }

        /// The index of the entry in the feed, from 0.
        var place: Int
        var line: Int?
        var kind: Kind
        var effectiveAt: EffectiveTime?
        /// The subscription that the entry is about; nil for the whole account.
        var subscription: String?

        init(_ entry: FeedEntry, _ kind: Kind, at place: Int) {
            self.place = place
            self.kind = kind
            line = entry.line
            effectiveAt = entry.effectiveAt
            subscription = entry.subscriptionID?.text.trimmed
        }
    }

    /// What the other entries change about an entry. An entry without a verdict keeps its own standing.
    enum Verdict: Hashable {
        /// The entry at this index counts for the same account.
        case duplicate(of: Int)
        /// The entry at this index states that another subscription of the account stays.
        case protected(by: Int)
        /// Nothing decides between the entries.
        case refused
        /// It is deferred but never applied, because the entry at this index takes precedence.
        case overtaken(by: Int)
        /// It is deferred, and another deferred entry is kept instead.
        case putOffLonger
    }

    private let claims: [Claim]
    private let removals: [Claim]
    private let staying: [Claim]
    private let unclear: [Claim]

    /// The verdicts, by the index of the entry.
    private(set) var verdicts: [Int: Verdict] = [:]

    /// - Parameter claims: Two or more, in feed order.
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

    /// For each subscription, in feed order: the entries that count, and those that they override. Nil if that cannot
    /// be decided, because an entry is about the whole account or the dates do not decide.
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

    /// A subscription that stays protects the account. If there is none, the first removal counts.
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

    /// The entry that takes effect last; nil unless every entry has a date, and no entry of the other kind can be as
    /// late.
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

    /// A deferred removal is kept unless another entry of the feed prevents it. Of several, the one that takes effect
    /// last is kept.
    private mutating func settlePutOffs() {
        let putOffs = claims.filter { $0.kind == .putOff }
        guard !putOffs.isEmpty else { return }
        let isRefused = verdicts.values.contains(.refused)
        // If the account is removed now, deferred entries are not in doubt.
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

    /// Whether one entry states that the account stays, another that it is removed later, and nothing decides between
    /// them.
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
        // A removal that is due counts at once.
        if let removal = removals.first(where: { verdicts[$0.place] == nil }) { return removal }
        if let entry = unclear.first { return entry }
        return staying.first { !putOff.isAboutSubscription(of: $0) || $0.begins(after: putOff) }
    }

    // MARK: Messages

    /// Why the entries are refused. It names only a few of them, because every one of them carries this message.
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
    /// Whether both entries are about the same subscription.
    fileprivate func isAboutSubscription(of other: Self) -> Bool {
        guard let subscription, let rival = other.subscription else { return false }
        return subscription.utf8.elementsEqual(rival.utf8)
    }

    /// Whether this entry takes effect strictly later than the other. Until the other's day has ended, it is undecided
    /// which of them is later. 24:00 is no longer part of that day.
    fileprivate func begins(after other: Self) -> Bool {
        guard let beginning = effectiveAt?.beginning, let effective = other.effectiveAt else { return false }
        return switch effective {
        case .instant(let time): beginning > time
        case .day(let day): beginning >= day.end
        }
    }

    /// Whether it begins later than another entry. For choosing among entries with the same meaning.
    fileprivate func isLater(than other: Self) -> Bool {
        guard let beginning = effectiveAt?.beginning, let rival = other.effectiveAt?.beginning else { return false }
        return beginning > rival
    }
}
