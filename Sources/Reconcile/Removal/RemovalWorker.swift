import GRDB

/// The removal while it goes on: the statements it holds, what it knows of the database, how far it is.
struct RemovalWorker {
    let db: Database
    let removal: Removal
    var due: [Removal.DueAccount]
    var schema: ControlPlaneSchema
    var tables: TablesInUse
    var account: AccountRemoval
    var journal: Journal.Writer
    private let openSavepoint: HeldStatement
    private let releaseSavepoint: HeldStatement
    private let rollBack: HeldStatement
    var sessions = SessionIndex()
    /// nil until the sessions have been read.
    var knownVersion: Int64?
    private var commitDuration: Milliseconds = 100

    private(set) var settled: [Int: AccountResult] = [:]

    /// Whether a signal ended the work before all accounts were settled.
    var wasInterrupted: Bool { settled.count < due.count && removal.surroundings.isStopRequested() }

    var sessionsRecord: RunRecord.SessionsRecord {
        var record = RunRecord.SessionsRecord()
        record.examined = sessions.examined
        record.unreadable = sessions.unreadable
        record.removed = settled.values.reduce(0) { $0 + ($1.removal?.rows["django_session"] ?? 0) }
        return record
    }

    init(_ db: Database, _ removal: Removal, _ due: [Removal.DueAccount]) throws {
        self.db = db
        self.removal = removal
        self.due = due
        schema = removal.database.schema
        tables = .unknown
        account = try AccountRemoval(db, schema: schema, tables)
        journal = try Journal.Writer(db)
        openSavepoint = try HeldStatement(db, sql: "SAVEPOINT account")
        releaseSavepoint = try HeldStatement(db, sql: "RELEASE account")
        rollBack = try HeldStatement(db, sql: "ROLLBACK TO account")
    }

    mutating func work() throws {
        var next = 0
        while next < due.count, !removal.surroundings.isStopRequested() {
            let group = try commitGroup(from: next, atMost: due.count)
            next += group
            removal.surroundings.observe(.progress(done: next, of: due.count))
            if next < due.count { removal.surroundings.pause(removal.pace.pause) }
        }
    }

    /// Removes accounts from `start` on in one transaction, as many as the pace allows.
    ///
    /// - Returns: how many were settled.
    private mutating func commitGroup(from start: Int, atMost end: Int) throws -> Int {
        try refreshBeforeLocking()
        var staged: [AccountResult] = []
        do {
            try db.beginTransaction(.immediate)
            let lockedAt = removal.surroundings.uptime()
            if try db.dataVersion() != knownVersion { try refresh() }
            repeat {
                try removeTogether(from: start, atMost: end, lockedAt: lockedAt, &staged)
            } while mayGoOn(from: start, atMost: end, lockedAt: lockedAt, staged)
            removal.surroundings.observe(.checkpoint(.committing))
            let commitBegan = removal.surroundings.uptime()
            try db.commit()
            commitDuration = removal.surroundings.uptime() - commitBegan
            removal.surroundings.observe(.checkpoint(.committed))
        } catch {
            if db.isInsideTransaction { try db.rollback() }
            if let error = error as? DatabaseError, error.endsTheRun { throw error }
            return try retryOneByOne(from: start, through: min(start + staged.count, end - 1), error)
        }
        for (offset, result) in staged.enumerated() { settled[due[start + offset].index] = result }
        return staged.count
    }

    /// A commit that several accounts shared has failed for a reason that lies with one of them: each gets a
    /// transaction of its own. An account that was alone in its transaction has found its reason.
    private mutating func retryOneByOne(from start: Int, through last: Int, _ error: any Error) throws -> Int {
        guard last > start else {
            settled[due[start].index] = failure(due[start], error)
            return 1
        }
        for index in start...last {
            guard !removal.surroundings.isStopRequested() else { return index - start }
            _ = try commitGroup(from: index, atMost: index + 1)
            removal.surroundings.pause(removal.pace.pause)
        }
        return last - start + 1
    }

    private func mayGoOn(from start: Int, atMost end: Int, lockedAt: Milliseconds, _ staged: [AccountResult]) -> Bool {
        start + staged.count < end && !removal.surroundings.isStopRequested()
            && removal.pace.allowsAnother(
                after: staged.count, lockedFor: removal.surroundings.uptime() - lockedAt, commitTakes: commitDuration)
    }

