/// Stops a feed that would remove too much in one night. A feed that went wrong at its source may name everybody.
///
/// What was removed within the last ``window`` counts too, unless it was approved. So a feed in ten parts cannot remove
/// more than a feed in one.
package struct MassRemovalGuard: Hashable, Sendable {
    /// The most accounts that may be removed within the window.
    package var maxRemovals: Int
    /// The most instances that may be removed within the window, in percent of those at its beginning. nil for
    /// ``usualMaxShare``, which applies only if more than ``smallestShared`` instances would be removed: in a small
    /// database, one customer is a large share.
    package var maxShare: Double?

    package static let usualMaxShare = 20.0
    package static let smallestShared = 5
    /// In seconds.
    static let window: Int64 = 12 * 3_600

    package static let standard = MassRemovalGuard(maxRemovals: 500, maxShare: nil)

    package init(maxRemovals: Int, maxShare: Double?) {
        self.maxRemovals = maxRemovals
        self.maxShare = maxShare
    }

    /// Whether this many of all instances may be removed.
    func allows(instances: Int, of all: Int) -> Bool {
        if maxShare == nil && instances <= Self.smallestShared { return true }
        return Double(instances) * 100 <= limit * Double(all)
    }

    /// Counts what the plan would remove, not the lines of the feed. A plan that removes nobody always passes.
    ///
    /// - Returns: why the plan must not be carried out; nil if it may be.
    package func objection(to plan: Plan) -> GuardStop? {
        let extent = plan.extent
        guard extent.accounts > 0 else { return nil }
        if extent.totalAccounts > maxRemovals {
            return GuardStop(.tooManyRemovals(extent, limit: maxRemovals), of: plan)
        }
        if extent.instances > 0 && !allows(instances: extent.totalInstances, of: extent.allInstances) {
            return GuardStop(.tooLargeShare(extent, limit: limit), of: plan)
        }
        return nil
    }

    private var limit: Double { maxShare ?? Self.usualMaxShare }
}
