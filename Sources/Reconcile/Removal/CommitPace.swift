/// Milliseconds, of a duration or of an uptime.
public typealias Milliseconds = Double

/// How many accounts share a commit, and how long the database is left to others after it.
public struct CommitPace: Hashable, Sendable {
    public enum Group: Hashable, Sendable {
        /// As many as can be removed and committed while the write lock is held for this long.
        case holdingLock(Milliseconds)
        /// A fixed number.
        case accounts(Int)
    }

    public var group: Group
    /// SQLite's waiters poll at up to 100 ms; with a shorter pause another writer was seen to starve for a whole run.
    public var pause: Milliseconds

    public static let standard = CommitPace(group: .holdingLock(400), pause: 110)

    public init(group: Group, pause: Milliseconds) {
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

/// What accounts and commits have taken so far, and what the next ones are likely to take.
struct RemovalCosts {
    /// One account, its share of the commit left out. Before anything is known, more than it takes on most machines.
    private var account: Milliseconds = 4
    private var commit: Milliseconds = 100
    private var accountsInCommit = 64

    /// How many more accounts can be removed and committed in this time.
    func accounts(within time: Milliseconds, after removed: Int) -> Int {
        // A commit takes longer the more accounts it has, though less than twice as long for twice as many: they share
        // pages. One of fewer accounts may take as long.
        let share = commit / Double(accountsInCommit)
        let left = time - max(commit, share * Double(removed))
        guard left > 0 else { return 0 }
        let free = max(0, accountsInCommit - removed)
        let more = Int(left / account)
        if more <= free { return more }
        return free + max(0, Int((left - Double(free) * account) / (account + share)))
    }

    mutating func noteRemoval(of accounts: Int, taking time: Milliseconds) {
        guard accounts > 0 else { return }
        // The last word has half the weight: a machine can become slow from one second to the next.
        account = (account + max(time / Double(accounts), 0.01)) / 2
    }

    mutating func noteCommit(of accounts: Int, taking time: Milliseconds) {
        guard accounts > 0 else { return }
        (commit, accountsInCommit) = (max(time, 1), accounts)
    }
}
