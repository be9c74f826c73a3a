import Support

/// How many accounts have removed keys that no run has seen gone.
package struct TunnelCounts: Hashable, Sendable, Codable {
    /// Accounts with a removed key that was on an interface when a run last could look.
    package var up = 0
    /// Accounts of which that could not be seen.
    package var unseen = 0

    enum CodingKeys: String, JSONMembers { case up, unseen }

    package init(up: Int = 0, unseen: Int = 0) { (self.up, self.unseen) = (up, unseen) }

    /// The sum for two databases.
    package static func + (a: TunnelCounts, b: TunnelCounts) -> TunnelCounts {
        TunnelCounts(up: a.up + b.up, unseen: a.unseen + b.unseen)
    }

    package var isEmpty: Bool { up == 0 && unseen == 0 }
}
