/// How an entry of the feed ended. Every entry ends in exactly one.
package enum Outcome: String, CaseIterable, Sendable, Codable {
    /// Instance and user were there and are gone.
    case removed
    /// Something was there and is gone, and something was not found (or a tunnel is still up).
    case partiallyRemoved = "partially_removed"
    /// Nothing was there. Not a failure.
    case alreadyAbsent = "already_absent"
    /// Status or date says that the account is not due.
    case skipped
    /// The same account stands elsewhere in the feed, and that entry counts.
    case duplicate
    /// The entry is unusable.
    case invalid
    /// A guard said no.
    case refused
    /// The database said no to this account; it was rolled back whole.
    case failed
    /// The run stopped before it.
    case unprocessed

    /// The HTTP status that billing knows this outcome by.
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

    /// Whether nothing of the account is left to remove, as far as the database tells.
    package var isDone: Bool {
        switch self {
        case .removed, .partiallyRemoved, .alreadyAbsent: true
        case .skipped, .duplicate, .invalid, .refused, .failed, .unprocessed: false
        }
    }

    /// Whether a person has to look at this entry; it is what makes a run exit with 1.
    package var needsAPerson: Bool {
        switch self {
        case .invalid, .refused, .failed, .unprocessed: true
        case .removed, .partiallyRemoved, .alreadyAbsent, .skipped, .duplicate: false
        }
    }
}
