/// The result for live interfaces, for the report.
package struct LiveRecord: Hashable, Sendable {
    /// Interfaces of removed instances that were taken down.
    package var down: [String] = []
    /// Interfaces of restored instances that were brought up.
    package var up: [String] = []
    /// Interfaces whose peers were brought in line with their config.
    package var synced: [String] = []
    /// Interfaces with an instance's name but another key: they belong to somebody else. And those with the key of a
    /// config of no known instance.
    package var leftAlone: [String] = []
    /// Interfaces of somebody else that were not read; their peers are unknown.
    package var unseen: [String] = []
    /// Config settings that `wg syncconf` cannot apply, in sentences. Somebody has to restart the interface.
    package var notApplied: [String] = []
    /// Whether the firewall script was run. If some of its commands failed, that is an error.
    package var firewallRun = false
    /// Information for readers of the report that needs no action.
    package var remarks: [String] = []
    package var errors: [String] = []

    package init() {}
}

/// Why live interfaces are not in line with the configs.
package enum NotApplied: Hashable, Sendable {
    /// The operator did not ask for it.
    case notAsked
    /// `wg` is not installed.
    case noPrograms
    /// None of the database's interfaces can be seen from here.
    case nothingInSight
    /// The operator has given the network namespace, and none of the database's interfaces is up there.
    case nothingInNamespace
    /// The interfaces that are up could not be listed, or the run ended before.
    case unseen
    /// There were errors, or an interface was left alone.
    case inPart
}
