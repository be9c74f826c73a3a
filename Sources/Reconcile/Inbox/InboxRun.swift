import Feed
import Support
import WireGuard

/// Runs all feeds in an inbox, the oldest first, and moves each to its subfolder afterwards.
///
/// If no run reaches the configs, because there was no feed or a guard stopped it, the call still carries out deferred
/// removals and brings configs and live interfaces up to date. Such a call shows whether the next one could work, and
/// finishes what an earlier one left undone.
///
/// A crash between the end of a run and the move leaves the feed in the inbox. The next call runs it again as a new
/// run, which finds every account absent, and then moves it.
package struct InboxRun: Sendable {
    private let inbox: Inbox
    private let options: Reconciliation.Options
    private let surroundings: Surroundings

    /// - Parameter options: The options of every run. Each feed's path replaces the one in them.
    package init(_ inbox: Inbox, _ options: Reconciliation.Options, _ surroundings: Surroundings) {
        (self.inbox, self.options, self.surroundings) = (inbox, options, surroundings)
    }

    /// - Parameters:
    ///   - found: Called with the contents of the inbox before anything is done.
    ///   - ended: Called for each feed once it is in its subfolder.
    /// - Throws: ``InboxFailure``; nothing was done then. Where no run reached the configs, also the error that kept
    ///   configs and interfaces from being updated.
    package func perform(found: (InboxListing) -> Void, ended: (InboxFeedEnd) -> Void) throws -> InboxEnd {
        try inbox.holding {
            let listing = try inbox.settledListing(surroundings)
            found(listing)
            var status = InboxStatus(listing)
            let reading = try InboxReading(listing.feeds, options, surroundings)
            var call = InboxCall()
            for (index, feed) in reading.feeds.enumerated() {
                let waiting = reading.feeds[index...].map(\.feed)
                // A stop request cuts no run short here, but feeds are left.
                if surroundings.isStopRequested() {
                    let stop = try finish(&call, &status, ended)
                    return InboxEnd(
                        exitStatus: status.stopped(with: stop?.exitStatus ?? .attentionNeeded),
                        waiting: (stop?.left ?? []) + waiting)
                }
                try begin(feed, isLast: index == reading.last, &call)
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

    /// Carries out deferred removals that are due. If there are none, only updates configs and interfaces.
    private func workWithoutFeed(_ status: InboxStatus, _ silent: SilentInterfaces) throws -> InboxEnd {
        var status = status
        var options = options
        options.source = .deferred
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

    /// Runs a feed up to its report, and adds it to the call.
    private func begin(_ read: InboxReading.Feed, isLast: Bool, _ call: inout InboxCall) throws {
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
                feed, options, surroundings, later: read.later, underway: call.underway, isLast: isLast,
                silent: call.silent)
            call.add(InboxCall.Feed(feed: feed, run: .success(try reconciliation.begin(content, holding: &call.lock))))
        } catch let error as any ExplainedError {
            call.add(InboxCall.Feed(feed: feed, run: .failure(error)))
        }
    }

    /// Finishes the runs so far with their reports, and moves their feeds.
    ///
    /// - Returns: What stops the remaining feeds, and which feeds stay in the inbox because of it; nil if nothing does.
    private func finish(
        _ call: inout InboxCall, _ status: inout InboxStatus, _ ended: (InboxFeedEnd) -> Void
    ) throws -> (exitStatus: ExitStatus, left: [InboxFeed])? {
        let feeds = try call.finish()
        var stop: (exitStatus: ExitStatus, left: [InboxFeed])?
        for (index, finished) in feeds.enumerated() {
            var end = InboxFeedEnd(feed: finished.feed, run: finished.run)
            if stop != nil {
                // This feed has its report but stays: the order of the feeds matters to the next call.
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

    /// - Parameter mark: Distinguishes the feed from others with the same name.
    private func move(_ ended: InboxFeedEnd, by decision: InboxDecision, _ mark: String) -> InboxFeedEnd {
        var end = ended
        switch decision {
        case .passOver: break
        case .keepAndStop: end.stopsTheRest = true
        case .move(let place):
            do throws(FileFailure) {
                if let path = try place.take(end.feed, marked: mark, from: inbox) {
                    // If the inbox was replaced in the meantime, the feed is not at this path.
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
    /// Its run, or the error that kept it from having a report.
    package var run: FeedResult<FinishedRun>
    /// Where the feed is now; nil where it stayed.
    package var movedTo: (place: InboxPlace, path: String)?
    /// Why it could not be moved.
    package var moveFailure: (any ExplainedError)?
    /// Whether the feeds after it would meet the same error.
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
    /// The first that applies: the error that stopped the call, the first feed that failed, a guard (2), an entry or a
    /// config that needs attention (1).
    package var exitStatus: ExitStatus
    /// Feeds that are still to be processed, including the one that stopped the call.
    package var waiting: [InboxFeed]
    /// The run that carried out deferred removals, where no run of a feed reached the configs; nil where none were due.
    package var runWithoutFeed: FinishedRun?
    /// The result for configs and live interfaces where no run reached them. Nil where one did, or something stopped
    /// the call.
    package var regeneration: Regeneration.Result?
}
