import Journal
import Support
import WireGuard

/// `report.html` of one run: the report for people.
struct ReportPage: AccountsPage {
    let record: RunRecord
    let summary: ReportSummary
    let selection: PageSelection
    let room: Int

    init(
        record: RunRecord, summary: ReportSummary, selection: PageSelection, room: Int = mostAccountsOfAPage
    ) {
        (self.record, self.summary, self.selection, self.room) = (record, summary, selection, room)
    }

    var runID: String { record.id }
    var isRehearsal: Bool { record.isRehearsal }
    var programVersion: String { record.programVersion }
    var startedAt: UTCTime { record.startedAt }
    var configsWritten: Int { record.configs.written.count }
    var configsDeleted: Int { record.configs.deleted.count }
}

extension Outcome {
    /// The outcome as people write it.
    var label: String { rawValue.replacing("_", with: " ") }

    /// Whether some part of the account was removed.
    var changes: Bool {
        switch self {
        case .removed, .partiallyRemoved: true
        case .alreadyAbsent, .skipped, .duplicate, .invalid, .refused, .failed, .unprocessed: false
        }
    }

    /// The meaning in a few words, for the page.
    var meaning: String {
        switch self {
        case .removed: "instance and user existed and are gone"
        case .partiallyRemoved: "something existed and is gone, something was not found"
        case .alreadyAbsent: "nothing was found"
        case .skipped: "not due by status or date"
        case .duplicate: "another entry is about the same account"
        case .invalid: "the entry is unusable"
        case .refused: "blocked by a guard"
        case .failed: "the database refused it; rolled back completely"
        case .unprocessed: "the run ended before it"
        }
    }
}
