import Journal
import Support

/// Why an account needs attention, in the order of urgency.
enum AccountConcern: CaseIterable {
    case tunnelUp, tunnelUnseen, failed, refused, invalid, unprocessed

    /// Nil for an account that does not need attention.
    init?(_ result: AccountResult) {
        switch result.outcome {
        case _ where result.tunnelDown == false: self = .tunnelUp
        case _ where result.isTunnelUnseen: self = .tunnelUnseen
        case .failed: self = .failed
        case .refused: self = .refused
        case .invalid: self = .invalid
        case .unprocessed where result.wouldBe?.needsAttention == false: return nil
        case .unprocessed: self = .unprocessed
        case .removed, .partiallyRemoved, .alreadyAbsent, .skipped, .duplicate: return nil
        }
    }

    /// As a heading: `2 accounts refused`.
    func title(_ count: Int) -> String {
        switch self {
        case .tunnelUp: count == 1 ? "A tunnel is still up" : "The tunnels of \(count.counted("account")) are still up"
        case .tunnelUnseen:
            count == 1 ? "A tunnel could not be seen" : "The tunnels of \(count.counted("account")) could not be seen"
        case .failed: count.counted("account") + " failed"
        case .refused: count.counted("account") + " refused"
        case .invalid: count.counted("invalid entry", "invalid entries")
        case .unprocessed: count.counted("entry", "entries") + " not processed"
        }
    }

    /// What the concern means, and what to do about it.
    var advice: String {
        switch self {
        case .tunnelUp:
            "Gone from the database, but a removed key is left on a live interface: whoever holds it is still connected. "
                + "Look at `wg show`; `wg-reconcile regenerate` tries once more to take it down."
        case .tunnelUnseen:
            "Gone from the database, but nobody has seen that the tunnel is down: whoever holds a removed key may still be "
                + "connected. Say with `--netns` where the interfaces are, as the container of the application has them; "
                + "with `--no-apply` nobody is asked for."
        case .failed:
            "The database refused it, and nothing was removed here. Mend what is named, then run the same feed again."
        case .refused:
            "A guard blocked it, and nothing was removed here. Ask billing whether it is meant; what is right and refused "
                + "all the same goes by hand, in the application."
        case .invalid:
            "Not usable as it stands in the feed, and nothing was removed. Have billing mend it in the next feed."
        case .unprocessed:
            "The run ended before it came to this. Running the same feed again continues it under the same run id."
        }
    }
}
