/// What `plan` has to say.
public struct PlannedRun: Sendable {
    public var plan: Plan
    public var feed: RunRecord.FeedFacts
    /// The guard that would stop the run.
    public var objection: GuardStop?
    /// The interfaces that did not answer.
    var silent: SilentInterfaces

    /// How the run would end, as far as a plan can know.
    public var exitStatus: ExitStatus {
        if let objection { return objection.exitStatus }
        return plan.decisions.needAPerson ? .attentionNeeded : .success
    }
}
