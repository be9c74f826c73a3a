/// The command that a run in the journal is of. The raw values are stored there and are in the report.
package enum RunCommandName: String, Codable, Sendable {
    /// A feed, or deferred removals that were due.
    case run
    /// Accounts that an operator named.
    case remove
}
