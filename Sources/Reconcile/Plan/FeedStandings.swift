/// The standing of every entry of a feed, in feed order.
///
/// Held in a few bytes for each; what a standing says in words is read off the entry again when it is asked for.
public struct FeedStandings: RandomAccessCollection, Sendable {
    enum Brief: Hashable {
        case due
        /// Unusable for a fault of its own, or for want of a status.
        case invalid
        case notYetDue
        /// Its status does not mean removal.
        case stays
        /// The place of the entry that counts.
        case duplicate(of: Int32)
        /// By the place among ``disagreements``.
        case refused(Int32)
    }

    let entries: FeedEntries
    private var briefs: [Brief] = []
    /// Of each entry that is neither invalid nor not yet due; see ``Mailbox/spellingHash(of:)``.
    private var spellingHashes: [Int] = []
    private var disagreements: [String] = []
    private var someHaveStatus = false

    public var startIndex: Int { 0 }
    public var endIndex: Int { briefs.count }

    public subscript(position: Int) -> FeedStanding { standing(of: entries[position], at: position) }

    subscript(brief position: Int) -> Brief { briefs[position] }

    /// Of an entry that is due: a number that tells whether anything in the database can be its account's.
    func spellingHash(of position: Int) -> Int { spellingHashes[position] }

    /// The standing in words, of an entry that was read already.
    func standing(of entry: FeedEntry, at position: Int) -> FeedStanding {
        switch briefs[position] {
        case .due: .due
        case .invalid: .invalid(faults(of: entry))
        case .notYetDue: .skipped("not yet due: effective \(entry.effectiveAt?.text ?? "later")")
        case .stays: .skipped("status \((entry.status ?? "").quotedForMessage()) does not mean removal")
        case .duplicate(let winner): duplicate(of: Int(winner))
        case .refused(let index): .refused(disagreements[Int(index)])
        }
    }

    private func faults(of entry: FeedEntry) -> [String] {
        let isMissing = someHaveStatus && entry.status == nil
        return entry.faults + (isMissing ? ["status is missing, though other entries have one"] : [])
    }

    private func duplicate(of winner: Int) -> FeedStanding {
        let line = entries.line(of: winner).map { " on line \($0)" } ?? ""
        return .duplicate(of: winner + 1, message: "same account as entry \(winner + 1)\(line)")
    }
}

// MARK: Judging

extension FeedStandings {
    /// Judges every entry.
    ///
    /// Entries that are invalid or not yet due are set aside first. Of the rest, those that mean the same ``Mailbox``
    /// are settled among each other. Takes time in proportion to the number of entries.
    ///
    /// - Parameter now: an entry that takes effect later than this is not due yet.
    public init(judging feed: Feed, now: UTCTime) {
        entries = feed.entries
        let entries = entries
        let parts = inParts(of: entries.count) { places in JudgedEntries(entries, places, now: now) }
        briefs.reserveCapacity(entries.count)
        spellingHashes.reserveCapacity(entries.count)
        for part in parts {
            briefs += part.briefs
            spellingHashes += part.spellingHashes
        }
        someHaveStatus = parts.reduce(0) { $0 + $1.withoutStatus.count } < entries.count
        if someHaveStatus {
            for part in parts {
                for place in part.withoutStatus { briefs[Int(place)] = .invalid }
            }
        }
        settleSameAccounts()
    }

    /// Entries of a stretch of the feed, each judged for itself.
    private struct JudgedEntries: Sendable {
        var briefs: [Brief] = []
        var spellingHashes: [Int] = []
        var withoutStatus: [Int32] = []

        init(_ entries: FeedEntries, _ places: Range<Int>, now: UTCTime) {
            briefs.reserveCapacity(places.count)
            spellingHashes.reserveCapacity(places.count)
            var reader = entries.makeIterator(from: places.lowerBound)
            for place in places {
                guard let entry = reader.next() else { return }
                let brief = FeedStandings.brief(of: entry, now: now)
                if entry.status == nil { withoutStatus.append(Int32(place)) }
                let takesPart = brief == .due || brief == .stays
                spellingHashes.append(takesPart ? Mailbox.spellingHash(of: entry.email) : 0)
                briefs.append(brief)
            }
        }
    }

    /// As if the entry stood alone in the feed.
    fileprivate static func brief(of entry: FeedEntry, now: UTCTime) -> Brief {
        guard entry.faults.isEmpty else { return .invalid }
        if let effectiveAt = entry.effectiveAt, effectiveAt.beginning > now { return .notYetDue }
        return entry.meansRemoval ? .due : .stays
    }

    private mutating func settleSameAccounts() {
        for places in placesThatMayMeet() {
            var byMailbox: [Mailbox: [SameAccount.Claim]] = [:]
            for place in places {
                let entry = entries[place]
                // An email without an @ means no account; its entry is invalid and not among these.
                guard let mailbox = Mailbox(entry.email) else { continue }
                byMailbox[mailbox, default: []].append(SameAccount.Claim(entry, at: place))
            }
            for claims in byMailbox.values where claims.count > 1 { settle(SameAccount(claims: claims)) }
        }
    }

    /// Makes duplicates of the entries that do not count; if none can be told to count, all are refused.
    private mutating func settle(_ account: SameAccount) {
        if let winner = account.winner {
            for place in account.places where place != winner { briefs[place] = .duplicate(of: Int32(winner)) }
        } else {
            disagreements.append(account.disagreement)
            for place in account.places { briefs[place] = .refused(Int32(disagreements.count - 1)) }
        }
    }

    /// Places of entries whose spellings share a hash, so that they may mean one account.
    private func placesThatMayMeet() -> [[Int]] {
        var first: [Int: Int32] = [:]
        first.reserveCapacity(briefs.count)
        var groups: [Int: [Int]] = [:]
        for (place, brief) in briefs.enumerated() where brief == .due || brief == .stays {
            let hash = spellingHashes[place]
            if let earlier = first.updateValue(Int32(place), forKey: hash) {
                groups[hash, default: [Int(earlier)]].append(place)
            }
        }
        return Array(groups.values)
    }
}
