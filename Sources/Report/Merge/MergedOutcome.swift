import Journal

/// Merges the outcomes that several hosts have for one account.
extension Outcome {
    /// The outcome of the account where one host has `self` and another has `other`. The result does not depend on the
    /// order, grouping or number of hosts.
    ///
    /// - Removed on one host and absent on another is removed.
    /// - A host that has not done its part outranks those that have: billing must not take an account as ended while a
    ///   host still has it. Among such outcomes the one that a retry helps least wins: `invalid` over `refused` over
    ///   `failed` over `unprocessed`.
    /// - `skipped` and `duplicate` come from the feed, which is the same everywhere. Hosts can still differ where an
    ///   entry fell due between two runs. Then one host may have left in place what another removed. That is
    ///   `unprocessed`, and the next run settles it.
    func merged(with other: Outcome) -> Outcome {
        switch (self, other) {
        case (.invalid, _), (_, .invalid): .invalid
        case (.refused, _), (_, .refused): .refused
        case (.failed, _), (_, .failed): .failed
        case (.unprocessed, _), (_, .unprocessed): .unprocessed
        case (.skipped, .skipped): .skipped
        case (.duplicate, .duplicate): .duplicate
        case (.skipped, _), (_, .skipped), (.duplicate, _), (_, .duplicate): .unprocessed
        case (.removed, _), (_, .removed): .removed
        case (.partiallyRemoved, _), (_, .partiallyRemoved): .partiallyRemoved
        case (.alreadyAbsent, .alreadyAbsent): .alreadyAbsent
        }
    }

    /// Whether the outcome depends on the feed alone, so that a host which did not report would have reported the same.
    var isDecidedByTheFeed: Bool {
        switch self {
        case .skipped, .duplicate, .invalid: true
        case .removed, .partiallyRemoved, .alreadyAbsent, .refused, .failed, .unprocessed: false
        }
    }
}
