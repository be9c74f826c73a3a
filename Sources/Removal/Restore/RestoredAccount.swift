import ControlPlane
import Journal
import Support

/// What a restore has put back for an account.
package struct RestoredAccount: Hashable, Sendable {
    package var email: String
    /// The run that had removed it.
    package var runID: String
    /// The instances that are back, by their numbers.
    package var interfaceNumbers: [Int] = []
    /// The new numbers of instances whose own number was taken, by the old number.
    package var renumbered: [Int: Int] = [:]
    /// How many rows are back, by table.
    package var rows: [String: Int] = [:]
    /// The files that are to be put back.
    package var files: [ArchivedAccount.File] = []
    /// The rules that named its peers and are gone for good. Without them, the account may reach more than before.
    package var lostRules: Set<String> = []
    /// What is gone for good, in sentences.
    package var leftOut: [String] = []
    /// How many rows and references come back once another removed account does.
    package var waiting = 0

    init(_ archive: Journal.Archive) { (email, runID) = (archive.mailbox, archive.runID) }
}

/// Why an account was not restored. The database is unchanged then.
package enum RestoreRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// No removal of it is archived. `removedBy` is the last run that removed it.
    case notArchived(removedBy: String?)
    /// There is an archive, but of other runs.
    case otherRun(String)
    /// It is back already.
    case isThere(String)
    /// Something that belongs to others has the place of one of its rows.
    case taken(String)
    case columnGone(String)
    case tableGone(String)
    /// A row refers to one that is gone.
    case parentGone(table: String, column: String, parent: String)
    /// A rule blocks all but several peers, and only some of these exist. With these alone, it would block less.
    case exceptsSeveral(rule: String)
    /// Firewall rules that named its peers are gone. A feed asked for the restore, so no operator can check what that
    /// opens.
    case rulesGone(Int)
    /// The database did not take the rows.
    case database(String)
    case damaged

    package var description: String {
        switch self {
        case .notArchived(nil): "no run has removed this account, as far as the journal says"
        case .notArchived(let run?):
            "the run \(run) removed it, but kept nothing or no longer does: its status says that it is gone for good, the "
                + "time is over, or it was forgotten"
        case .otherRun(let run):
            "nothing is kept of a removal by the run \(run.escapedForMessage(limit: 60)); without --run, the last removal is undone"
        case .isThere(let what): "the account is there: \(what)"
        case .taken(let what): what
        case .columnGone(let column): "the database no longer has the column \(column)"
        case .tableGone(let table): "the database no longer has the table \(table)"
        case .parentGone(let table, let column, let parent):
            "a row of \(table) refers by its column \(column) to a row of \(parent) that is gone"
        case .exceptsSeveral(let rule):
            "the firewall rule \(rule.hyphenatedUUID) blocks all but several peers, and not all of these are there: restore "
                + "the other accounts first"
        case .rulesGone(let count):
            "\(count == 1 ? "a firewall rule" : "\(count) firewall rules") that named its peers \(count == 1 ? "is" : "are") gone, "
                + "and without \(count == 1 ? "it" : "them") the account may reach more than before: see the application's rules, then "
                + "restore it by hand"
        case .database(let message): "the database refused: \(message)"
        case .damaged: "what was kept in the journal cannot be read"
        }
    }
}
