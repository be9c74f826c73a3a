import ControlPlane
import Feed
import Journal
import Support

extension Plan {
    /// A decision for every entry of the feed, in feed order.
    ///
    /// Held are those that the database has a say in; of the many accounts of a large feed that this database has never
    /// known, and of entries that are not due, the decision follows from their standing.
    package struct Decisions: RandomAccessCollection, Sendable {
        package let standings: FeedStandings
        /// By the entry's place.
        package private(set) var resolved: [Int: Decision] = [:]
        /// Of accounts to remove that runs have removed before, and that came back: what was removed then.
        package private(set) var earlierRemovals: [Int: EarlierRemoval] = [:]
        /// Whether ``resolved`` has a place; asked far more often than it does.
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

        /// The decision on an entry that was read already.
        package func decision(on entry: FeedEntry, at position: Int) -> Decision {
            resolution(of: position) ?? Self.decision(by: standings.standing(of: entry, at: position))
        }

        /// Whether the feed means a removal here, which is still to be done.
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

        /// Whether any of them keeps a run from ending in success.
        package var needAPerson: Bool {
            indices.contains { position in
                switch resolution(of: position) {
                case .settled(let outcome, _): return outcome.needsAPerson
                case .doneBefore(let result): return result.needsAPerson
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

    /// The same in the order of their removal: by the number of their interface, which by and large is the order in which all
    /// that belongs to them came into the database. Accounts of a commit then share pages of its tables, and a commit writes
    /// fewer of them.
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

    /// How many removals of the feed are kept until they are due.
    package var putOff: Int {
        (0..<entries.countOfFeed).count { place in
            decisions.standings[brief: place] == .notYetDue(kept: true)
                && decisions.resolved[place] == nil
                && nameHashes.contains(decisions.standings.spellingHash(of: place))
        }
    }

    /// What in the feed deserves a look and stops nothing, in sentences.
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
    /// Of the first instance, or where there is none of the first user.
    fileprivate var firstNumber: Int { instances.first?.interfaceNumber ?? users.first.map { Int($0.id) } ?? 0 }
}
