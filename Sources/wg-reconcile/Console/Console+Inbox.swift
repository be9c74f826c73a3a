import Logging
import Reconcile
import Report
import WireGuard

extension Console {
    /// Shows the contents of an inbox before anything is done with it.
    func show(_ listing: InboxListing) {
        for bystander in listing.bystanders {
            logger.warning(
                "left alone in the inbox",
                metadata: ["name": "\(bystander.name)", "why": "\(bystander.explanation)"])
        }
        logger.info("inbox", metadata: ["feeds": "\(listing.feeds.count)"])
    }

    /// Shows how one feed of an inbox ended.
    ///
    /// - Throws: As ``show(_:as:feedPath:)``, after all the rest was shown.
    func show(_ end: InboxFeedEnd, as form: ResultForm) throws {
        var unprinted: (any Error)?
        switch end.run {
        case .success(let run):
            do { try show(run, as: form, feedPath: end.movedTo?.path) } catch { unprinted = error }
        case .failure(let error): log(error)
        }
        if let (place, path) = end.movedTo {
            var metadata: Logger.Metadata = ["from": "\(end.feed.path)", "to": "\(path)"]
            if place == .held, case .failure = end.run {
                metadata["try"] = "run it by its path, with the option that resolves this"
            }
            logger.log(
                level: place == .done ? .info : .warning, "feed moved to \(place.rawValue)", metadata: metadata)
        }
        if let failure = end.moveFailure { log(failure) }
        if let unprinted { throw unprinted }
    }

    /// Shows what is left to do in an inbox, and what was done without a feed.
    ///
    /// - Throws: As ``show(_:as:feedPath:)``.
    func show(_ end: InboxEnd, as form: ResultForm) throws {
        if let run = end.runWithoutFeed { try show(run, as: form) }
        if let regeneration = end.regeneration {
            let record = regeneration.record
            logger.info(
                "no run reached the configs; they and live interfaces were checked",
                metadata: [
                    "written": "\(record.written.count)", "unchanged": "\(record.unchanged)",
                    "deleted": "\(record.deleted.count)", "live": "\(record.liveSentence(of: regeneration.cluster))",
                    "regenerated": "\(record.regenerated)", "errors": "\(record.errors.count)",
                ])
            logProblems(regeneration)
        }
        for feed in end.waiting { logger.warning("stays in the inbox", metadata: ["feed": "\(feed.path)"]) }
    }

    /// Shows the contents of an inbox, and why feeds in it have no plan.
    func showUnplanned(_ plans: InboxPlan) {
        show(plans.listing)
        for feed in plans.plans { if case .failure(let error) = feed.plan { log(error) } }
    }

    /// - Throws: ``OutputNotWritten``.
    func show(_ plans: InboxPlan, asJSON: Bool) throws {
        show(plans.listing)
        for feed in plans.plans {
            switch feed.plan {
            case .success(let planned) where !asJSON:
                try print("\(printable(feed.feed.path)):")
                try show(planned, asJSON: false, feedPath: feed.feed.path)
            case .success(let planned):
                if let objection = planned.objection { log(objection, feedPath: feed.feed.path) }
            case .failure(let error): log(error)
            }
        }
        if let planned = plans.planWithoutFeed, !asJSON {
            try print("Deferred removals that are due:")
            try show(planned, asJSON: false)
        }
        if asJSON { try plans.write { bytes in try write(bytes) } }
    }
}
