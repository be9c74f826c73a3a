import ControlPlane
import Feed
import Journal
import Support

extension Plan {
    /// A decision for every entry of the feed, in feed order.
    ///
    /// Only decisions that depend on the database are stored. For the others, the decision follows from the entry's
    /// standing: the many accounts of a large feed that this database never had, and entries that are not due.
    package struct Decisions: RandomAccessCollection, Sendable {
        package let standings: FeedStandings
        /// By the place of the entry.
        package private(set) var resolved: [Int: Decision] = [:]
        /// The earlier removals of accounts that runs have removed before and that have come back, by the place of the
        /// entry.
        package private(set) var earlierRemovals: [Int: EarlierRemoval] = [:]
        /// Whether ``resolved`` has an entry for a place. Checked far more often than there is one.
        private var isResolved: [Bool]

        init(_ standings: FeedStandings) {
            self.standings = standings
            isResolved = Array(repeating: false, count: standings.count)
        }

        package var startIndex: Int { 0 }
        package var endIndex: Int { standings.count }

        package subscript(position: Int) -> Decision {
            resolution(of: position) ?? Self.decision(by: standings[position])
        }

        /// The decision for an entry that was already read.
        package func decision(on entry: FeedEntry, at position: Int) -> Decision {
            resolution(of: position) ?? Self.decision(by: standings.standing(of: entry, at: position))
        }

        /// Whether the entry means a removal that is still to be done.
        package func isDue(at position: Int) -> Bool {
            resolution(of: position)?.isDue ?? (standings[brief: position] == .due)
        }

        mutating func resolve(_ position: Int, as decision: Decision, after earlier: EarlierRemoval? = nil) {
            resolved[position] = decision
            earlierRemovals[position] = earlier
            isResolved[position] = true
        }

        private func resolution(of position: Int) -> Decision? { isResolved[position] ? resolved[position] : nil }

        private static func decision(by standing: FeedStanding) -> Decision {
            switch standing {
            case .due: .absent(nil, notes: [])
            case .invalid(let faults): .settled(.invalid, faults)
            case .skipped(let reason): .settled(.skipped, [reason])
            case .duplicate(_, let reason): .settled(.duplicate, [reason])
            case .refused(let reason): .settled(.refused, [reason])
            }
        }

        /// Whether any entry needs attention, so that the run would not exit with success.
        package var needAttention: Bool {
            indices.contains { position in
                switch resolution(of: position) {
                case .settled(let outcome, _): return outcome.needsAttention
                case .doneBefore(let result): return result.needsAttention
                case .remove, .absent: return false
                case nil: break
                }
                switch standings[brief: position] {
                case .invalid, .refused: return true
                case .due, .notYetDue, .overtaken, .stays, .duplicate, .protected, .corrected: return false
                }
            }
        }
    }

    /// The entries whose accounts would be removed, in feed order.
    package var removals: [(place: Int, target: AccountTarget)] {
        decisions.resolved.compactMap { place, decision in
            if case .remove(let target) = decision { (place, target) } else { nil }
        }.sorted { $0.place < $1.place }
    }

    /// The same in the order of their removal: by interface number, which is roughly the order in which their rows were
    /// inserted. Accounts of one commit then share pages, and the commit writes fewer of them.
    var removalsInOrder: [(place: Int, target: AccountTarget)] {
        removals.sorted { ($0.target.firstNumber, $0.place) < ($1.target.firstNumber, $1.place) }
    }

    /// The accounts that would be removed.
    package var targets: [AccountTarget] { removals.map(\.target) }

    /// How many accounts an earlier part of this run has removed.
    package var removedBefore: Int {
        decisions.resolved.values.count { decision in
            if case .doneBefore = decision { true } else { false }
        }
    }

    /// How many removals of the feed are deferred and kept until they are due.
    package var putOff: Int {
        (0..<entries.countOfFeed).count { place in
            decisions.standings[brief: place] == .notYetDue(kept: true)
                && decisions.resolved[place] == nil
                && nameHashes.contains(decisions.standings.spellingHash(of: place))
        }
    }

    /// Warnings about the feed that do not stop the run, as sentences.
    package var warnings: [String] {
        let held =
            heldBack == 0
            ? nil
            : "\(heldBack) \(heldBack == 1 ? "removal that is due waits" : "removals that are due wait"): this feed says "
                + "that the account stays, but its bytes were processed before a newer feed put the removal off"
        return [decisions.standings.shortenedIDsText, held].compactMap(\.self)
    }
}

extension AccountTarget {
    /// The number of the first instance, or the id of the first user if there is no instance.
    fileprivate var firstNumber: Int { instances.first?.interfaceNumber ?? users.first.map { Int($0.id) } ?? 0 }
}
