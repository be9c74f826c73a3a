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

    /// - Parameters:
    ///   - removed: accounts already in this transaction.
    ///   - lockedFor: how long the write lock has been held.
    ///   - commitTakes: how long the last commit took; the lock is held for that as well.
    func allowsAnother(after removed: Int, lockedFor: Milliseconds, commitTakes: Milliseconds) -> Bool {
        switch group {
        case .holdingLock(let limit): lockedFor + commitTakes < limit
        case .accounts(let number): removed < number
        }
    }
}
