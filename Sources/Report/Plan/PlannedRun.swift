import ControlPlane
import Journal
import Removal
import Support
import WireGuard

/// The result of `plan`.
package struct PlannedRun: Sendable {
    package var plan: Plan
    package var feed: RunRecord.FeedFacts
    /// The guard that would stop the run.
    package var objection: GuardStop?
    /// The interfaces that did not answer.
    package var silent: SilentInterfaces
    /// Problems that the run would report whichever accounts it removes, one sentence each.
    package var configErrors: [String]
    /// Which accounts would be kept, so that they can come back.
    package var archive: Journal.ArchivePolicy
    /// Which accounts can come back.
    package var restorable: RestorableAccounts?
    /// What would become of accounts that the feed brings back, in sentences, by the places of their entries.
    package var restorations: [Int: String] = [:]
    /// What the accounts would leave behind.
    var leftBehind: LeftBehindFindings

    package init(
        plan: Plan, feed: RunRecord.FeedFacts, objection: GuardStop? = nil, silent: SilentInterfaces,
        configErrors: [String] = [], archive: Journal.ArchivePolicy, leftBehind: LeftBehindFindings
    ) {
        self.plan = plan
        self.feed = feed
        self.objection = objection
        self.silent = silent
        self.configErrors = configErrors
        self.archive = archive
        self.leftBehind = leftBehind
    }

    /// What the account of an entry would leave behind; nil where it would not be worked on.
    package func leftBehind(by expected: Plan.Expectation) -> [LeftBehind]? {
        let (entry, outcome) = (expected.result.entry, expected.result.outcome)
        return outcome.isDone ? leftBehind.found(of: entry.email, at: entry.number - 1) : nil
    }

    /// Why an entry would have its outcome, in sentences.
    package func errors(of expected: Plan.Expectation) -> [String] {
        expected.result.errors + [restorations[expected.result.entry.number - 1]].compactMap(\.self)
    }

    /// Whether what the account of an entry has would be kept; nil where nothing would be removed.
    package func isArchived(_ expected: Plan.Expectation) -> Bool? {
        expected.target.isEmpty ? nil : archive.keeps(expected.result.entry)
    }

    /// How the run would end, as far as a plan can know.
    package var exitStatus: ExitStatus {
        if let objection { return objection.exitStatus }
        return plan.decisions.needAttention || !configErrors.isEmpty ? .attentionNeeded : .success
    }
}
