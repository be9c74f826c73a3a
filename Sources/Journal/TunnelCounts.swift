/// How many accounts have removed keys that no run has seen gone.
package struct TunnelCounts: Hashable, Sendable {
    /// Accounts with a removed key that was on an interface when a run last could look.
    package var up = 0
    /// Accounts of which that could not be seen.
    package var unseen = 0

    package init(up: Int = 0, unseen: Int = 0) { (self.up, self.unseen) = (up, unseen) }

    package var isEmpty: Bool { up == 0 && unseen == 0 }
}
