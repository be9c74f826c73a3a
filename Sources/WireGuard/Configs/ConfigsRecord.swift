/// The result of the configs step, for the report.
package struct ConfigsRecord: Sendable {
    /// Whether every config now agrees with the database. Only then does a response contain `wireguard_configs`.
    package var regenerated = false
    package var written: [String] = []
    package var unchanged = 0
    package var deleted: [String] = []
    /// Written for a reason other than a removal: edits that had not been applied, or a missing file.
    package var changedOtherwise: [String] = []
    /// Whether the firewall script was rewritten.
    package var firewallWritten = false
    /// Firewall rows whose rules the script leaves out, by key and column.
    package var firewallProblems: [String] = []
    /// `wg*.conf` files of no instance that the database or the journal knows, and a firewall script that somebody
    /// else wrote. They are left alone.
    package var unknown: [String] = []
    /// What the existing files showed about the application; nil where the run did not get that far.
    package var learnt: LearntRecord?
    package var unknownConfigs: [String] { unknown.filter { $0 != FirewallScript.fileName } }
    /// The firewall script, if it belongs to somebody else.
    package var unknownScripts: [String] { unknown.filter { $0 == FirewallScript.fileName } }
    /// Whether live interfaces were brought in line with the configs.
    package var applied: Bool { notApplied == nil }
    /// Why they were not applied; nil where they were.
    package var notApplied: NotApplied? = .notAsked
    package var live = LiveRecord()
    /// What went wrong with files or interfaces.
    package var errors: [String] = []

    package init() {}
}
