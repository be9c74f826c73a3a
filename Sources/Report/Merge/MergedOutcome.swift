import Journal

/// What one account comes to where several hosts have an outcome for it.
extension Outcome {
    /// The outcome of the account where one host says `self` and another says `other`. In whatever order, grouping or
    /// number hosts are merged, the result is the same.
    ///
    /// - What was removed on one host and found absent on another is removed.
    /// - What one host has not done outranks what the others have: billing must not take an account for ended while a host
    ///   still has it. Of such outcomes the one that trying again helps least wins: `invalid` over `refused` over `failed`
    ///   over `unprocessed`.
    /// - `skipped` and `duplicate` come from the feed, which is the same everywhere; hosts can still differ where an entry
    ///   fell due between two runs. Then a host may have left in place what another removed: `unprocessed`, and the next
    ///   run settles it.
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

    /// Whether the feed alone leads to it, so that a host which did not report would have said the same.
    var isDecidedByTheFeed: Bool {
        switch self {
        case .skipped, .duplicate, .invalid: true
        case .removed, .partiallyRemoved, .alreadyAbsent, .refused, .failed, .unprocessed: false
        }
    }
}
