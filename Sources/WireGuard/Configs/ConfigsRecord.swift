/// What became of the WireGuard configs.
public struct ConfigsRecord: Sendable {
    /// Whether every config now says what the database says. Only then does a response carry `wireguard_configs`.
    public var regenerated = false
    public var written: [String] = []
    public var unchanged = 0
    public var deleted: [String] = []
    /// Written for another reason than a removal: edits that had not been applied, or a file that was missing.
    public var changedOtherwise: [String] = []
    /// Whether the firewall script was written anew.
    public var firewallWritten = false
    /// Rows of the firewall whose rules the script leaves out, by their keys and columns.
    public var firewallProblems: [String] = []
    /// `wg*.conf` files that belong to no instance that the database or the journal knows, and a firewall script that
    /// somebody else wrote; left alone.
    public var unknown: [String] = []
    /// What the files that were there told of the application; nil where the run did not come to them.
    public var learnt: LearntRecord?
    public var unknownConfigs: [String] { unknown.filter { $0 != FirewallScript.fileName } }
    /// The firewall script, if it is somebody else's.
    public var unknownScripts: [String] { unknown.filter { $0 == FirewallScript.fileName } }
    /// Whether live interfaces were brought in line with the configs.
    public var applied: Bool { notApplied == nil }
    /// Why they were not; nil where they were.
    public var notApplied: NotApplied? = .notAsked
    public var live = LiveRecord()
    /// What went wrong, with files or interfaces.
    public var errors: [String] = []

    public init() {}
}
