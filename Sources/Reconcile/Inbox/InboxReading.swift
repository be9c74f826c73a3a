import ControlPlane
import Feed
import Journal
import Removal
import Report
import Support
import WireGuard

/// All feeds that wait in an inbox. They are read before the first of them is run, because a later statement about an
/// account overrides an earlier one.
struct InboxReading {
    /// One feed, and its content or the error from reading it.
    struct Feed {
        var feed: InboxFeed
        var content: FeedResult<ReadFeed>
        /// Statements of later feeds.
        var later = LaterStatements()

        /// Whether it could not be read.
        var isRefused: Bool {
            if case .failure = content { true } else { false }
        }

        /// When it was made, as far as known.
        var time: UTCTime {
            if case .success(let content) = content { content.time } else { feed.modifiedAt }
        }
    }

    /// The oldest feed comes first. Feeds that could not be read come last. If something stops the others, these are
    /// left to the next call, which reports them again.
    private(set) var feeds: [Feed]
    /// The index of the last readable feed, whose run carries out deferred removals.
    var last: Int? { feeds.lastIndex { !$0.isRefused } }

    /// - Throws: ``ProfilesOverlap``, and the database's errors where it cannot be asked when feeds were first
    ///   processed.
    init(_ found: [InboxFeed], _ options: Reconciliation.Options, _ surroundings: Surroundings) throws {
        feeds = try found.map { feed in
            do {
                let content = try Reconciliation(feed, options, surroundings).read()
                return Feed(feed: feed, content: .success(content))
            } catch let error as ProfilesOverlap {
                throw error
            } catch let error as any ExplainedError {
                return Feed(feed: feed, content: .failure(error))
            }
        }
        if feeds.count > 1 {
            try date(options)
            feeds.sort { ($0.isRefused ? 1 : 0, $0.time, $0.feed.name) < ($1.isRefused ? 1 : 0, $1.time, $1.feed.name) }
            compare(now: surroundings.now())
        }
    }

    private mutating func date(_ options: Reconciliation.Options) throws {
        let database = try ControlPlaneDatabase(
            opening: options.databasePath, busyTimeout: options.busyTimeout, accepting: options.acceptedColumns,
            trust: options.databaseTrust)
        for place in feeds.indices {
            guard case .success(let content) = feeds[place].content else { continue }
            feeds[place].content = .success(try content.dated(by: database))
        }
    }

    /// Gives each feed what later feeds state about the accounts that it would remove.
    private mutating func compare(now: UTCTime) {
        var concerned: [Int: Set<Int>] = [:]
        var staying: [Int: Set<Int>] = [:]
        var standings: [Int: FeedStandings] = [:]
        for place in feeds.indices {
            guard case .success(let content) = feeds[place].content else { continue }
            let judged = FeedStandings(judging: content.feed, now: now)
            standings[place] = judged
            concerned[place] = Set(
                judged.indices.lazy.filter { judged[brief: $0] == .due }.map { judged.spellingHash(of: $0) })
            staying[place] = Set(
                judged.indices.lazy.filter { judged[brief: $0] == .stays }.map { judged.spellingHash(of: $0) })
        }
        for (place, wanted) in staying where !wanted.isEmpty {
            for other in feeds.indices.dropFirst(place + 1) {
                if let said = standings[other] { feeds[place].later.addNames(said, concerning: wanted) }
            }
        }
        for (place, wanted) in concerned where !wanted.isEmpty {
            for other in feeds.indices.dropFirst(place + 1) {
                guard let said = standings[other] else { continue }
                feeds[place].later.add(said, of: feeds[other].feed.path, concerning: wanted)
            }
        }
    }
}

extension Reconciliation {
    /// The run of a feed from an inbox.
    init(
        _ feed: InboxFeed, _ options: Options, _ surroundings: Surroundings, later: LaterStatements = LaterStatements(),
        before: PlannedRemovals = PlannedRemovals(), underway: Set<RunID> = [], isLast: Bool = false,
        silent: SilentInterfaces = SilentInterfaces()
    ) {
        var options = options
        options.source = .feed(feed.path)
        self.init(
            options, surroundings,
            Place(
                inboxFeed: feed, later: later, before: before, underway: underway, isLast: isLast, silent: silent))
    }
}
