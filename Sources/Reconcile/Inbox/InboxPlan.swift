import Feed
import Removal
import Report
import Support
import WireGuard

/// The plans of all feeds in an inbox, in the order of their runs. Each is made as if the ones before it had been run.
/// Changes nothing.
package struct InboxPlan: Sendable {
    package struct FeedPlan: Sendable {
        package var feed: InboxFeed
        /// The plan, or why there is none.
        package var plan: FeedResult<PlannedRun>
    }

    package let listing: InboxListing
    /// In the order in which a run would process the feeds.
    package let plans: [FeedPlan]
    /// The plan of a run without a feed, for deferred removals that are due. There is one only if no run of a feed
    /// reaches the configs.
    package let planWithoutFeed: PlannedRun?

    /// - Throws: ``InboxFailure``, ``ProfilesOverlap``, and the database's errors.
    package init(_ inbox: Inbox, _ options: Reconciliation.Options, _ surroundings: Surroundings) throws {
        try inbox.requireTrustedPlaces()
        listing = try inbox.settledListing(surroundings)
        let reading = try InboxReading(listing.feeds, options, surroundings)
        var before = PlannedRemovals()
        var silent = SilentInterfaces()
        plans = try reading.feeds.enumerated().map { index, read in
            do {
                let content =
                    switch read.content {
                    case .success(let content): content
                    case .failure(let error): throw error
                    }
                let run = Reconciliation(
                    read.feed, options, surroundings, later: read.later, before: before, isLast: index == reading.last,
                    silent: silent)
                let planned = try run.plan(content)
                silent = planned.silent
                if planned.objection == nil {
                    before.add(planned.plan, isApproved: options.guards.isApproved(planned.plan))
                }
                return FeedPlan(feed: read.feed, plan: .success(planned))
            } catch let error as any ExplainedError {
                return FeedPlan(feed: read.feed, plan: .failure(error))
            }
        }
        var withoutFeed = options
        withoutFeed.source = .deferred
        let reconciliation = Reconciliation(
            withoutFeed, surroundings, Reconciliation.Place(before: before, silent: silent))
        let comesToConfigs = plans.contains { feed in
            if case .success(let planned) = feed.plan { planned.objection == nil } else { false }
        }
        planWithoutFeed =
            try !comesToConfigs && reconciliation.hasDeferredToCarryOut() ? reconciliation.plan() : nil
    }

    /// The exit status that the run would have, as far as plans can know.
    package var exitStatus: ExitStatus {
        var status = InboxStatus(listing)
        for plan in plans {
            switch plan.plan {
            case .success(let planned): status.add(planned.exitStatus)
            case .failure(let error): status.add(error.exitStatus)
            }
        }
        if let planWithoutFeed { status.add(planWithoutFeed.exitStatus) }
        return status.status
    }

    /// Passes the existing plans on in portions, as a JSON array of ``PlanDocument``s.
    package func write(_ take: ([UInt8]) throws -> Void) throws {
        try take(Array("[\n".utf8))
        for (index, planned) in plannedRuns.enumerated() {
            if index > 0 { try take(Array(",\n".utf8)) }
            try PlanDocument(planned).writeObject(take)
        }
        try take(Array((plannedRuns.isEmpty ? "]\n" : "\n]\n").utf8))
    }

    private var plannedRuns: [PlannedRun] {
        plans.compactMap { if case .success(let planned) = $0.plan { planned } else { nil } }
            + [planWithoutFeed].compactMap { $0 }
    }
}
