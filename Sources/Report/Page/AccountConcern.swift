import Journal
import Support

/// Why an account needs attention, in the order of urgency.
enum AccountConcern: CaseIterable {
    case tunnelUp, tunnelUnseen, notRestored, failed, refused, invalid, unprocessed

    /// Nil for an account that does not need attention.
    init?(_ result: AccountResult) {
        switch result.outcome {
        case _ where result.tunnelDown == false: self = .tunnelUp
        case _ where result.isTunnelUnseen: self = .tunnelUnseen
        case _ where result.isRestored == false: self = .notRestored
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
        case .notRestored: count.counted("account was", "accounts were") + " not restored"
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
            "Gone from the database, but a removed key was last seen on a live interface. Its owner may still be connected. "
                + "Check `wg show`; `wg-reconcile regenerate` tries again to take it down."
        case .tunnelUnseen:
            "Gone from the database, but no run has seen that the tunnel is down: whoever has a removed key may "
                + "still be connected. If the interfaces are in the container of the application, give its namespace "
                + "with `--netns`; with `--no-apply`, interfaces are not checked."
        case .notRestored:
            "The feed says that the account is active, and it was not brought back. Clear what is in the way, then "
                + "`wg-reconcile restore`."
        case .failed:
            "The database refused the removal, and nothing was removed here. Fix what is named, then run the same "
                + "feed again."
        case .refused:
            "A guard blocked the removal, and nothing was removed here. Ask billing whether it is meant; if it is, "
                + "and is still refused, remove the account by hand, in the application."
        case .invalid:
            "The entry cannot be used as it is, and nothing was removed. Have billing correct it in the next feed."
        case .unprocessed:
            "The run ended before it processed these. Running the same feed again continues it under the same run id."
        }
    }
}
