/// How much a plan would remove, and how much was removed shortly before it: the mass-removal guard counts both together.
public struct PlanExtent: Hashable, Sendable {
    /// Accounts that the plan would remove.
    public var accounts: Int
    /// Instances that would go with them.
    public var instances: Int
    /// Accounts that were removed without an approval: by the runs of the last 12 hours, by an earlier part of this run, and,
    /// in a plan for an inbox, by the feeds that would run first.
    public var recentAccounts: Int
    /// Instances that went with those.
    public var recentInstances: Int
    /// Instances in the database before any of these was removed.
    public var allInstances: Int

    public var totalAccounts: Int { accounts + recentAccounts }
    public var totalInstances: Int { instances + recentInstances }

    /// The instances that would be gone in the end, in percent of ``allInstances``; 0 where there are none.
    public var share: Double { allInstances == 0 ? 0 : Double(totalInstances) * 100 / Double(allInstances) }
}

/// Accounts and instances that the plans of an inbox would remove, each counted once however many feeds name it.
struct PlannedRemovals: Sendable {
    private(set) var accounts: Set<String> = []
    private(set) var instances: Set<String> = []

    init() {}

    init(_ content: PlanContent) {
        for item in content.items {
            if item.hasPrefix(PlanContent.accountPrefix) {
                accounts.insert(item)
            } else if item.hasPrefix(PlanContent.instancePrefix) {
                instances.insert(item)
            }
        }
    }

    mutating func formUnion(_ other: PlannedRemovals) {
        accounts.formUnion(other.accounts)
        instances.formUnion(other.instances)
    }
}

extension PlanExtent {
    /// - Parameters:
    ///   - before: what feeds of the same call would have removed before this one.
    ///   - instanceCount: how many instances the database holds now.
    init(
        of content: PlanContent, after before: PlannedRemovals, _ recent: Journal.RecentRemovals, instanceCount: Int
    ) {
        let planned = PlannedRemovals(content)
        accounts = planned.accounts.subtracting(before.accounts).count
        instances = planned.instances.subtracting(before.instances).count
        recentAccounts = recent.accounts + before.accounts.count
        recentInstances = recent.instances + before.instances.count
        allInstances = instanceCount + recent.instances + recent.approvedInstances
    }
}
