import ControlPlane
import Feed
import Support

/// The exit status of a call that works on several feeds, from those of its feeds.
package struct InboxStatus: Sendable {
    private var firstFailure: ExitStatus?
    private var sawGuard = false
    private var sawAttention = false

    package init() {}

    /// A feed that this user may not read has failed, too, though its run never began.
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

    /// Of feeds that were all come to: the first failure, else a guard, else an entry that needs a person.
    package var status: ExitStatus {
        firstFailure ?? (sawGuard ? .stoppedByGuard : sawAttention ? .attentionNeeded : .success)
    }

    /// Of feeds of which some were not come to: what stopped the work decides, for it says whether to try again.
    func stopped(with status: ExitStatus) -> ExitStatus {
        if status.rawValue >= ExitStatus.usage.rawValue { return status }
        var whole = self
        whole.add(status)
        return whole.status
    }
}
