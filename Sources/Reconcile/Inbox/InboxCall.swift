import Feed
import Support
import WireGuard

/// The feeds of a call on an inbox whose runs have still to be reported.
///
/// Where the application runs a cluster, these are all feeds of the call: its workers restart every interface when they are
/// told of a change, so they are told once, and what they then have is part of every report. Else it is one at a time.
struct InboxCall {
    /// A feed, and its run up to the report; or what kept it from having one.
    struct Feed {
        var feed: InboxFeed
        var run: FeedResult<RunUnderway>
    }

    /// A feed, and its run with the report.
    typealias Finished = (feed: InboxFeed, run: FeedResult<FinishedRun>)

    private var feeds: [Feed] = []
    /// Kept from the first of these runs to their reports, so that no other run comes between.
    var lock: RunLock.Hold?
    /// Whether any run of the call has come to the configs.
    var cameToConfigs = false
    /// Interfaces that did not answer so far.
    private(set) var silent = SilentInterfaces()

    mutating func add(_ feed: Feed) {
        if case .success(let run) = feed.run {
            silent = run.sight.silent
            run.rest()
        }
        feeds.append(feed)
    }

    private var runs: [RunUnderway] {
        feeds.compactMap { if case .success(let run) = $0.run { run } else { nil } }
    }

    /// Whether the run of these bytes has still to be reported.
    func isUnderway(_ digest: String?) -> Bool {
        digest != nil && runs.contains { $0.feedDigest == digest }
    }

    /// Whether the next feed comes before the reports of these.
    var canGoOn: Bool {
        guard let last = feeds.last else { return true }
        switch last.run {
        case .success(let run): return run.hasCluster && !run.stopsTheRest
        // Its turn comes behind those before it.
        case .failure(let error): return !runs.isEmpty && InboxDecision(of: error) != .stayAndStop
        }
    }

    /// Tells the workers of the cluster what all these runs have changed, waits for them once, and writes the reports.
    ///
    /// - Throws: what is no ``ExplainedError``.
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
