import ControlPlane
import Feed
import Glibc
import Removal
import Report
import Support

/// What happens to a feed in the inbox after its run.
enum InboxDecision: Hashable {
    case move(InboxPlace)
    /// The feed stays, and so do the feeds after it: they would meet the same error, and their order matters.
    case keepAndStop
    /// The feed was removed or became unreadable after the inbox was listed.
    case passOver

    /// The decision for a run that has a report.
    init(of run: FinishedRun) {
        switch run.failure {
        case nil: self = .move(.done)
        case is GuardStop: self = .move(.held)
        // Old reports could not be deleted after the run was complete. The exit status shows this failure.
        case is ReportFailure: self = .move(.done)
        // Busy, full, interrupted, configs not reachable: the next run continues this one, or does the rest again.
        default: self = .keepAndStop
        }
    }

    /// The decision for a run that ended before it had a report. A fault in the feed itself is permanent. Everything
    /// else may be fixed before the next run.
    init(of error: any ExplainedError) {
        switch error {
        // An option that states what the feed means can make it usable.
        case let error as FeedRefusal: self = .move(error.isSettledByOperator ? .held : .failed)
        case is FeedTooLarge: self = .move(.failed)
        case is FeedReplaced: self = .passOver
        case let error as FeedNotAuthentic:
            if case .signatureMissing = error.reason { self = .passOver } else { self = .move(.failed) }
        case let error as UntrustedFile: self = error.role == .feed ? .move(.failed) : .keepAndStop
        case let error as FeedUnreadable:
            self = error.exitStatus == .feedMissing || error.failure.isNotPermitted ? .passOver : .keepAndStop
        default: self = .keepAndStop
        }
    }
}
