import Journal

/// What is known of an account's tunnels, on one host or on all. The greatest of several values counts.
///
/// A tunnel that is up on any host is up. If a host gives no answer, the tunnel is unknown even if others answer: the
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
