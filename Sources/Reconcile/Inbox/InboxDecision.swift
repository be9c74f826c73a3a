import ControlPlane
import Feed
import Glibc
import Removal
import Report
import Support

/// What becomes of a feed in the inbox after its run.
enum InboxDecision: Hashable {
    case move(InboxPlace)
    /// It stays, and so do the feeds after it: they would meet the same, and their order matters.
    case stayAndStop
    /// It has gone, or went out of reach, since the inbox was looked at.
    case passOver

    /// Of a run that came to its report.
    init(of run: FinishedRun) {
        switch run.failure {
        case nil: self = .move(.done)
        case is GuardStop: self = .move(.held)
        // Old reports that could not be dropped, once the run was complete: a failure said in the exit status.
        case is ReportFailure: self = .move(.done)
        // Busy, full, interrupted, configs out of reach: the next run continues this one, or does the rest anew.
        default: self = .stayAndStop
        }
    }

    /// Of a run that ended before it had a report. What is wrong with the feed itself stays wrong; everything else may
    /// be mended before the next run.
    init(of error: any ExplainedError) {
        switch error {
        // With an option that says what the feed means, it is as good as it is.
        case let error as FeedRefusal: self = .move(error.isSettledByOperator ? .held : .failed)
        case is FeedTooLarge: self = .move(.failed)
        case is FeedReplaced: self = .passOver
        case let error as FeedNotAuthentic:
            if case .signatureMissing = error.reason { self = .passOver } else { self = .move(.failed) }
        case let error as UntrustedFile: self = error.role == .feed ? .move(.failed) : .stayAndStop
        case let error as FeedUnreadable:
            self = error.exitStatus == .feedMissing || error.failure.isNotPermitted ? .passOver : .stayAndStop
        default: self = .stayAndStop
        }
    }
}
