import GRDB

// What changes while the run goes on.
extension RemovalWorker {
    /// Refreshes before the write lock is taken, so that the lock is not held for it; what still slips in between is
    /// found inside.
    mutating func refreshBeforeLocking() throws {
        if knownVersion == nil {
            try db.inTransaction(.deferred) {
                if try db.dataVersion() == removal.plan.dataVersion {
                    try refreshSchema()
                    try sessions.update(from: db)
                    knownVersion = removal.plan.dataVersion
                } else {
                    try refresh()
                }
                return .commit
            }
        } else if try db.dataVersion() != knownVersion {
            try db.inTransaction(.deferred) {
                try refresh()
                return .commit
            }
        }
    }

    /// Takes in the accounts' rows and the sessions as they are now. Has to run inside a transaction.
    mutating func refresh() throws {
        knownVersion = try db.dataVersion()
        try refreshSchema()
        try sessions.update(from: db)
        let directory = try AccountDirectory(reading: db)
        for index in due.indices where settled[due[index].index] == nil {
            due[index].target = directory.target(of: due[index].mailbox)
        }
        for index in due.indices where settled[due[index].index] == nil {
            due[index].objection = try objection(toGrowthOf: due[index])
        }
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
        let instances = due.reduce(0) { $0 + $1.target.instances.count }
        return guards.massRemoval.allows(instances: instances, of: removal.plan.instanceCount)
            ? nil : "instances have come to the account since the plan was made, and would exceed --max-share"
    }

    /// A table that refers to accounts may have appeared since the schema was read.
    private mutating func refreshSchema() throws {
        schema = try ControlPlaneSchema(of: db, at: removal.database.path)
        tables = try TablesInUse(db, schema: schema)
        try prepareAnew()
    }
}
