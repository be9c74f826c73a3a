/// What `plan` has to say.
public struct PlannedRun: Sendable {
    public var plan: Plan
    public var feed: RunRecord.FeedFacts
    /// The guard that would stop the run.
    public var objection: GuardStop?

    /// How the run would end, as far as a plan can know.
    public var exitStatus: ExitStatus {
        if let objection { return objection.exitStatus }
        return plan.decisions.needAPerson ? .attentionNeeded : .success
    }
}
