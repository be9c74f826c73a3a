import Feed
import Journal
import Support
import WireGuard

/// The feeds of one call on an inbox whose runs have no report yet.
///
/// Without a cluster, this is one feed at a time. Where the application runs a cluster, it is all feeds of the call:
/// its workers restart every interface when they are told of a change. They are told once, and every report includes
/// how they followed.
struct InboxCall {
    /// A feed, and its run before the report; or the error that prevented the run.
    struct Feed {
        var feed: InboxFeed
        var run: FeedResult<ActiveRun>
    }

    /// A feed, and its run with the report.
    typealias Finished = (feed: InboxFeed, run: FeedResult<FinishedRun>)

    private var feeds: [Feed] = []
    /// The lock is held from the first of these runs to their reports, so that no other run comes between.
    var lock: RunLock.Hold?
    /// Whether any run of the call has reached the configs.
    var cameToConfigs = false
    /// Interfaces that have not answered so far.
    private(set) var silent = SilentInterfaces()

    mutating func add(_ feed: Feed) {
        if case .success(let run) = feed.run {
            silent = run.sight.silent
            run.rest()
        }
        feeds.append(feed)
    }

    private var runs: [ActiveRun] {
        feeds.compactMap { if case .success(let run) = $0.run { run } else { nil } }
    }

    /// The runs without a report. A second feed with the same bytes must not continue one of them.
    var underway: Set<RunID> { Set(runs.map(\.id)) }

    /// Whether to start the next feed before these have their reports.
    var canGoOn: Bool {
        guard let last = feeds.last else { return true }
        switch last.run {
        case .success(let run): return run.hasCluster && !run.stopsTheRest
        // Its result is shown after those of the feeds before it.
        case .failure(let error): return !runs.isEmpty && InboxDecision(of: error) != .keepAndStop
        }
    }

    /// Tells the workers of the cluster what all these runs have changed, waits for them once, and writes the reports.
    ///
    /// - Throws: Errors that are not an ``ExplainedError``.
    mutating func finish() throws -> [Finished] {
        let feeds = feeds
        defer { (self.feeds, lock) = ([], nil) }
        let outcome = runs.last?.followCluster(with: runs.dropLast().map(\.forCluster))
        return try feeds.map { feed in
            switch feed.run {
            case .failure(let error): return (feed.feed, .failure(error))
            case .success(var run):
                do {
                    if let outcome { run.take(outcome) }
                    return (feed.feed, .success(try run.report()))
                } catch let error as any ExplainedError {
                    return (feed.feed, .failure(error))
                }
            }
        }
    }
}
