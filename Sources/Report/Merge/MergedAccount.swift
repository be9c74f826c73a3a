import Feed
import Journal

/// One entry of the feed, as all hosts together report it.
struct MergedAccount {
    /// The result for the whole fleet. The removal adds up what all hosts removed. A sentence in `errors` that does not
    /// hold for all hosts begins with the names of those it comes from.
    let result: AccountResult
    /// What each host reports, in the order of the fleet; nil where it did not report.
    let parts: [AccountResult?]
    /// The positions of these hosts in the fleet.
    let places: [Int]

    /// - Parameter parts: One for each of these positions in the fleet; at least one is not nil.
    init(_ entry: FeedEntry, _ parts: [AccountResult?], of fleet: Fleet, places: [Int]) {
        self.init(entry, parts, hosts: places.map { fleet.hosts[$0].name }, places: places)
    }

    init(_ entry: FeedEntry, _ parts: [AccountResult?], hosts: [String], places: [Int]? = nil) {
        self.parts = parts
        self.places = places ?? Array(parts.indices)
        let found = FoundParts(parts)
        let tunnel = parts.map(TunnelEvidence.init).max() ?? .unseen
        let byTable = Self.outcomeByTable(parts)
        let sentences = MergedErrors(entry, parts, hosts: hosts, outcome: byTable)

        var result = AccountResult(entry: entry, outcome: byTable, errors: sentences.all(found))
        switch byTable {
        case .removed, .partiallyRemoved:
            // An instance on one host and its user on another make a whole account, unless something was left.
            let isWhole = byTable == .removed || (found.isWhole && result.errors.isEmpty)
            result.outcome = isWhole && tunnel != .up ? .removed : .partiallyRemoved
        case .alreadyAbsent:
            result.earlierRemoval = parts.compactMap { $0?.earlierRemoval }.max { $0.removedAt < $1.removedAt }
        case .skipped, .duplicate, .invalid, .refused, .failed, .unprocessed: break
        }
        result.tunnelDown = tunnel.tunnelDown
        // If the tunnel is known to be up on one host, it matters less that another could not see it.
        result.isTunnelUnseen = tunnel == .unseen && parts.contains { $0?.isTunnelUnseen == true }
        result.removal = Self.removal(parts)
        if result.needsAttention {
            let seen = parts.compactMap { part in
                part?.firstSeen.map { (time: $0, isNow: part?.isFirstSeenNow == true) }
            }
            let first = seen.min { $0.time < $1.time }
            (result.firstSeen, result.isFirstSeenNow) = (first?.time, first?.isNow ?? false)
        }
        let left = parts.compactMap { $0?.leftBehind }
        let restored = parts.compactMap { $0?.isRestored }
        result.isRestored = restored.isEmpty ? nil : restored.allSatisfy(\.self)
        // The whole account can come back until the first host no longer has its part.
        result.restorableUntil = parts.compactMap { $0?.restorableUntil }.min()
        result.leftBehind = left.isEmpty ? nil : Array(left.joined())
        self.result = result
    }

    /// If no host had the account, a host that did not report may still have all of it. The outcome is then
    /// unprocessed, not absent. What was removed stays removed, whatever that host would report.
    private static func outcomeByTable(_ parts: [AccountResult?]) -> Outcome {
        let reported = parts.compactMap { $0?.outcome }
        let outcome = reported.dropFirst().reduce(reported.first ?? .unprocessed) { $0.merged(with: $1) }
        let isMissing = reported.count < parts.count
        return isMissing && outcome == .alreadyAbsent ? .unprocessed : outcome
    }

    /// What all hosts removed, in the order that billing knows; nil where no host has worked on the account.
    private static func removal(_ parts: [AccountResult?]) -> RemovalRecord? {
        let removals = parts.compactMap { $0?.removal }
        guard let first = removals.first else { return nil }
        guard removals.count > 1 else { return first }
        let items = removals.flatMap(\.items)
        return RemovalRecord(
            items: RemovedItem.Kind.inOrder.flatMap { kind in items.filter { $0.type == kind } },
            rows: removals.dropFirst().reduce(first.rows) { $0.merging($1.rows, uniquingKeysWith: +) },
            keptRestricted: removals.flatMap(\.keptRestricted))
    }
}

/// Which parts of an account were found on some host and removed.
struct FoundParts {
    var instance: Bool
    var user: Bool

    init(_ parts: [AccountResult?]) {
        let items = parts.lazy.flatMap { $0?.removal?.items ?? [] }
        instance = items.contains { $0.type == .instance }
        user = items.contains { $0.type == .user }
    }

    var isWhole: Bool { instance && user }
}

extension RemovedItem.Kind {
    /// The order of the endpoint's `removed_items`.
    fileprivate static let inOrder: [Self] = [.instance, .peerGroup, .userACL, .user, .configs]
}
