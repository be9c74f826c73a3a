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

    /// Whether so many of all instances may go.
    func allows(instances: Int, of all: Int) -> Bool {
        all <= Self.smallestSharedDatabase || Double(instances) * 100 <= maxShare * Double(all)
    }

    /// Counts what the plan would remove, not the lines of the feed.
    ///
    /// - Returns: why the plan must not be carried out; nil where it may.
    public func objection(to plan: Plan) -> GuardStop? {
        let targets = plan.targets
        if targets.count > maxRemovals {
            return GuardStop(.tooManyRemovals(planned: targets.count, limit: maxRemovals), of: plan)
        }
        let instances = targets.reduce(0) { $0 + $1.instances.count }
        if !allows(instances: instances, of: plan.instanceCount) {
            return GuardStop(.tooLargeShare(instances: instances, of: plan.instanceCount, limit: maxShare), of: plan)
        }
        return nil
    }
}
