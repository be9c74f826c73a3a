/// What became of live interfaces.
package struct LiveRecord: Hashable, Sendable {
    /// Interfaces of removed instances that were taken down.
    package var down: [String] = []
    /// Interfaces whose peers were brought in line with their config.
    package var synced: [String] = []
    /// Interfaces that bear an instance's name and another key than it has: they are somebody else's.
    package var leftAlone: [String] = []
    /// Interfaces of somebody else that could not be read: what their peers are, nobody knows.
    package var unseen: [String] = []
    /// What of configs `wg syncconf` cannot apply, in sentences: somebody has to bring the interface up anew.
    package var notApplied: [String] = []
    /// Whether the firewall script was run.
    package var firewallRun = false
    /// What a reader of the report should know and nobody has to act upon.
    package var remarks: [String] = []
    package var errors: [String] = []

    package init() {}
}

/// Why live interfaces are not in line with the configs.
package enum NotApplied: Hashable, Sendable {
    /// Nobody asked for it.
    case notAsked
    /// `wg` is not installed.
    case noPrograms
    /// None of the database's interfaces can be seen from here.
    case nothingInSight
    /// What is up could not be found out.
    case unseen
    /// Something went wrong, as the errors say, or an interface was left alone.
    case inPart
}
