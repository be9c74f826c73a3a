import ControlPlane
import Feed
import GRDB
import Journal

// What others change while the run goes on.
extension RemovalWorker {
    /// How many sessions are decoded in one read transaction, during which nobody else can commit: some 100 ms.
    private static let sessionsInATransaction = 25_000

    /// Reads and decodes the sessions before the write lock is taken for the first time, so that it is not held for that;
    /// what changes in between is found inside.
    mutating func lookBeforeLocking() throws {
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
        // Where something has changed in between, or not all were read, this was only a preparation.
        lookedAt = versions.count == 1 && row == nil ? versions.first : nil
    }

    /// Takes in the accounts of `window`, the tables and the sessions as they are now. Has to run inside the transaction that
    /// removes these accounts, and before anything of it is removed.
    ///
    /// Where nothing has changed it costs nothing; else a pass over the names and one over the sessions. An application that
    /// is in use changes something between any two commits, so this is made to be done under the lock.
    mutating func takeInChanges(for window: Range<Int>) throws {
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
            // Where this is cut short, whoever tries again has to look again.
            lookedAt = nil
            try sessions.update(from: db, for: usersToRemove)
        }
        lookedAt = version
    }

    /// The users of the accounts that are still to be removed, as far as they are known.
    private var usersToRemove: Set<Int64> {
        var users: Set<Int64> = []
        for account in due where settled[account.index] == nil { users.formUnion(account.target.users.map(\.id)) }
        return users
    }

    /// What has come to an account since the plan was made goes with it, unless that would get round a guard: an
    /// approval is for exactly what was looked at, and a limit is for what is removed in the end.
    private func objection(toGrowthOf account: Removal.DueAccount) throws -> String? {
        guard account.target != account.planned else { return nil }
        let guards = removal.guards
        if let approved = guards.approvedContent(of: removal.plan) {
            let content = try PlanContent(of: [(account.mailbox, account.target)], in: db)
            return content.withoutRules.isPart(of: approved)
                ? nil : "the account has changed since its removal was approved; look at a new plan"
        }
        guard account.target.instances.count > account.planned.instances.count else { return nil }
        let extent = removal.plan.extent
        let planned = due.reduce(0) { $0 + $1.planned.instances.count }
        let now = due.reduce(0) { $0 + $1.target.instances.count }
        // What has come to it since is one more of all instances, too.
        return guards.massRemoval.allows(
            instances: extent.recentInstances + now, of: extent.allInstances + max(0, now - planned))
            ? nil : "instances have come to the account since the plan was made, and would exceed --max-share"
    }

    /// A table that refers to accounts may have appeared since the schema was read, and one that was empty may hold
    /// something. Has to run while this run has nothing uncommitted.
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
