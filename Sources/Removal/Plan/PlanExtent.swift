import ControlPlane
import Feed
import Journal
import Support

/// How much a plan would remove, and how much was removed recently. The mass-removal guard counts both together.
package struct PlanExtent: Hashable, Sendable, Codable {
    /// Accounts that the plan would remove.
    package var accounts = 0
    /// Instances that would be removed with those accounts.
    package var instances = 0
    /// Accounts that were removed without an approval: by the runs of the last 12 hours, by an earlier part of this
    /// run, and, in a plan for an inbox, by the feeds that would run first.
    package var recentAccounts = 0
    /// Instances removed with those accounts.
    package var recentInstances = 0
    /// Instances in the database before any of these was removed.
    package var allInstances = 0

    enum CodingKeys: String, JSONMembers {
        case accounts, instances
        case recentAccounts = "recent_accounts"
        case recentInstances = "recent_instances"
        case allInstances = "all_instances"
    }

    package init(
        accounts: Int = 0, instances: Int = 0, recentAccounts: Int = 0, recentInstances: Int = 0, allInstances: Int = 0
    ) {
        self.accounts = accounts
        self.instances = instances
        self.recentAccounts = recentAccounts
        self.recentInstances = recentInstances
        self.allInstances = allInstances
    }

    package var totalAccounts: Int { accounts + recentAccounts }
    package var totalInstances: Int { instances + recentInstances }

    /// The sum for two databases.
    package static func + (a: PlanExtent, b: PlanExtent) -> PlanExtent {
        PlanExtent(
            accounts: a.accounts + b.accounts, instances: a.instances + b.instances,
            recentAccounts: a.recentAccounts + b.recentAccounts, recentInstances: a.recentInstances + b.recentInstances,
            allInstances: a.allInstances + b.allInstances)
    }

    /// The instances that would be gone in the end, in percent of ``allInstances``; 0 if there are none.
    package var share: Double { allInstances == 0 ? 0 : Double(totalInstances) * 100 / Double(allInstances) }
}

/// What the earlier feeds of an inbox would remove, if they are only planned too.
package struct PlannedRemovals: Sendable {
    /// In the order of their removal.
    private(set) var removals: [(mailbox: Mailbox, target: AccountTarget)] = []

    package init(removals: [(mailbox: Mailbox, target: AccountTarget)] = []) {
        self.removals = removals
    }

    /// Accounts and instances that count towards the limits of later feeds.
    fileprivate var accounts = 0
    fileprivate var instances = 0

    /// Adds what a plan would remove.
    ///
    /// - Parameter isApproved: whether an operator approved the plan. If so, it counts towards no limit.
    package mutating func add(_ plan: Plan, isApproved: Bool) {
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
    /// - Parameter instanceCount: how many instances the database has now.
    package init(
        of targets: [AccountTarget], after before: PlannedRemovals, _ recent: Journal.RecentRemovals, instanceCount: Int
    ) {
        accounts = targets.count
        instances = targets.reduce(0) { $0 + $1.instances.count }
        recentAccounts = recent.accounts + before.accounts
        recentInstances = recent.instances + before.instances
        allInstances = instanceCount + recent.instances + recent.approvedInstances
    }
}
