import Journal
import Support

/// How many entries have each outcome: members of `summary` and of `summary.deferred`.
package struct EntryCounts: Codable, Hashable, Sendable {
    private var counts = [Int](repeating: 0, count: Outcome.allCases.count)

    init() {}

    /// All of them.
    var entries: Int { counts.reduce(0, +) }

    subscript(outcome: Outcome) -> Int {
        get { counts[outcome.position] }
        set { counts[outcome.position] = newValue }
    }

    private enum TotalKey: String, JSONMembers { case entries }

    private struct OutcomeKey: JSONMembers {
        var outcome: Outcome

        static var allCases: [OutcomeKey] { Outcome.allCases.map(OutcomeKey.init) }

        init(_ outcome: Outcome) { self.outcome = outcome }
        init?(stringValue: String) {
            guard let outcome = Outcome(rawValue: stringValue) else { return nil }
            self.outcome = outcome
        }
        init?(intValue _: Int) { nil }

        var stringValue: String { outcome.rawValue }
        var intValue: Int? { nil }
    }

    package init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: OutcomeKey.self)
        for outcome in Outcome.allCases { self[outcome] = try members.decode(Int.self, forKey: OutcomeKey(outcome)) }
    }

    package func encode(to encoder: any Encoder) throws {
        var total = encoder.container(keyedBy: TotalKey.self)
        try total.encode(entries, forKey: .entries)
        var members = encoder.container(keyedBy: OutcomeKey.self)
        for outcome in Outcome.allCases { try members.encode(self[outcome], forKey: OutcomeKey(outcome)) }
    }
}

extension Outcome {
    /// The index in ``allCases``.
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
