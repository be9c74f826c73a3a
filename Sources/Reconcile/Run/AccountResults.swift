import ControlPlane
import Feed
import Journal
import Removal
import Support
import WireGuard

/// The result of every entry of the feed, in feed order.
///
/// Each result is built on request. Even in a feed with a million entries only a few are worked on; the results of the
/// others follow from the plan.
package struct AccountResults: RandomAccessCollection, Sendable {
    let plan: Plan
    /// What was removed and committed, by the entry's index.
    let removed: [Int: AccountResult]
    /// Whether a guard stopped the run, so that nothing of it was carried out.
    let stoppedByGuard: Bool
    /// Why the remaining entries were not processed.
    let reasonForNone: String
    /// Whether the plan was only rehearsed.
    var isRehearsal = false
    /// What is known of the tunnels.
    var tunnels = TunnelSight()
    /// nil if no run has looked.
    var leftBehind: LeftBehindFindings?
    /// Which removed accounts can come back; nil where that is not known.
    var restorable: RestorableAccounts?
    /// What became of accounts that the feed was to bring back, by the places of their entries.
    var restorations: [Int: Restorations.Note] = [:]
    /// In a rehearsal: what would become of them.
    var foreseenRestorations: [Int: String] = [:]
    /// Since when accounts have needed attention; nil where that is not known.
    var attention: AttentionTimes?

    package var startIndex: Int { 0 }
    package var endIndex: Int { plan.entries.count }

    package subscript(position: Int) -> AccountResult { result(of: plan.entries[position]) }

    package func makeIterator() -> Iterator { Iterator(results: self, entries: plan.entries.makeIterator()) }

    /// Iterates over the entries in order.
    package struct Iterator: IteratorProtocol {
        fileprivate let results: AccountResults
        fileprivate var entries: FeedEntries.Iterator

        package mutating func next() -> AccountResult? { entries.next().map(results.result) }
    }

    /// The results of accounts that the run, or an earlier part of it, has worked on; in no particular order.
    var workedOn: [AccountResult] {
        let before = plan.decisions.resolved.values.compactMap { decision in
            if case .doneBefore(let result) = decision { result } else { nil }
        }
        return before + removed.values
    }

    private func result(of entry: FeedEntry) -> AccountResult {
        let place = entry.number - 1
        var result = unproven(entry)
        var hasVanished = false
        if result.outcome == .alreadyAbsent, case .remove(let target)? = plan.decisions.resolved[place] {
            hasVanished = !target.instances.isEmpty
        }
        result = tunnels.applied(
            to: result, after: plan.decisions.earlierRemovals[place], hasVanished: hasVanished)
        if let leftBehind, result.outcome.isDone { result.leftBehind = leftBehind.found(of: entry.email, at: place) }
        if let note = restorations[place] {
            result.errors.append(note.sentence)
            result.isRestored = note.isRestored
        }
        if let foreseen = foreseenRestorations[place] { result.errors.append(foreseen) }
        result.restorableUntil = restorable?.archive(for: result, of: plan)?.restorableUntil
        return attention?.applied(to: result) ?? result
    }

    private func unproven(_ entry: FeedEntry) -> AccountResult {
        let place = entry.number - 1
        let decision = plan.decisions.decision(on: entry, at: place)
        if stoppedByGuard && decision.isDue { return unprocessed(entry) }
        if isRehearsal { return rehearsed(decision, entry) }
        return decision.result(of: entry) { _ in removed[place] ?? unprocessed(entry) }
    }

    /// What was only looked up is as a run would report it. What a run would remove was not removed.
    private func rehearsed(_ decision: Plan.Decision, _ entry: FeedEntry) -> AccountResult {
        if case .doneBefore = decision {
            return AccountResult(
                entry: entry, outcome: .alreadyAbsent, errors: ["an earlier part of this run has removed it"],
                removal: RemovalRecord())
        }
        return decision.result(of: entry) { target in
            let notFound = target.notFound(email: entry.email)
            let wouldBe = notFound.isEmpty ? Outcome.removed : .partiallyRemoved
            var result = AccountResult(
                entry: entry, outcome: .unprocessed,
                errors: ["rehearsal, nothing was removed: it would be \(wouldBe.rawValue)"] + notFound)
            result.wouldBe = wouldBe
            return result
        }
    }

    private func unprocessed(_ entry: FeedEntry) -> AccountResult {
        AccountResult(entry: entry, outcome: .unprocessed, errors: [reasonForNone])
    }
}

extension AccountResults {
    /// The accounts whose contents the run knows.
    var heldAccounts: [LeftBehindFindings.Account] {
        let removed = workedOn.compactMap { result in
            result.removal.map {
                LeftBehindFindings.Account(
                    place: result.entry.number - 1, addresses: $0.addresses ?? [],
                    interfaceNumbers: $0.interfaceNumbers, removal: .byThisRun)
            }
        }
        return removed + plan.accountsRemovedEarlier
    }
}
