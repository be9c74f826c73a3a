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

    /// The plans that there are, as a JSON array of ``PlanDocument``s.
    public func bytes() -> [UInt8] {
        var bytes = Array("[".utf8)
        for case .success(let planned) in plans.map(\.plan) {
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(UInt8(ascii: "\n"))
            bytes += PlanDocument(planned).bytes().dropLast()
        }
        return bytes + Array("\n]\n".utf8)
    }
}
