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
    func merged(with other: Outcome) -> Outcome { Self.mergeTable[position][other.position] }

    /// Rows and columns in the order of ``Outcome/allCases``.
    private static let mergeTable: [[Outcome]] = {
        let (rem, par, abs) = (Outcome.removed, Outcome.partiallyRemoved, Outcome.alreadyAbsent)
        let (ski, dup, inv) = (Outcome.skipped, Outcome.duplicate, Outcome.invalid)
        let (ref, fai, unp) = (Outcome.refused, Outcome.failed, Outcome.unprocessed)
        return [
            // rem  par  abs  ski  dup  inv  ref  fai  unp
            [rem, rem, rem, unp, unp, inv, ref, fai, unp],  // rem
            [rem, par, par, unp, unp, inv, ref, fai, unp],  // par
            [rem, par, abs, unp, unp, inv, ref, fai, unp],  // abs
            [unp, unp, unp, ski, unp, inv, ref, fai, unp],  // ski
            [unp, unp, unp, unp, dup, inv, ref, fai, unp],  // dup
            [inv, inv, inv, inv, inv, inv, inv, inv, inv],  // inv
            [ref, ref, ref, ref, ref, inv, ref, ref, ref],  // ref
            [fai, fai, fai, fai, fai, inv, ref, fai, fai],  // fai
            [unp, unp, unp, unp, unp, inv, ref, fai, unp],  // unp
        ]
    }()

    /// Whether the outcome depends on the feed alone, so that a host which did not report would have reported the same.
    var isDecidedByTheFeed: Bool {
        switch self {
        case .skipped, .duplicate, .invalid: true
        case .removed, .partiallyRemoved, .alreadyAbsent, .refused, .failed, .unprocessed: false
        }
    }
}
