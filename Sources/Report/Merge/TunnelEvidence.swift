import Journal

/// What is known of an account's tunnels on one host, or on all: of several, the greatest counts.
///
/// A tunnel that is still up anywhere is up. One of which a host says nothing is unknown, whatever is known of others: the
/// host could not see it, has not removed the account, or did not report.
enum TunnelEvidence: Int, Comparable {
    case down, unseen, up

    /// - Parameter account: nil for a host that did not report.
    init(_ account: AccountResult?) {
        switch account?.tunnelDown {
        case true?: self = .down
        case false?: self = .up
        case nil: self = .unseen
        }
    }

    /// The report's `tunnel_down`.
    var tunnelDown: Bool? {
        switch self {
        case .down: true
        case .up: false
        case .unseen: nil
        }
    }

    static func < (a: TunnelEvidence, b: TunnelEvidence) -> Bool { a.rawValue < b.rawValue }
}
