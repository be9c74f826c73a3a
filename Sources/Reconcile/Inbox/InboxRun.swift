import Feed
import Support
import WireGuard

/// Runs of all feeds in an inbox, the oldest first, each moved to where it belongs afterwards.
///
/// Where no run came to the configs, because there was no feed or a guard stopped it, removals that were put off are carried
/// out all the same, and configs and live interfaces brought up to date: such a night finds out whether the next one could
/// work, and does what an earlier one left undone.
///
/// A crash between the end of a run and the move leaves the feed in the inbox. The next call works on it once more, as a
/// new run that finds every account absent, and moves it then.
package struct InboxRun: Sendable {
    private let inbox: Inbox
    private let options: Reconciliation.Options
    private let surroundings: Surroundings

    /// - Parameter options: for every feed, whose path takes the place of theirs.
    package init(_ inbox: Inbox, _ options: Reconciliation.Options, _ surroundings: Surroundings) {
        (self.inbox, self.options, self.surroundings) = (inbox, options, surroundings)
    }

    /// - Parameters:
    ///   - found: is told what lies in the inbox before anything is done.
    ///   - ended: is told of each feed when it is where it belongs.
    /// - Throws: ``InboxFailure``; nothing was done then. Where no run came to the configs, also what kept them and
    ///   the interfaces from being looked at.
    package func perform(found: (InboxListing) -> Void, ended: (InboxFeedEnd) -> Void) throws -> InboxEnd {
        try inbox.holding {
            let listing = try inbox.settledListing(surroundings)
            found(listing)
            var status = InboxStatus(listing)
            let reading = try InboxReading(listing.feeds, options, surroundings)
            var call = InboxCall()
            for (index, feed) in reading.feeds.enumerated() {
                let waiting = reading.feeds[index...].map(\.feed)
                // No run is cut short here, yet there are feeds left. And the same bytes under another name would continue a
                // run that has still to be reported.
                let isStopped = surroundings.isStopRequested()
                if isStopped || call.isUnderway(feed.digest), let stop = try finish(&call, &status, ended) {
                    return InboxEnd(exitStatus: status.stopped(with: stop.exitStatus), waiting: stop.left + waiting)
                }
                if isStopped { return InboxEnd(exitStatus: status.stopped(with: .attentionNeeded), waiting: waiting) }
                call.add(try begin(feed, isLast: index == reading.last, call.silent, &call.lock))
                if call.canGoOn { continue }
                if let stop = try finish(&call, &status, ended) {
                    return InboxEnd(
                        exitStatus: status.stopped(with: stop.exitStatus), waiting: stop.left + waiting.dropFirst())
                }
            }
            if let stop = try finish(&call, &status, ended) {
                return InboxEnd(exitStatus: status.stopped(with: stop.exitStatus), waiting: stop.left)
            }
            return call.cameToConfigs
                ? InboxEnd(exitStatus: status.status, waiting: []) : try workWithoutFeed(status, call.silent)
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

    /// Runs a feed up to its report.
    private func begin(
        _ read: InboxReading.Feed, isLast: Bool, _ silent: SilentInterfaces, _ lock: inout RunLock.Hold?
    ) throws -> InboxCall.Feed {
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
            let reconciliation = Reconciliation(
                feed, options, surroundings, later: read.later, isLast: isLast, silent: silent)
            return InboxCall.Feed(feed: feed, run: .success(try reconciliation.begin(content, holding: &lock)))
        } catch let error as any ExplainedError {
            return InboxCall.Feed(feed: feed, run: .failure(error))
        }
    }

    /// Brings the runs so far to their reports, and moves their feeds.
    ///
    /// - Returns: what stops the feeds behind them, and which are left in the inbox for it; nil where nothing does.
    private func finish(
        _ call: inout InboxCall, _ status: inout InboxStatus, _ ended: (InboxFeedEnd) -> Void
    ) throws -> (exitStatus: ExitStatus, left: [InboxFeed])? {
        let feeds = try call.finish()
        var stop: (exitStatus: ExitStatus, left: [InboxFeed])?
        for (index, finished) in feeds.enumerated() {
            var end = InboxFeedEnd(feed: finished.feed, run: finished.run)
            if stop != nil {
                // It has its report, and stays: the order of the feeds matters to the next call.
                ended(end)
                continue
            }
            switch finished.run {
            case .success(let run): end = move(end, by: InboxDecision(of: run), run.record.id)
            case .failure(let error): end = move(end, by: InboxDecision(of: error), surroundings.now().mark)
            }
            ended(end)
            if end.stopsTheRest {
                stop = (end.exitStatus, feeds[index...].map(\.feed))
                continue
            }
            status.add(end.exitStatus)
            if case .success(let run) = end.run, run.sight.cameToConfigs { call.cameToConfigs = true }
        }
        return stop
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
package struct InboxFeedEnd: Sendable {
    package var feed: InboxFeed
    /// Its run, or what kept it from having a report.
    package var run: FeedResult<FinishedRun>
    /// Where the feed is now; nil where it stayed.
    package var movedTo: (place: InboxPlace, path: String)?
    /// Why it could not be moved.
    package var moveFailure: (any ExplainedError)?
    /// Whether the feeds after it would meet the same.
    package var stopsTheRest = false

    package var exitStatus: ExitStatus {
        if let moveFailure { return moveFailure.exitStatus }
        return switch run {
        case .success(let run): run.exitStatus
        case .failure(let error): error.exitStatus
        }
    }
}

/// How a call on an inbox ended.
package struct InboxEnd: Sendable {
    /// What stopped it goes first, then the first feed that failed, then a guard (2), then an entry or a config that
    /// needs a person (1).
    package var exitStatus: ExitStatus
    /// Feeds that are still to be worked on, the one that stopped it among them.
    package var waiting: [InboxFeed]
    /// The run that carried out removals that were put off, where no run of a feed came to the configs; nil where
    /// none were due.
    package var runWithoutFeed: FinishedRun?
    /// What became of configs and live interfaces where no run came to them; nil where one did, or something stopped the
    /// work.
    package var regeneration: Regeneration.Result?
}
