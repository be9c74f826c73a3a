/// What became of the WireGuard configs.
package struct ConfigsRecord: Sendable {
    /// Whether every config now says what the database says. Only then does a response carry `wireguard_configs`.
    package var regenerated = false
    package var written: [String] = []
    package var unchanged = 0
    package var deleted: [String] = []
    /// Written for another reason than a removal: edits that had not been applied, or a file that was missing.
    package var changedOtherwise: [String] = []
    /// Whether the firewall script was written anew.
    package var firewallWritten = false
    /// Rows of the firewall whose rules the script leaves out, by their keys and columns.
    package var firewallProblems: [String] = []
    /// `wg*.conf` files that belong to no instance that the database or the journal knows, and a firewall script that
    /// somebody else wrote; left alone.
    package var unknown: [String] = []
    /// What the files that were there told of the application; nil where the run did not come to them.
    package var learnt: LearntRecord?
    package var unknownConfigs: [String] { unknown.filter { $0 != FirewallScript.fileName } }
    /// The firewall script, if it is somebody else's.
    package var unknownScripts: [String] { unknown.filter { $0 == FirewallScript.fileName } }
    /// Whether live interfaces were brought in line with the configs.
    package var applied: Bool { notApplied == nil }
    /// Why they were not; nil where they were.
    package var notApplied: NotApplied? = .notAsked
    package var live = LiveRecord()
    /// What went wrong, with files or interfaces.
    package var errors: [String] = []

    package init() {}
}
