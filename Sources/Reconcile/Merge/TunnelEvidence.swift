/// What is known of an account's tunnels on one host, or on all: of several, the greatest counts.
///
/// A tunnel that is still up anywhere is up. One that could not be seen on the host which removed it is unknown, whatever
/// is known of others. A host that removed no instance has nothing to say.
enum TunnelEvidence: Int, Comparable {
    case nothingRemoved, down, unseen, up

    init(_ account: AccountResult) {
        switch account.tunnelDown {
        case true: self = .down
        case false: self = .up
        case nil:
            let hadInstance = account.removal?.items.contains { $0.type == .instance } ?? false
            self = hadInstance || account.isTunnelUnseen ? .unseen : .nothingRemoved
        }
    }

    /// The report's `tunnel_down`.
    var tunnelDown: Bool? {
        switch self {
        case .down: true
        case .up: false
        case .nothingRemoved, .unseen: nil
        }
    }

    static func < (a: TunnelEvidence, b: TunnelEvidence) -> Bool { a.rawValue < b.rawValue }
}
