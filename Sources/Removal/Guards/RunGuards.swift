import Support

/// Says of a plan as a whole whether it may be carried out.
package struct RunGuards: Sendable {
    package var massRemoval = MassRemovalGuard.standard
    /// Hours after which a feed is too old; nil for any age.
    package var maxFeedAge: Double?
    /// The digest of the plan that an operator has looked at and approved.
    package var approval: String?
    /// Whether a feed may remove accounts of which a newer one has said that they stay, or go later.
    package var allowsOlderFeed = false

    package init() {}

    /// - Returns: why the plan must not be carried out; nil where it may.
    package func objection(to plan: Plan, feedTime: UTCTime, now: UTCTime) -> GuardStop? {
        if let maxFeedAge, Double(now.seconds - feedTime.seconds) > maxFeedAge * 3_600 {
            return GuardStop(.feedTooOld(madeAt: feedTime, limitHours: maxFeedAge), of: plan)
        }
        guard let objection = objectionToAge(plan, feedTime) ?? massRemoval.objection(to: plan) else { return nil }
        return isApproved(plan) || isLeftOfApproved(plan) ? nil : objection
    }

    /// A run that was cut short in the middle is no older for that than it was when it began.
    private func objectionToAge(_ plan: Plan, _ feedTime: UTCTime) -> GuardStop? {
        guard !allowsOlderFeed, plan.continued?.passedGuards != true, let newer = plan.newerStatements.first else {
            return nil
        }
        return GuardStop(
            .olderThanStatements(
                madeAt: feedTime, newer: newer.feedTime, accounts: plan.newerStatements.count, first: newer.mailbox),
            of: plan)
    }

    /// What an operator approved, where the plan passes by that alone; nil where it needs no approval.
    func approvedContent(of plan: Plan) -> Set<String>? {
        guard (objectionToAge(plan, plan.guards.feedTime) ?? massRemoval.objection(to: plan)) != nil else { return nil }
        return isApproved(plan) ? Set(plan.content.items) : plan.approvals.ofContinuedRun
    }

    /// An approval is good for one plan, once: neither for another, nor for the same again in a later run.
    package func isApproved(_ plan: Plan) -> Bool {
        guard let approval else { return false }
        return approval.lowercased() == plan.content.digest && !plan.approvals.spent.contains(plan.content.digest)
    }

    /// The run that is continued was approved, and what is left of it was part of what was approved.
    private func isLeftOfApproved(_ plan: Plan) -> Bool { plan.content.isPart(of: plan.approvals.ofContinuedRun) }
}
