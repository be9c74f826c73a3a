import ControlPlane
import Feed
import Support

/// The exit status of a call on several feeds, combined from the statuses of the feeds.
package struct InboxStatus: Sendable {
    private var firstFailure: ExitStatus?
    private var sawGuard = false
    private var sawAttention = false

    package init() {}

    /// A feed that this user may not read counts as failed, although its run never began.
    init(_ listing: InboxListing) {
        if listing.bystanders.contains(where: { $0.reason == .notReadable }) { add(.notPermitted) }
    }

    package mutating func add(_ status: ExitStatus) {
        switch status {
        case .success: break
        case .attentionNeeded: sawAttention = true
        case .stoppedByGuard: sawGuard = true
        default: firstFailure = firstFailure ?? status
        }
    }

    /// The status where all feeds were processed: the first failure, else a guard, else an entry that needs attention.
    package var status: ExitStatus {
        firstFailure ?? (sawGuard ? .stoppedByGuard : sawAttention ? .attentionNeeded : .success)
    }

    /// The status where some feeds were not processed: that of the error that stopped the call, because it shows
    /// whether to try again.
    func stopped(with status: ExitStatus) -> ExitStatus {
        if status.rawValue >= ExitStatus.usage.rawValue { return status }
        var whole = self
        whole.add(status)
        return whole.status
    }
}
