import ControlPlane
import Feed
import Journal

/// How much a plan would remove, and how much was removed shortly before it: the mass-removal guard counts both together.
public struct PlanExtent: Hashable, Sendable {
    /// Accounts that the plan would remove.
    public var accounts = 0
    /// Instances that would go with them.
    public var instances = 0
    /// Accounts that were removed without an approval: by the runs of the last 12 hours, by an earlier part of this run, and,
    /// in a plan for an inbox, by the feeds that would run first.
    public var recentAccounts = 0
    /// Instances that went with those.
    public var recentInstances = 0
    /// Instances in the database before any of these was removed.
    public var allInstances = 0

    public var totalAccounts: Int { accounts + recentAccounts }
    public var totalInstances: Int { instances + recentInstances }

    /// Those of two databases together.
    static func + (a: PlanExtent, b: PlanExtent) -> PlanExtent {
        PlanExtent(
            accounts: a.accounts + b.accounts, instances: a.instances + b.instances,
            recentAccounts: a.recentAccounts + b.recentAccounts, recentInstances: a.recentInstances + b.recentInstances,
            allInstances: a.allInstances + b.allInstances)
    }

    /// The instances that would be gone in the end, in percent of ``allInstances``; 0 where there are none.
    public var share: Double { allInstances == 0 ? 0 : Double(totalInstances) * 100 / Double(allInstances) }
}

/// What the feeds of an inbox would remove that go before the one at hand, where they are only planned as well.
struct PlannedRemovals: Sendable {
    /// In the order of their removal.
    private(set) var removals: [(mailbox: Mailbox, target: AccountTarget)] = []
    /// Accounts and instances that count towards the limits of the feeds behind.
    fileprivate var accounts = 0
    fileprivate var instances = 0

    /// Adds what a plan would remove.
    ///
    /// - Parameter isApproved: whether somebody approved it; then it counts towards no limit.
    mutating func add(_ plan: Plan, isApproved: Bool) {
        for (place, target) in plan.removalsInOrder {
            guard let mailbox = plan.entries[place].account else { continue }
            removals.append((mailbox, target))
            if isApproved { continue }
            accounts += 1
            instances += target.instances.count
        }
    }
}

extension PlanExtent {
    /// - Parameter instanceCount: how many instances the database holds now.
    init(
        of targets: [AccountTarget], after before: PlannedRemovals, _ recent: Journal.RecentRemovals, instanceCount: Int
    ) {
        accounts = targets.count
        instances = targets.reduce(0) { $0 + $1.instances.count }
        recentAccounts = recent.accounts + before.accounts
        recentInstances = recent.instances + before.instances
        allInstances = instanceCount + recent.instances + recent.approvedInstances
    }
}
