import ControlPlane
import Feed
import Journal
import Support

extension Plan.Decision {
    /// The result of the entry.
    ///
    /// - Parameter removing: The result of an account to remove.
    package func result(of entry: FeedEntry, removing: (AccountTarget) -> AccountResult) -> AccountResult {
        switch self {
        case .remove(let target): removing(target)
        case .absent(let earlier, let notes):
            AccountResult(
                entry: entry, outcome: .alreadyAbsent, errors: AccountTarget().notFound(email: entry.email) + notes,
                removal: RemovalRecord(), earlierRemoval: earlier)
        case .settled(let outcome, let errors): AccountResult(entry: entry, outcome: outcome, errors: errors)
        case .doneBefore(let result): result
        }
    }
}

extension Plan {
    /// What the report would contain for an entry if the plan were carried out now.
    package struct Expectation: Sendable {
        package var result: AccountResult
        /// What would be deleted; empty if nothing would be.
        package var target = AccountTarget()
        /// What would be kept restricted, so that it does not allow or reach more than before.
        package var keptRestricted: [KeptRestriction] = []
    }

    /// One for every entry, in feed order. They are made lazily.
    package var expectations: some Sequence<Expectation> { entries.lazy.map(expectation) }

    private func expectation(of entry: FeedEntry) -> Expectation {
        let place = entry.number - 1
        let decision = decisions.decision(on: entry, at: place)
        var expected = Expectation(
            result: decision.result(of: entry) { target in
                let notFound = target.notFound(email: entry.email)
                return AccountResult(
                    entry: entry, outcome: notFound.isEmpty ? .removed : .partiallyRemoved, errors: notFound)
            })
        if case .remove(let target) = decision {
            expected.target = target
            expected.keptRestricted = keptRestricted[place] ?? []
        }
        return expected
    }
}
