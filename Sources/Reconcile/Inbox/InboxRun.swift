/// Runs of all feeds in an inbox, the oldest first, each moved to where it belongs afterwards.
///
/// Where no run came to the configs, because there was no feed or a guard stopped it, removals that were put off are carried
/// out all the same, and configs and live interfaces brought up to date: such a night finds out whether the next one could
/// work, and does what an earlier one left undone.
///
/// A crash between the end of a run and the move leaves the feed in the inbox. The next call works on it once more, as a
/// new run that finds every account absent, and moves it then.
public struct InboxRun: Sendable {
    private let inbox: Inbox
    private let options: Reconciliation.Options
    private let surroundings: Surroundings

    /// - Parameter options: for every feed, whose path takes the place of theirs.
    public init(_ inbox: Inbox, _ options: Reconciliation.Options, _ surroundings: Surroundings) {
        (self.inbox, self.options, self.surroundings) = (inbox, options, surroundings)
    }

    /// - Parameters:
    ///   - found: is told what lies in the inbox before anything is done.
    ///   - ended: is told of each feed when it is where it belongs.
    /// - Throws: ``InboxFailure``; nothing was done then. Where no run came to the configs, also what kept them and
    ///   the interfaces from being looked at.
    public func perform(found: (InboxListing) -> Void, ended: (InboxFeedEnd) -> Void) throws -> InboxEnd {
        try inbox.holding {
            let listing = try inbox.settledListing(surroundings)
            found(listing)
            var status = InboxStatus(listing)
            let reading = try InboxReading(listing.feeds, options, surroundings)
            var cameToConfigs = false
            var silent = SilentInterfaces()
            for (index, feed) in reading.feeds.enumerated() {
                let waiting = reading.feeds[index...].map(\.feed)
                // No run is cut short here, yet there are feeds left.
                if surroundings.isStopRequested() {
                    return InboxEnd(exitStatus: status.stopped(with: .attentionNeeded), waiting: waiting)
                }
                let end = try work(on: feed, isLast: index == reading.last, silent)
                ended(end)
                if end.stopsTheRest {
                    return InboxEnd(exitStatus: status.stopped(with: end.exitStatus), waiting: waiting)
                }
                status.add(end.exitStatus)
                if case .success(let run) = end.run {
                    silent = run.sight.silent
                    if run.sight.cameToConfigs { cameToConfigs = true }
                }
            }
            return cameToConfigs
                ? InboxEnd(exitStatus: status.status, waiting: []) : try workWithoutFeed(status, silent)
        }
    }

    /// Carries out removals that were put off and are due, or else looks at configs and interfaces alone.
    private func workWithoutFeed(_ status: InboxStatus, _ silent: SilentInterfaces) throws -> InboxEnd {
        var status = status
        var options = options
        options.feedPath = nil
        let reconciliation = Reconciliation(options, surroundings, Reconciliation.Place(silent: silent))
        if try reconciliation.hasDeferredToCarryOut() {
            let run = try reconciliation.run()
            status.add(run.exitStatus)
            return InboxEnd(exitStatus: status.status, waiting: [], runWithoutFeed: run)
        }
        let regeneration = try Regeneration(options, surroundings, silent: silent).perform()
        status.add(regeneration.exitStatus)
        return InboxEnd(exitStatus: status.status, waiting: [], regeneration: regeneration)
    }

    private func work(on read: InboxReading.Feed, isLast: Bool, _ silent: SilentInterfaces) throws -> InboxFeedEnd {
        let feed = read.feed
        do {
            let isStillThere = try InboxFailure.wrapping(feed.path, operation: "look at the feed") {
                () throws(FileFailure) in try feed.isStillThere()
            }
            guard isStillThere else { throw FeedReplaced(path: feed.path, isUntouched: true) }
            let content =
                switch read.content {
                case .success(let content): content
                case .failure(let error): throw error
                }
            let run = try Reconciliation(
                feed, options, surroundings, later: read.later, isLast: isLast, silent: silent
            ).run(content)
            return move(InboxFeedEnd(feed: feed, run: .success(run)), by: InboxDecision(of: run), run.record.id)
        } catch let error as any ExplainedError {
            let end = InboxFeedEnd(feed: feed, run: .failure(error))
            return move(end, by: InboxDecision(of: error), surroundings.now().mark)
        }
    }

    /// - Parameter mark: what tells the feed from others of its name.
    private func move(_ ended: InboxFeedEnd, by decision: InboxDecision, _ mark: String) -> InboxFeedEnd {
        var end = ended
        switch decision {
        case .passOver: break
        case .stayAndStop: end.stopsTheRest = true
        case .move(let place):
            do throws(FileFailure) {
                if let path = try place.take(end.feed, marked: mark, from: inbox) {
                    // In an inbox that was replaced meanwhile, nobody finds the feed under this path.
                    try inbox.folder.requireInPlace()
                    end.movedTo = (place, path)
                } else {
                    end.moveFailure = FeedReplaced(path: end.feed.path, isUntouched: false)
                }
            } catch {
                end.moveFailure = InboxFailure(operation: "move the feed", subject: end.feed.path, failure: error)
                end.stopsTheRest = true
            }
        }
        return end
    }
}

/// How one feed of an inbox ended.
public struct InboxFeedEnd: Sendable {
    public var feed: InboxFeed
    /// Its run, or what kept it from having a report.
    public var run: FeedResult<FinishedRun>
    /// Where the feed is now; nil where it stayed.
    public var movedTo: (place: InboxPlace, path: String)?
    /// Why it could not be moved.
    public var moveFailure: (any ExplainedError)?
    /// Whether the feeds after it would meet the same.
    public var stopsTheRest = false

    public var exitStatus: ExitStatus {
        if let moveFailure { return moveFailure.exitStatus }
        return switch run {
        case .success(let run): run.exitStatus
        case .failure(let error): error.exitStatus
        }
    }
}

/// How a call on an inbox ended.
public struct InboxEnd: Sendable {
    /// What stopped it goes first, then the first feed that failed, then a guard (2), then an entry or a config that
    /// needs a person (1).
    public var exitStatus: ExitStatus
    /// Feeds that are still to be worked on, the one that stopped it among them.
    public var waiting: [InboxFeed]
    /// The run that carried out removals that were put off, where no run of a feed came to the configs; nil where
    /// none were due.
    public var runWithoutFeed: FinishedRun?
    /// What became of configs and live interfaces where no run came to them; nil where one did, or something stopped the
    /// work.
    public var regeneration: Regeneration.Result?
}
