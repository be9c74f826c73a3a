/// What an entry comes to by the feed alone, judged against the time and against the other entries; the database is not
/// asked yet.
public enum FeedStanding: Hashable, Sendable {
    /// The account is to be removed.
    case due
    /// The entry is unusable; says for each field why.
    case invalid([String])
    /// Its status or its date says that nothing is to be done; says which.
    case skipped(String)
    /// Another entry, `of`, counts for the same account. The message names it by its place.
    case duplicate(of: Int, message: String)
    /// Entries for the same account disagree, and nothing decides between them; names both sides.
    case refused(String)

    /// The standing of every entry, in feed order.
    ///
    /// Entries that are invalid or not yet due are set aside first. Of the rest, those that mean the same ``Mailbox``
    /// are settled among each other. Takes time in proportion to the number of entries.
    ///
    /// - Parameter now: an entry that takes effect later than this is not due yet.
    public static func judge(_ feed: Feed, now: UTCTime) -> [FeedStanding] {
        let someHaveStatus = feed.entries.contains { $0.status != nil }
        var standings: [FeedStanding] = []
        standings.reserveCapacity(feed.entries.count)
        var contenders: [Int] = []
        for (place, entry) in feed.entries.enumerated() {
            if let aside = settingAside(entry, now: now, someHaveStatus: someHaveStatus) {
                standings.append(aside)
            } else {
                standings.append(byStatus(of: entry))
                contenders.append(place)
            }
        }
        for group in SameAccount.groups(among: contenders, of: feed.entries) { group.settle(&standings) }
        return standings
    }

    /// The standing of an entry that takes no part in settling its account; nil for one that does.
    private static func settingAside(_ entry: FeedEntry, now: UTCTime, someHaveStatus: Bool) -> FeedStanding? {
        var faults = entry.faults
        if someHaveStatus, entry.status == nil { faults.append("status is missing, though other entries have one") }
        guard faults.isEmpty else { return .invalid(faults) }
        guard let effectiveAt = entry.effectiveAt, effectiveAt.beginning > now else { return nil }
        return .skipped("not yet due: effective \(effectiveAt.text)")
    }

    /// The standing of a valid entry, as if its account stood only once in the feed.
    private static func byStatus(of entry: FeedEntry) -> FeedStanding {
        guard let status = entry.status, !entry.meansRemoval else { return .due }
        return .skipped("status \(status.quotedForMessage()) does not mean removal")
    }
}

extension FeedEntry {
    /// Whether its status means removal. An entry without one does: where others have one, it is invalid anyway.
    var meansRemoval: Bool {
        switch status?.asciiLowercased {
        case nil, "cancelled", "canceled", "suspended", "payment_failed", "deletion_requested": true
        default: false
        }
    }
}
