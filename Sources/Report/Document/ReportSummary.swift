import Journal
import Support

/// The totals of a run, counted from its results. The report and the summary on the terminal both show these.
package struct ReportSummary: Hashable, Sendable {
    /// The entries of the feed, by outcome.
    private var counts = EntryCounts()
    /// Deferred removals that this run carries out, by outcome. They are not entries of the feed.
    private var deferredCounts = EntryCounts()
    package private(set) var instancesRemoved = 0
    package private(set) var peersRemoved = 0
    package private(set) var usersRemoved = 0
    package private(set) var sessionsRemoved = 0
    /// How many things that belong to accounts are not deleted with them and are still there. Nil where some account
    /// was not checked.
    package var leftBehind: Int? { hasUnlookedFor ? nil : leftBehindCount }
    private var leftBehindCount = 0
    private var hasUnlookedFor = false

    /// Counts the results of a run. For a continued run they include what was removed before it was cut short.
    package init(_ results: some Sequence<AccountResult>) {
        for result in results {
            add(result)
        }
    }

    package var entries: Int { counts.entries }
    package var deferredEntries: Int { deferredCounts.entries }

    /// How many deferred removals have this outcome.
    package subscript(deferred outcome: Outcome) -> Int { deferredCounts[outcome] }

    /// How many entries of the feed have this outcome.
    package subscript(outcome: Outcome) -> Int { counts[outcome] }

    /// How many accounts the run brought back.
    package private(set) var restored = 0

    /// How many entries need attention.
    package private(set) var needingAttention = 0

    /// How many of them need it for the first time.
    package private(set) var newlyNeedingAttention = 0
    /// How many need attention and are not known to have needed it before, by outcome.
    package private(set) var notKnownBefore: [Outcome: Int] = [:]

    /// How many entries have a status that is in neither list.
    package private(set) var unknownStatuses = 0
    /// How many accounts were already absent without an earlier run having removed them.
    package private(set) var absentNeverKnown = 0

    private var restrictions = [Int](repeating: 0, count: KeptRestriction.Kind.allCases.count)

    /// How many relations of this kind were restricted, so that they do not allow or reach more than before.
    package subscript(restricted kind: KeptRestriction.Kind) -> Int { restrictions[kind.position] }

    /// How many accounts have a tunnel that could not be confirmed to be down.
    package private(set) var tunnelsUnseen = 0

    package mutating func add(_ result: AccountResult) {
        if result.isTunnelUnseen { tunnelsUnseen += 1 }
        if result.isRestored == true { restored += 1 }
        if result.entry.hasUnknownStatus { unknownStatuses += 1 }
        if result.outcome == .alreadyAbsent && result.earlierRemoval == nil { absentNeverKnown += 1 }
        if result.needsAttention {
            needingAttention += 1
            if result.isFirstSeenNow { newlyNeedingAttention += 1 }
            if result.isFirstSeenNow || result.firstSeen == nil { notKnownBefore[result.outcome, default: 0] += 1 }
        }
        if result.entry.deferral == nil {
            counts[result.outcome] += 1
        } else {
            deferredCounts[result.outcome] += 1
        }
        leftBehindCount += result.leftBehind?.count ?? 0
        if result.outcome.isDone && result.leftBehind == nil { hasUnlookedFor = true }
        guard let removal = result.removal else { return }
        for restriction in removal.keptRestricted { restrictions[restriction.type.position] += 1 }
        for item in removal.items {
            switch item.type {
            case .instance: instancesRemoved += 1
            case .user: usersRemoved += 1
            case .peerGroup, .userACL, .configs: break
            }
            peersRemoved += item.peersRemoved ?? 0
        }
        sessionsRemoved += removal.rows["django_session"] ?? 0
    }
}

// MARK: The member `summary` of the report

extension ReportSummary: Encodable {
    /// The members besides those of ``EntryCounts``, in the order in which they are written.
    enum CodingKeys: String, JSONMembers {
        case deferred
        case instancesRemoved = "instances_removed"
        case peersRemoved = "peers_removed"
        case usersRemoved = "users_removed"
        case sessionsRemoved = "sessions_removed"
        case leftBehind = "left_behind"
        case restored
        case tunnelsUnseen = "tunnels_unseen"
        case needingAttention = "needing_attention"
        case newlyNeedingAttention = "needing_attention_new"
    }

    package func encode(to encoder: any Encoder) throws {
        try counts.encode(to: encoder)
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(deferredCounts, forKey: .deferred)
        try members.encode(instancesRemoved, forKey: .instancesRemoved)
        try members.encode(peersRemoved, forKey: .peersRemoved)
        try members.encode(usersRemoved, forKey: .usersRemoved)
        try members.encode(sessionsRemoved, forKey: .sessionsRemoved)
        try members.encode(leftBehind, forKey: .leftBehind)
        try members.encode(restored, forKey: .restored)
        try members.encode(tunnelsUnseen, forKey: .tunnelsUnseen)
        try members.encode(needingAttention, forKey: .needingAttention)
        try members.encode(newlyNeedingAttention, forKey: .newlyNeedingAttention)
    }
}

extension KeptRestriction.Kind {
    /// The index in ``allCases``.
    fileprivate var position: Int {
        switch self {
        case .firewallRule: 0
        case .userACL: 1
        case .apiKey: 2
        }
    }
}
