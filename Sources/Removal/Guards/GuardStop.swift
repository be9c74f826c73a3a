import ControlPlane
import Support

/// The whole run was blocked by a guard; nothing was removed.
package struct GuardStop: ExplainedError {
    package enum Reason: Hashable, Sendable {
        case tooManyRemovals(PlanExtent, limit: Int)
        case tooLargeShare(PlanExtent, limit: Double)
        case feedTooOld(madeAt: UTCTime, limitHours: Double)
        /// A feed that was made later states that some accounts stay or are removed later.
        case olderThanStatements(madeAt: UTCTime, newer: UTCTime, accounts: Int, first: String)
        /// The database has changed since the operator agreed to another plan.
        case planChanged
    }

    package var reason: Reason
    /// The digest with which an operator can approve exactly this plan.
    package var planDigest: String

    /// How many accounts an earlier part of the run removed before it was interrupted.
    package var removedBefore: Int

    init(_ reason: Reason, of plan: Plan) {
        self.reason = reason
        removedBefore = plan.removedBefore
        planDigest = plan.content.digest
    }

    package var operation: String { "carry out" }
    package var subject: String { "the plan \(planDigest)" }

    package var cause: String {
        switch reason {
        case .tooManyRemovals(let extent, let limit):
            "it would remove \(extent.accounts.counted("account"))\(together(extent.recentAccounts, extent.totalAccounts)), "
                + "more than the \(limit) of --max-removals; \(nothing)"
        case .tooLargeShare(let extent, let limit):
            "it would remove \(extent.instances) of \(extent.allInstances.counted("instance"))"
                + together(extent.recentInstances, extent.totalInstances)
                + ", more than the \(plain(limit)) percent of --max-share; \(nothing)"
        case .feedTooOld(let madeAt, let limit):
            "the feed was made at \(madeAt.rfc3339), more than the \(plain(limit)) hours of --max-feed-age ago; "
                + nothing
        case .olderThanStatements(let madeAt, let newer, let accounts, let first):
            "the feed was made at \(madeAt.rfc3339), and one of \(newer.rfc3339) says of "
                + "\(first.quotedForMessage(limit: 254))"
                + (accounts == 1 ? "" : " (and newer ones of \(accounts - 1) more accounts)")
                + " that the account stays or goes later; \(nothing)"
        case .planChanged: "the database has changed, and this is not the plan that was confirmed; \(nothing)"
        }
    }

    package var hint: String {
        switch reason {
        case .tooManyRemovals, .tooLargeShare:
            "look at `wg-reconcile plan` of this feed, which is in held/ if it came from an inbox; if it is right, run it "
                + "once with --approve \(planDigest)"
        case .feedTooOld: "find out why billing has not delivered a newer feed"
        case .olderThanStatements:
            "take the newest feed; if this one is right, run it once with --allow-older-feed or --approve \(planDigest)"
        case .planChanged: "start it again, and look at the new plan"
        }
    }

    /// The hint where it stands beside the command that approves the plan.
    ///
    /// - Parameter command: the command that shows the plan.
    package func hint(showingPlanWith command: String) -> String {
        switch reason {
        case .tooManyRemovals, .tooLargeShare:
            "look at what `\(command)` shows; if it is right, run the command in this line, which approves it"
        case .feedTooOld, .olderThanStatements, .planChanged: hint
        }
    }

    package var exitStatus: ExitStatus { .stoppedByGuard }

    /// Whether `--approve` lets the plan pass. A feed that is too old needs another `--max-feed-age` instead.
    package var canBeApproved: Bool {
        switch reason {
        case .tooManyRemovals, .tooLargeShare, .olderThanStatements: true
        case .feedTooOld, .planChanged: false
        }
    }

    private var nothing: String {
        removedBefore == 0
            ? "nothing was removed"
            : "nothing more was removed than the \(removedBefore) accounts before this run was cut short"
    }

    /// The part of the message about removals that count too: earlier ones in the same call, or recent ones.
    private func together(_ recent: Int, _ total: Int) -> String {
        recent == 0
            ? "" : ", \(total) with the rest of this call and the \(MassRemovalGuard.window / 3_600) hours before"
    }

    private func plain(_ value: Double) -> String {
        value == value.rounded() ? String(Int(value)) : String(value)
    }
}
