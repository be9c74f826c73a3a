/// The result of a feed entry. Every entry has exactly one.
package enum Outcome: String, CaseIterable, Sendable, Codable {
    /// Instance and user existed and are gone.
    case removed
    /// Something was removed, and something else was not found or a tunnel is still up.
    case partiallyRemoved = "partially_removed"
    /// Nothing of the account existed. Not a failure.
    case alreadyAbsent = "already_absent"
    /// According to its status or date, the account is not due.
    case skipped
    /// Another entry of the feed names the same account, and that entry counts.
    case duplicate
    /// The entry is unusable.
    case invalid
    /// Blocked by a guard.
    case refused
    /// The database refused this account's removal, and all of it was rolled back.
    case failed
    /// The run stopped before this entry.
    case unprocessed

    /// The HTTP status that billing uses for this outcome.
    package var statusCode: Int {
        switch self {
        case .removed, .skipped, .duplicate: 200
        case .partiallyRemoved, .alreadyAbsent: 207
        case .invalid: 400
        case .refused: 409
        case .failed: 500
        case .unprocessed: 503
        }
    }

    /// Whether nothing of the account is left to remove, according to the database.
    package var isDone: Bool {
        switch self {
        case .removed, .partiallyRemoved, .alreadyAbsent: true
        case .skipped, .duplicate, .invalid, .refused, .failed, .unprocessed: false
        }
    }

    /// Whether the report leaves out what was removed, because all of it was rolled back. A merged result may still
    /// hold what other hosts removed.
    package var isRolledBack: Bool {
        switch self {
        case .failed: true
        case .removed, .partiallyRemoved, .alreadyAbsent, .skipped, .duplicate, .invalid, .refused, .unprocessed: false
        }
    }

    /// Whether the entry needs attention. If any does, the run exits with 1.
    package var needsAttention: Bool {
        switch self {
        case .invalid, .refused, .failed, .unprocessed: true
        case .removed, .partiallyRemoved, .alreadyAbsent, .skipped, .duplicate: false
        }
    }
}
