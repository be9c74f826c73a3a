import ControlPlane
import Feed
import GRDB
import Journal

// Changes that others make during the run.
extension RemovalWorker {
    /// How many sessions one read transaction decodes. It takes about 100 ms, during which nobody else can commit.
    private static let sessionsInATransaction = 25_000

    /// Prefetches and decodes the sessions before the write lock is first taken, so that the lock is not held for that.
    /// Changes made in between are found under the lock.
    mutating func prefetch() throws {
        var versions: Set<Int64> = []
        var row: Int64?
        try db.inTransaction(.deferred) {
            versions.insert(try db.dataVersion())
            try takeInSchema()
            return .commit
        }
        sessions.begin(for: usersToRemove)
        repeat {
            try db.inTransaction(.deferred) {
                versions.insert(try db.dataVersion())
                row = try sessions.take(from: db, after: row, atMost: Self.sessionsInATransaction)
                return .commit
            }
        } while row != nil && !removal.surroundings.isStopRequested()
        // If anything changed in between, or not everything was read, this was only a prefetch.
        lookedAt = versions.count == 1 && row == nil ? versions.first : nil
    }

    /// Re-reads the accounts of `window`, the tables and the sessions. Call this inside the transaction that removes
    /// these accounts, before any of them is removed.
    ///
    /// If nothing has changed, this costs nothing. Otherwise it takes one pass over the names and one over the
    /// sessions. An application in use changes something between any two commits, so this has to be fast enough to run
    /// under the lock.
    mutating func refresh(for window: Range<Int>) throws {
        let version = try db.dataVersion()
        if version != lookedAt { try takeInSchema() }
        let stale = window.filter { due[$0].version != version }
        if !stale.isEmpty {
            let names = Set(stale.map { NearSpelling.hash(of: due[$0].entry.email) })
            let directory = try AccountDirectory(
                reading: db, hashed: names, matchingUsernames: removal.plan.guards.matchesUsernames)
            for index in stale {
                due[index].target = directory.target(of: due[index].mailbox)
                due[index].version = version
            }
            for index in stale { due[index].objection = try objection(toGrowthOf: due[index]) }
        }
        if version != lookedAt || !sessions.know(window.flatMap { due[$0].target.users.map(\.id) }) {
            // If this is interrupted, the next attempt has to re-read.
            lookedAt = nil
            try sessions.update(from: db, for: usersToRemove)
        }
        lookedAt = version
    }

    /// The known users of the accounts that are still to be removed.
    private var usersToRemove: Set<Int64> {
        var users: Set<Int64> = []
        for account in due where settled[account.index] == nil { users.formUnion(account.target.users.map(\.id)) }
        return users
    }

    /// Why what was added to an account since the plan was made must not be removed with it; nil if it may be. An
    /// approval covers exactly the plan that the operator saw, and a limit covers what is removed in the end.
    private func objection(toGrowthOf account: Removal.DueAccount) throws -> String? {
        guard account.target != account.planned else { return nil }
        let guards = removal.guards
        if let approved = guards.approvedContent(of: removal.plan) {
            let content = try PlanContent(of: [(account.mailbox, account.target)], in: db)
            return content.withoutRules.isPart(of: approved)
                ? nil : "the account has changed since its removal was approved; make a new plan and look at it"
        }
        guard account.target.instances.count > account.planned.instances.count else { return nil }
        let extent = removal.plan.extent
        let planned = due.reduce(0) { $0 + $1.planned.instances.count }
        let now = due.reduce(0) { $0 + $1.target.instances.count }
        // Added instances also count towards the total.
        return guards.massRemoval.allows(
            instances: extent.recentInstances + now, of: extent.allInstances + max(0, now - planned))
            ? nil : "instances were added to the account since the plan was made, and would exceed --max-share"
    }

    /// Re-reads the schema. Since the last time, a table that refers to accounts may have been created, and an empty
    /// table may have been filled. Call this while this run has nothing uncommitted.
    private mutating func takeInSchema() throws {
        let version = try db.schemaVersion()
        let isNew = version != schemaVersion
        if isNew {
            schema = try ControlPlaneSchema(
                of: db, at: removal.database.path, accepting: removal.database.acceptedColumns)
        }
        let tables = try TablesInUse(db, schema: schema)
        if !isNew && tables == self.tables { return }
        (self.tables, schemaVersion) = (tables, version)
        try prepareAnew()
    }
}
