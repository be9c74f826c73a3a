import ControlPlane
import Feed
import Journal
import Removal
import Report
import Support

/// The feed, read and checked, and what else the run has to know of it.
struct ReadFeed: Sendable {
    let feed: Feed
    private(set) var facts: RunRecord.FeedFacts
    let protected: ProtectedAccounts
    /// When the feed was made by its own statement, whether or not the same bytes were processed before. Two feeds
    /// without removals may be identical.
    let deliveredAt: UTCTime

    /// Whether billing made it. Names that an operator gives are as new as the call, also where they are given again.
    var isFromFile: Bool { facts.path != nil }

    /// When billing made the feed, as far as known.
    var time: UTCTime { facts.madeAt ?? UTCTime(seconds: 0) }

    init(_ feed: Feed, _ source: FeedSource, _ protected: ProtectedAccounts?, now: UTCTime) {
        self.feed = feed
        self.protected = protected ?? ProtectedAccounts()
        facts = RunRecord.FeedFacts(
            path: source.path, format: feed.format, bytes: source.bytes.count, digest: source.digest,
            generatedAt: feed.generatedAt)
        facts.profile = feed.profile.path
        // If the clock of another machine is ahead, its feed must not count as newer than everything else.
        deliveredAt = min(feed.generatedAt ?? source.modifiedAt, now)
        facts.madeAt = deliveredAt
    }

    /// What a run without a feed uses in its place: the accounts that an operator names now, or none.
    init(_ accounts: NamedAccounts, _ protected: ProtectedAccounts?, now: UTCTime) {
        feed = accounts.feed
        facts = RunRecord.FeedFacts(
            path: nil, format: nil, bytes: 0, digest: accounts.emails.isEmpty ? nil : accounts.digest,
            generatedAt: nil)
        facts.madeAt = now
        self.protected = protected ?? ProtectedAccounts()
        deliveredAt = now
    }

    /// The same, with the time at which these bytes were first processed here, if that is earlier. An old feed that is
    /// delivered again stays old.
    func dated(by database: ControlPlaneDatabase) throws -> ReadFeed {
        guard isFromFile, let digest = facts.digest,
            let first = try database.readOnly(
                while: "read the journal of the database",
                { db in
                    try Journal.firstProcessed(digest, in: db)
                })
        else { return self }
        var feed = self
        feed.facts.madeAt = min(time, first)
        return feed
    }
}
