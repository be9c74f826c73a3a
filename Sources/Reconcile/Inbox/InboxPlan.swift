/// The plans of all feeds in an inbox, each as if it were the only one. Touches nothing.
public struct InboxPlan: Sendable {
    public struct FeedPlan: Sendable {
        public var feed: InboxFeed
        /// The plan, or why there is none.
        public var plan: FeedResult<PlannedRun>
    }

    public let listing: InboxListing
    /// In the order in which a run would work on them.
    public let plans: [FeedPlan]

    /// - Throws: ``InboxFailure``.
    public init(_ inbox: Inbox, _ options: Reconciliation.Options, _ surroundings: Surroundings) throws {
        listing = try inbox.listing()
        plans = try listing.feeds.map { feed in
            var options = options
            options.feedPath = feed.path
            do {
                return FeedPlan(feed: feed, plan: .success(try Reconciliation(options, surroundings).plan()))
            } catch let error as any ExplainedError {
                return FeedPlan(feed: feed, plan: .failure(error))
            }
        }
    }

    /// As the run's would be, as far as plans can know.
    public var exitStatus: ExitStatus {
        var status = InboxStatus(listing)
        for plan in plans {
            switch plan.plan {
            case .success(let planned): status.add(planned.exitStatus)
            case .failure(let error): status.add(error.exitStatus)
            }
        }
        return status.status
    }

    /// Hands the plans that there are on in portions, as a JSON array of ``PlanDocument``s.
    public func write(_ take: ([UInt8]) throws -> Void) throws {
        var opening = "[\n"
        for case .success(let planned) in plans.map(\.plan) {
            try take(Array(opening.utf8))
            opening = ",\n"
            try PlanDocument(planned).writeObject(take)
        }
        try take(Array((opening == ",\n" ? "\n]\n" : "[\n]\n").utf8))
    }
}
