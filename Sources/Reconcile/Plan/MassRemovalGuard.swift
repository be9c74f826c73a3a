/// Stops a run that would remove more than a night should: a feed that went wrong at its source names everybody.
public struct MassRemovalGuard: Hashable, Sendable {
    /// The most accounts that one run may remove.
    public var maxRemovals: Int
    /// The most instances that one run may remove, in percent of all instances.
    public var maxShare: Double
    /// A database with no more instances than this has no meaningful share.
    public static let smallestSharedDatabase = 10

    public static let standard = MassRemovalGuard(maxRemovals: 500, maxShare: 20)

    public init(maxRemovals: Int, maxShare: Double) {
        self.maxRemovals = maxRemovals
        self.maxShare = maxShare
    }

    /// Counts what the plan would remove, not the lines of the feed.
    ///
    /// - Returns: why the plan must not be carried out; nil where it may.
    public func objection(to plan: Plan) -> GuardStop? {
        let targets = plan.targets
        if targets.count > maxRemovals {
            return GuardStop(.tooManyRemovals(planned: targets.count, limit: maxRemovals))
        }
        let instances = targets.reduce(0) { $0 + $1.instances.count }
        if plan.instanceCount > Self.smallestSharedDatabase,
            Double(instances) * 100 > maxShare * Double(plan.instanceCount)
        {
            return GuardStop(.tooLargeShare(instances: instances, of: plan.instanceCount, limit: maxShare))
        }
        return nil
    }
}

/// A guard said no to the run as a whole: nothing was removed.
public struct GuardStop: ExplainedError {
    public enum Reason: Hashable, Sendable {
        case tooManyRemovals(planned: Int, limit: Int)
        case tooLargeShare(instances: Int, of: Int, limit: Double)
    }

    public var reason: Reason

    init(_ reason: Reason) { self.reason = reason }

    public var operation: String { "carry out" }
    public var subject: String { "the plan" }

    public var cause: String {
        switch reason {
        case .tooManyRemovals(let planned, let limit):
            "it would remove \(planned) accounts, more than the \(limit) of --max-removals; nothing was removed"
        case .tooLargeShare(let instances, let all, let limit):
            "it would remove \(instances) of \(all) instances, more than the \(percent(limit)) percent of --max-share; "
                + "nothing was removed"
        }
    }

    public var hint: String {
        switch reason {
        case .tooManyRemovals: "look at `wg-reconcile plan`; if it is right, run once with a larger --max-removals"
        case .tooLargeShare: "look at `wg-reconcile plan`; if it is right, run once with a larger --max-share"
        }
    }

    public var exitStatus: ExitStatus { .stoppedByGuard }

    private func percent(_ value: Double) -> String {
        value == value.rounded() ? String(Int(value)) : String(value)
    }
}
