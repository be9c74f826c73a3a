import Support

/// How many accounts share a commit, and how long to pause after it so that others can use the database.
package struct CommitPace: Hashable, Sendable {
    package enum Group: Hashable, Sendable {
        /// As many as can be removed and committed while the write lock is held for at most this long. The first limit
        /// applies while other programs write, the second while the database is quiet.
        case holdingLock(Milliseconds, whenQuiet: Milliseconds)
        /// A fixed number.
        case accounts(Int)
    }

    package var group: Group
    /// SQLite's waiters poll at intervals of up to 100 ms. With a shorter pause, another writer was seen to starve for
    /// a whole run.
    package var pause: Milliseconds

    /// Django waits five seconds for a lock before it gives up.
    package static let standard = CommitPace(group: .holdingLock(400, whenQuiet: 1_900), pause: 110)

    /// The database counts as quiet once no other program has written to it for this long.
    package static let quietAfter: Milliseconds = 5_000

    package init(group: Group, pause: Milliseconds) {
        self.group = group
        self.pause = pause
    }

    /// How long the database still counts as busy after a write at this time.
    ///
    /// - Parameter lastWritten: nil where the time is unknown. A time after `now` is one of a clock that was set.
    package static func quietIn(after lastWritten: UTCTime?, at now: UTCTime) -> Milliseconds {
        guard let lastWritten else { return quietAfter }
        let age =
            (Milliseconds(now.seconds) - Milliseconds(lastWritten.seconds)) * 1_000
            + Milliseconds(now.nanoseconds - lastWritten.nanoseconds) / 1_000_000
        return min(max(quietAfter - age, 0), quietAfter)
    }

    /// How many more accounts fit into the commit.
    ///
    /// - Parameters:
    ///   - removed: accounts already removed in this transaction.
    ///   - lockedFor: how long the write lock has been held.
    ///   - isQuiet: whether no other program writes to the database.
    /// - Returns: at least 1 if the transaction has no accounts yet, so that the run makes progress.
    func room(after removed: Int, lockedFor: Milliseconds, isQuiet: Bool, _ costs: RemovalCosts) -> Int {
        switch group {
        case .accounts(let number): max(number - removed, removed == 0 ? 1 : 0)
        case .holdingLock(let busy, let quiet):
            // An estimate that is wrong must not keep anybody waiting for several times the limit.
            max(
                costs.accounts(within: (isQuiet && costs.areMeasured ? quiet : busy) - lockedFor, after: removed),
                removed == 0 ? 1 : 0)
        }
    }
}

extension CommitPace {
    /// The part of the time spent re-reading others' changes under the lock that does not count as lock time:
    /// everything above three quarters of the limit. Otherwise, on a database so large that re-reading takes longer,
    /// each commit would hold only one account.
    func uncounted(ofLook time: Milliseconds) -> Milliseconds {
        switch group {
        case .accounts: 0
        // Only somebody else's changes are looked at.
        case .holdingLock(let limit, _): max(0, time - limit * 3 / 4)
        }
    }
}

/// How long accounts and commits have taken so far, and an estimate for the next ones.
struct RemovalCosts {
    /// The time for one account, without its share of the commit; nil before the first measurement.
    private var account: Milliseconds?
    /// Whether an account was removed yet.
    var areMeasured: Bool { account != nil }
    private var commit: Milliseconds = 100
    private var accountsInCommit = 96

    /// More than an account takes on most machines, so that the first commit does not hold the lock longer than the
    /// others.
    private static let unknownAccount: Milliseconds = 1

    /// How many more accounts can be removed and committed in this time.
    func accounts(within time: Milliseconds, after removed: Int) -> Int {
        let account = account ?? Self.unknownAccount
        let most = time > 0 ? Int(time / account) : 0
        // Binary search for the largest number that fits.
        var (fitting, tooMany) = (0, most + 1)
        while tooMany - fitting > 1 {
            let more = (fitting + tooMany) / 2
            let takes = Double(more) * account + expectedCommit(of: removed + more)
            if takes <= time { fitting = more } else { tooMany = more }
        }
        return fitting
    }

    /// Twice as many accounts share many of their pages, so their commit takes less than twice as long: 1.4 to 1.9
    /// times, as measured on databases of 20,000 and 60,000 instances. A commit of fewer accounts is expected to take
    /// as long as the last one.
    private func expectedCommit(of accounts: Int) -> Milliseconds {
        let ratio = Double(accounts) / Double(accountsInCommit)
        return ratio <= 1 ? commit : commit * ratio.squareRoot() * ratio.squareRoot().squareRoot()
    }

    mutating func noteRemoval(of accounts: Int, taking time: Milliseconds) {
        guard accounts > 0 else { return }
        let measured = max(time / Double(accounts), 0.01)
        // The newest measurement has half the weight, because a machine can become slow within a second.
        account = account.map { ($0 + measured) / 2 } ?? measured
    }

    mutating func noteCommit(of accounts: Int, taking time: Milliseconds) {
        guard accounts > 0 else { return }
        (commit, accountsInCommit) = (max(time, 1), accounts)
    }
}
