import Journal

/// The totals of a run, counted from its results. The report and the summary on the terminal both show these.
package struct ReportSummary: Hashable, Sendable {
    package private(set) var entries = 0
    package private(set) var instancesRemoved = 0
    package private(set) var peersRemoved = 0
    package private(set) var usersRemoved = 0
    package private(set) var sessionsRemoved = 0
    /// How many things of accounts do not go with them, and are still there; nil where nobody has looked for those of
    /// some account.
    package var leftBehind: Int? { hasUnlookedFor ? nil : leftBehindCount }
    private var leftBehindCount = 0
    private var hasUnlookedFor = false
    private var counts = [Int](repeating: 0, count: Outcome.allCases.count)
    /// Removals that were put off and are carried out now. They are no entries of the feed, and counted apart.
    package private(set) var deferredEntries = 0
    private var deferredCounts = [Int](repeating: 0, count: Outcome.allCases.count)

    /// Counts what a run's results say. Of a continued run that includes what was removed before it was cut short.
    package init(_ results: some Sequence<AccountResult>) {
        for result in results {
            add(result)
        }
    }

    /// How many removals that were put off ended so.
    package subscript(deferred outcome: Outcome) -> Int { deferredCounts[outcome.position] }

    /// How many entries of the feed ended so.
    package subscript(outcome: Outcome) -> Int { counts[outcome.position] }

    /// How many entries a person has to look at.
    package private(set) var needingAPerson = 0

    private var restrictions = [Int](repeating: 0, count: KeptRestriction.Kind.allCases.count)

    /// How many relations of this kind were kept from allowing or reaching more than before.
    package subscript(restricted kind: KeptRestriction.Kind) -> Int { restrictions[kind.position] }

    /// How many accounts of which nobody has seen that the tunnel is down.
    package private(set) var tunnelsUnseen = 0

    mutating func add(_ result: AccountResult) {
        if result.isTunnelUnseen { tunnelsUnseen += 1 }
        if result.needsAPerson { needingAPerson += 1 }
        if result.entry.deferral == nil {
            entries += 1
            counts[result.outcome.position] += 1
        } else {
            deferredEntries += 1
            deferredCounts[result.outcome.position] += 1
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

extension Outcome {
    /// The place among ``allCases``.
    var position: Int {
        switch self {
        case .removed: 0
        case .partiallyRemoved: 1
        case .alreadyAbsent: 2
        case .skipped: 3
        case .duplicate: 4
        case .invalid: 5
        case .refused: 6
        case .failed: 7
        case .unprocessed: 8
        }
    }
}

extension KeptRestriction.Kind {
    /// The place among ``allCases``.
    fileprivate var position: Int {
        switch self {
        case .firewallRule: 0
        case .userACL: 1
        case .apiKey: 2
        }
    }
}
