import Support

/// The standing of every entry of a feed, in feed order.
///
/// Each is stored in a few bytes. Its text is made from the entry when it is needed.
package struct FeedStandings: RandomAccessCollection, Sendable {
    package enum Brief: Hashable {
        case due
        /// Unusable because of a fault, or because its meaning is unknown.
        case invalid
        /// Deferred. `kept` states whether the journal keeps it.
        case notYetDue(kept: Bool)
        /// Deferred but not kept, because the entry at this index takes precedence: the account stays, is removed now,
        /// or is in doubt.
        case overtaken(by: Int32)
        /// Its status does not mean removal.
        case stays
        /// The index of the entry that counts.
        case duplicate(of: Int32)
        /// The index of the entry that states that another subscription stays.
        case protected(by: Int32)
        /// An index into ``disagreements``.
        case refused(Int32)
        /// A later feed states something else. An index into ``corrections``.
        case corrected(Int32)
    }

    package private(set) var entries: FeedEntries
    private var briefs: [Brief] = []
    /// The hash of each entry's email; 0 if the entry names no account. See ``NearSpelling/hash(of:)``.
    private var spellingHashes: [Int] = []
    private var disagreements: [String] = []
    private var corrections: [String] = []
    /// Ids that a spreadsheet has shortened: their number, and the line of the first.
    package private(set) var shortenedIDs: (count: Int, firstLine: Int?) = (0, nil)

    /// A sentence about the shortened ids; nil if there are none.
    package var shortenedIDsText: String? {
        guard shortenedIDs.count > 0 else { return nil }
        let line = shortenedIDs.firstLine.map { ", the first on line \($0)" } ?? ""
        return "\(shortenedIDs.count) \(shortenedIDs.count == 1 ? "id is" : "ids are") in scientific notation\(line): "
            + "a spreadsheet has cut digits off, and billing cannot match them to its accounts"
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { briefs.count }

    package subscript(position: Int) -> FeedStanding { standing(of: entries[position], at: position) }

    package subscript(brief position: Int) -> Brief { briefs[position] }

    /// A hash for finding accounts in the database that the entry may mean; 0 if it names none.
    package func spellingHash(of position: Int) -> Int { spellingHashes[position] }

    /// The standing with its text, for an entry that has been read already.
    package func standing(of entry: FeedEntry, at position: Int) -> FeedStanding {
        let date = entry.effectiveAt?.text ?? "later"
        return switch briefs[position] {
        case .due: .due
        case .invalid: .invalid(entry.faults)
        case .notYetDue: .skipped("not yet due: effective \(date)")
        case .overtaken(let other):
            .skipped(
                "not yet due: effective \(date); not kept, because of \(place(of: Int(other))) for the same account")
        case .stays: .skipped("status \((entry.status ?? "").quotedForMessage()) does not mean removal")
        case .duplicate(let winner):
            .duplicate(of: Int(winner) + 1, message: "same account as \(place(of: Int(winner)))")
        case .protected(let other):
            .skipped("the account stays: \(place(of: Int(other))) says so about another of its subscriptions")
        case .refused(let index): .refused(disagreements[Int(index)])
        case .corrected(let index): .skipped(corrections[Int(index)])
        }
    }

    private func place(of position: Int) -> String {
        "entry \(position + 1)" + (entries.line(of: position).map { " on line \($0)" } ?? "")
    }
}

// MARK: Judging

extension FeedStandings {
    /// Judges every entry.
    ///
    /// Entries for the same ``Mailbox`` are settled against each other. A statement of a later feed about an account
    /// overrides this feed. The time is proportional to the number of entries.
    ///
    /// - Parameters:
    ///   - now: A removal that takes effect after this is not due yet.
    ///   - later: The statements of feeds that were made later.
    package init(judging feed: Feed, now: UTCTime, later: LaterStatements = LaterStatements()) {
        let entries = feed.entries
        self.entries = entries
        let parts = inParts(of: entries.count) { places in JudgedEntries(entries, places, now: now) }
        briefs.reserveCapacity(entries.count)
        spellingHashes.reserveCapacity(entries.count)
        for part in parts {
            briefs += part.briefs
            spellingHashes += part.spellingHashes
            if shortenedIDs.count == 0 { shortenedIDs.firstLine = part.shortenedIDs.firstLine }
            shortenedIDs.count += part.shortenedIDs.count
        }
        settleSameAccounts()
        if !later.isEmpty { correct(by: later) }
    }

    /// The entries of one part of the feed, each judged by itself.
    private struct JudgedEntries: Sendable {
        var briefs: [Brief] = []
        var spellingHashes: [Int] = []
        var shortenedIDs: (count: Int, firstLine: Int?) = (0, nil)

        init(_ entries: FeedEntries, _ places: Range<Int>, now: UTCTime) {
            briefs.reserveCapacity(places.count)
            spellingHashes.reserveCapacity(places.count)
            var reader = entries.makeIterator(from: places.lowerBound)
            for _ in places {
                guard let entry = reader.next() else { return }
                briefs.append(FeedStandings.brief(of: entry, now: now))
                spellingHashes.append(entry.account == nil ? 0 : NearSpelling.hash(of: entry.email))
                if entry.accountID?.isInScientificNotation == true
                    || entry.subscriptionID?.isInScientificNotation == true
                {
                    if shortenedIDs.count == 0 { shortenedIDs.firstLine = entry.line }
                    shortenedIDs.count += 1
                }
            }
        }
    }

    /// Judges the entry as if it were alone in the feed.
    fileprivate static func brief(of entry: FeedEntry, now: UTCTime) -> Brief {
        guard entry.faults.isEmpty, let meaning = entry.meaning else { return .invalid }
        // "Stays" counts at once, whatever its date: the date of a running subscription is its renewal.
        guard meaning == .removal else { return .stays }
        if let effectiveAt = entry.effectiveAt, effectiveAt.beginning > now { return .notYetDue(kept: true) }
        return .due
    }

    private mutating func settleSameAccounts() {
        for places in placesThatMayMeet() {
            var byMailbox: [Mailbox: [SameAccount.Claim]] = [:]
            for place in places {
                let entry = entries[place]
                guard let mailbox = entry.account, let kind = kind(of: entry, at: place) else { continue }
                byMailbox[mailbox, default: []].append(SameAccount.Claim(entry, kind, at: place))
            }
            for claims in byMailbox.values where claims.count > 1 { settle(SameAccount(claims: claims)) }
        }
    }

    private func kind(of entry: FeedEntry, at place: Int) -> SameAccount.Claim.Kind? {
        switch briefs[place] {
        case .due: .removal
        case .notYetDue: .putOff
        case .stays: .stays
        // An entry that clearly means removal now, with a fault in another field, leaves no doubt about the account.
        case .invalid: entry.meaning == .removal && !entry.hasUnreadableDate ? nil : .unclear
        case .overtaken, .duplicate, .protected, .refused, .corrected: nil
        }
    }

    private mutating func settle(_ account: SameAccount) {
        var disagreement: Int32?
        for (place, verdict) in account.verdicts {
            switch verdict {
            case .duplicate(let winner): briefs[place] = .duplicate(of: Int32(winner))
            case .protected(let other): briefs[place] = .protected(by: Int32(other))
            case .overtaken(let other): briefs[place] = .overtaken(by: Int32(other))
            case .putOffLonger: briefs[place] = .notYetDue(kept: false)
            case .refused:
                if disagreement == nil {
                    disagreement = Int32(disagreements.count)
                    disagreements.append(account.disagreement)
                }
                briefs[place] = .refused(disagreement ?? 0)
            }
        }
    }

    /// The indices of entries whose email hashes are equal, so that they may mean the same account.
    private func placesThatMayMeet() -> [[Int]] {
        var first: [Int: Int32] = [:]
        first.reserveCapacity(briefs.count)
        var groups: [Int: [Int]] = [:]
        for (place, hash) in spellingHashes.enumerated() where hash != 0 {
            if let earlier = first.updateValue(Int32(place), forKey: hash) {
                groups[hash, default: [Int(earlier)]].append(place)
            }
        }
        return Array(groups.values)
    }

    /// Appends entries that are due now and do not come from the feed.
    package mutating func add(_ deferred: [FeedEntry]) {
        entries = entries.adding(deferred)
        briefs += deferred.map { _ in .due }
        spellingHashes += deferred.map { NearSpelling.hash(of: $0.email) }
    }

    private mutating func correct(by later: LaterStatements) {
        for place in indices where briefs[place] == .due && later.mayConcern(hash: spellingHashes[place]) {
            guard let account = entries[place].account, let said = later[account] else { continue }
            briefs[place] = .corrected(Int32(corrections.count))
            corrections.append(said)
        }
    }
}

extension FeedEntry {
    /// The account that the entry names; nil if its email is unusable.
    package var account: Mailbox? {
        if !faults.isEmpty {
            var ofEmail: [String] = []
            EmailFaults.add(of: email, to: &ofEmail)
            guard ofEmail.isEmpty else { return nil }
        }
        return Mailbox(email)
    }
}
