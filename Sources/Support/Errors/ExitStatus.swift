/// The exit statuses of `wg-reconcile`. From 64 on they have the meanings of BSD's `sysexits.h`.
package enum ExitStatus: Int32, CaseIterable, Sendable {
    case success = 0
    case attentionNeeded = 1
    case stoppedByGuard = 2
    case usage = 64
    case feedNotWhole = 65
    case feedMissing = 66
    case databaseUnusable = 69
    case reportNotWritten = 73
    case inputOutput = 74
    case busy = 75
    case notPermitted = 77
    case configurationWrong = 78

    /// The line of `--help` that explains this status. The README says what to do.
    package var meaning: String {
        switch self {
        case .success:
            "every entry is removed, partially removed, already absent, skipped or a duplicate"
        case .attentionNeeded:
            "an entry is invalid, refused, failed or unprocessed, the tunnel of a removed account is still up or could "
                + "not be seen, a worker that is online has not followed, configurations or live interfaces had errors, or the index of "
                + "the reports cannot be written; see the report"
        case .stoppedByGuard: "a guard stopped the run; nothing (more) was removed"
        case .usage: "wrong usage"
        case .feedNotWhole: "the feed is incomplete or malformed; nothing was touched"
        case .feedMissing: "the feed is missing"
        case .databaseUnusable: "the database is missing, corrupt, or not one of wireguard_webadmin"
        case .reportNotWritten: "the report, or the file of metrics, cannot be written"
        case .inputOutput: "input/output error, or the disk is full"
        case .busy: "the database is locked or busy; try again"
        case .notPermitted: "not permitted, or read-only"
        case .configurationWrong: "the configuration is wrong"
        }
    }
}
