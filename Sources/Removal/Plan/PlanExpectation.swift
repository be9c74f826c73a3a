import ControlPlane
import Feed
import Journal
import Support

extension Plan {
    /// What the report would contain for an entry if the plan were carried out now.
    package struct Expectation: Sendable {
        package var entry: FeedEntry
        package var outcome: Outcome
        package var errors: [String]
        /// What would be deleted; empty if nothing would be.
        package var target: AccountTarget
        /// What would be kept restricted, so that it does not allow or reach more than before.
        package var keptRestricted: [KeptRestriction] = []
    }

    /// One for every entry, in feed order. They are made lazily.
    package var expectations: some Sequence<Expectation> {
        entries.lazy.map { entry in
            expectation(of: entry, decisions.decision(on: entry, at: entry.number - 1))
        }
    }

    private func expectation(of entry: FeedEntry, _ decision: Decision) -> Expectation {
        switch decision {
        case .remove(let target):
            let notFound = target.notFound(email: entry.email)
            return Expectation(
                entry: entry, outcome: notFound.isEmpty ? .removed : .partiallyRemoved, errors: notFound,
                target: target, keptRestricted: keptRestricted[entry.number - 1] ?? [])
        case .absent(_, let notes):
            return Expectation(
                entry: entry, outcome: .alreadyAbsent, errors: AccountTarget().notFound(email: entry.email) + notes,
                target: AccountTarget())
        case .settled(let outcome, let errors):
            return Expectation(entry: entry, outcome: outcome, errors: errors, target: AccountTarget())
        case .doneBefore(let result):
            return Expectation(entry: entry, outcome: result.outcome, errors: result.errors, target: AccountTarget())
        }
    }
}
