import Support

/// Decides whether a plan as a whole may be carried out.
package struct RunGuards: Sendable {
    package var massRemoval = MassRemovalGuard.standard
    /// The age in hours above which a feed is too old; nil for no limit.
    package var maxFeedAge: Double?
    /// The digest of the plan that an operator has approved.
    package var approval: String?
    /// The digest of the plan that an operator has seen and agreed to in this call; nil if none was shown.
    package var confirmed: String?
    /// Whether a feed may remove accounts that a newer feed keeps or defers.
    package var allowsOlderFeed = false

    package init() {}

    /// - Returns: why the plan must not be carried out; nil if it may be.
    package func objection(to plan: Plan, feedTime: UTCTime, now: UTCTime) -> GuardStop? {
        if let confirmed, plan.content.digest != confirmed { return GuardStop(.planChanged, of: plan) }
        if let maxFeedAge, Double(now.seconds - feedTime.seconds) > maxFeedAge * 3_600 {
            return GuardStop(.feedTooOld(madeAt: feedTime, limitHours: maxFeedAge), of: plan)
        }
        guard let objection = objectionToAge(plan, feedTime) ?? massRemoval.objection(to: plan) else { return nil }
        return isApproved(plan) || isLeftOfApproved(plan) ? nil : objection
    }

    /// A continued run that passed its guards when it began is not checked again.
    private func objectionToAge(_ plan: Plan, _ feedTime: UTCTime) -> GuardStop? {
        guard !allowsOlderFeed, plan.continued?.passedGuards != true, let newer = plan.newerStatements.first else {
            return nil
        }
        return GuardStop(
            .olderThanStatements(
                madeAt: feedTime, newer: newer.feedTime, accounts: plan.newerStatements.count, first: newer.mailbox),
            of: plan)
    }

    /// What an operator approved, if the plan passes only because of that; nil if it needs no approval.
    func approvedContent(of plan: Plan) -> Set<String>? {
        guard (objectionToAge(plan, plan.guards.feedTime) ?? massRemoval.objection(to: plan)) != nil else { return nil }
        return isApproved(plan) ? Set(plan.content.items) : plan.approvals.ofContinuedRun
    }

    /// An approval is valid for one plan and one run. It does not cover another plan, or the same plan in a later run.
    package func isApproved(_ plan: Plan) -> Bool {
        guard let approval else { return false }
        return approval.lowercased() == plan.content.digest && !plan.approvals.spent.contains(plan.content.digest)
    }

    /// Whether the continued run was approved and everything left of it was part of that approval.
    private func isLeftOfApproved(_ plan: Plan) -> Bool { plan.content.isPart(of: plan.approvals.ofContinuedRun) }
}
