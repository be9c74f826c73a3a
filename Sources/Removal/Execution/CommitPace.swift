import Support

/// How many accounts share a commit, and how long the database is left to others after it.
package struct CommitPace: Hashable, Sendable {
    package enum Group: Hashable, Sendable {
        /// As many as can be removed and committed while the write lock is held for this long.
        case holdingLock(Milliseconds)
        /// A fixed number.
        case accounts(Int)
    }

    package var group: Group
    /// SQLite's waiters poll at up to 100 ms; with a shorter pause another writer was seen to starve for a whole run.
    package var pause: Milliseconds

    package static let standard = CommitPace(group: .holdingLock(400), pause: 110)

    package init(group: Group, pause: Milliseconds) {
        self.group = group
        self.pause = pause
    }

    /// How many more accounts the commit takes.
    ///
    /// - Parameters:
    ///   - removed: accounts already in this transaction.
    ///   - lockedFor: how long the write lock has been held.
    /// - Returns: at least 1 for a transaction that has none yet, or the run would not get on.
    func room(after removed: Int, lockedFor: Milliseconds, _ costs: RemovalCosts) -> Int {
        switch group {
        case .accounts(let number): max(number - removed, removed == 0 ? 1 : 0)
        case .holdingLock(let limit):
            max(costs.accounts(within: limit - lockedFor, after: removed), removed == 0 ? 1 : 0)
        }
    }
}

extension CommitPace {
    /// How much of a look at what others have changed, made under the lock, does not count as time that the lock was held:
    /// all above three quarters of what it may be held for. On a database so large that the look takes longer, accounts would go one
    /// to a commit otherwise.
    func uncounted(ofLook time: Milliseconds) -> Milliseconds {
        switch group {
        case .accounts: 0
        case .holdingLock(let limit): max(0, time - limit * 3 / 4)
        }
    }
}

/// What accounts and commits have taken so far, and what the next ones are likely to take.
struct RemovalCosts {
    /// One account, its share of the commit left out; nil before anything is known.
    private var account: Milliseconds?
    private var commit: Milliseconds = 100
    private var accountsInCommit = 96

    /// More than an account takes on most machines, so that the first commit holds the lock no longer than the others.
    private static let unknownAccount: Milliseconds = 1

    /// How many more accounts can be removed and committed in this time.
    func accounts(within time: Milliseconds, after removed: Int) -> Int {
        let account = account ?? Self.unknownAccount
        let most = time > 0 ? Int(time / account) : 0
        // The largest that fits: longer and longer commits are gone through by halves.
        var (fitting, tooMany) = (0, most + 1)
        while tooMany - fitting > 1 {
            let more = (fitting + tooMany) / 2
            let takes = Double(more) * account + expectedCommit(of: removed + more)
            if takes <= time { fitting = more } else { tooMany = more }
        }
        return fitting
    }

    /// Twice as many accounts share many of their pages, so that their commit takes less than twice as long: between 1.4
    /// and 1.9 times, as measured on databases of 20,000 and 60,000 instances. One of fewer accounts may take as long.
    private func expectedCommit(of accounts: Int) -> Milliseconds {
        let ratio = Double(accounts) / Double(accountsInCommit)
        return ratio <= 1 ? commit : commit * ratio.squareRoot() * ratio.squareRoot().squareRoot()
    }

    mutating func noteRemoval(of accounts: Int, taking time: Milliseconds) {
        guard accounts > 0 else { return }
        let measured = max(time / Double(accounts), 0.01)
        // The last word has half the weight: a machine can become slow from one second to the next.
        account = account.map { ($0 + measured) / 2 } ?? measured
    }

    mutating func noteCommit(of accounts: Int, taking time: Milliseconds) {
        guard accounts > 0 else { return }
        (commit, accountsInCommit) = (max(time, 1), accounts)
    }
}
