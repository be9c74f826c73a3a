import ControlPlane
import Journal
import Removal
import Support
import WireGuard

/// What `plan` has to say.
public struct PlannedRun: Sendable {
    public var plan: Plan
    public var feed: RunRecord.FeedFacts
    /// The guard that would stop the run.
    public var objection: GuardStop?
    /// The interfaces that did not answer.
    var silent: SilentInterfaces
    /// What the accounts would leave behind.
    var leftBehind: LeftBehindFindings

    /// What the account of an entry would leave behind; nil where it would not be worked on.
    public func leftBehind(by expected: Plan.Expectation) -> [LeftBehind]? {
        expected.outcome.isDone
            ? leftBehind.found(of: expected.entry.email, at: expected.entry.number - 1) : nil
    }

    /// How the run would end, as far as a plan can know.
    public var exitStatus: ExitStatus {
        if let objection { return objection.exitStatus }
        return plan.decisions.needAPerson ? .attentionNeeded : .success
    }
}