    /// A savepoint costs a good part of an account's removal, since SQLite keeps every page anew that changes under it.
    private static let accountsInASavepoint = 16

    /// Removes a few accounts in one savepoint. Where one of them fails, which is rare, all of these are rolled back and
    /// each is removed in a savepoint of its own, as if they had never been together.
    private mutating func removeTogether(
        from start: Int, atMost end: Int, lockedAt: Milliseconds, _ staged: inout [AccountResult]
    ) throws {
        let before = staged.count
        var atHand = start + before
        try openSavepoint.run()
        do {
            repeat {
                atHand = start + staged.count
                staged.append(try remove(due[atHand]))
                removal.surroundings.observe(.checkpoint(.accountRemoved))
            } while staged.count - before < Self.accountsInASavepoint
                && mayGoOn(from: start, atMost: end, lockedAt: lockedAt, staged)
            try releaseSavepoint.run()
        } catch {
            try rollBackToSavepoint(after: error)
            staged.removeSubrange(before...)
            for index in start + before...atHand {
                staged.append(try removeInSavepoint(due[index]))
                removal.surroundings.observe(.checkpoint(.accountRemoved))
            }
        }
    }

    // MARK: One account

    private mutating func removeInSavepoint(_ due: Removal.DueAccount) throws -> AccountResult {
        try openSavepoint.run()
        do {
            let result = try remove(due)
            try releaseSavepoint.run()
            return result
        } catch {
            try rollBackToSavepoint(after: error)
            return failure(due, error)
        }
    }

    /// Has to run in a savepoint that is rolled back on a throw.
    private func remove(_ due: Removal.DueAccount) throws -> AccountResult {
        guard !due.target.isEmpty else {
            return AccountResult(
                entry: due.entry, outcome: .alreadyAbsent, errors: due.notFound, removal: RemovalRecord())
        }
        if let refusal = due.objection ?? removal.plan.guards.refusal(of: due.target, for: due.entry, due.mailbox) {
            return AccountResult(entry: due.entry, outcome: .refused, errors: [refusal])
        }
        let record = try account.remove(due.target, sessions: sessions)
        let result = AccountResult(
            entry: due.entry, outcome: due.notFound.isEmpty ? .removed : .partiallyRemoved, errors: due.notFound,
            removal: record)
        try journal.write(result, mailbox: due.mailbox, runID: removal.runID, at: removal.surroundings.now())
        return result
    }

    /// - Throws: the error, where nothing is left to roll back to, or where it ends the run.
    private mutating func rollBackToSavepoint(after error: any Error) throws {
        if let error = error as? DatabaseError, error.endsTheRun { throw error }
        try prepareAnew()
        // A trigger's RAISE(ROLLBACK) takes the whole transaction along, savepoint and other accounts included.
        guard db.isInsideTransaction else { throw error }
        try rollBack.run()
        try releaseSavepoint.run()
    }

    /// A statement that has failed says so once more when it is used the next time (`sqlite3_reset` returns the error
    /// of the last step, and GRDB throws it), which would fail the next account for the fault of this one.
    mutating func prepareAnew() throws {
        account = try AccountRemoval(db, schema: schema, tables)
        journal = try Journal.Writer(db)
    }

    private func failure(_ due: Removal.DueAccount, _ error: any Error) -> AccountResult {
        switch error {
        case AccountRemoval.Refusal.refused(let reason):
            AccountResult(entry: due.entry, outcome: .refused, errors: [reason])
        case AccountRemoval.Refusal.danglingReferences(let table):
            AccountResult(
                entry: due.entry, outcome: .failed,
                errors: ["deleting from \(table) would leave references to it dangling; rolled back"])
        case AccountRemoval.Refusal.rowsRemain(let table):
            AccountResult(
                entry: due.entry, outcome: .failed,
                errors: ["a row of \(table) was still there after it was deleted; rolled back"])
        case let error as DatabaseError:
            AccountResult(
                entry: due.entry, outcome: .failed,
                errors: [
                    "the database refused: \(error.message ?? "error \(error.extendedResultCode.rawValue)"); rolled back"
                ])
        default:
            AccountResult(entry: due.entry, outcome: .failed, errors: ["\(error); rolled back"])
        }
    }
}
