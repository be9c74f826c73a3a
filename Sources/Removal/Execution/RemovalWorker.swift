import ControlPlane
import Feed
import GRDB
import Journal
import Support

/// The removal while it goes on: the statements it holds, what it knows of the database, how far it is.
struct RemovalWorker {
    let db: Database
    let removal: Removal
    var due: [Removal.DueAccount]
    var schema: ControlPlaneSchema
    /// nil until the schema has been looked at on this connection.
    var schemaVersion: Int32?
    var tables: TablesInUse
    var accounts: AccountsRemoval
    var journal: Journal.Writer
    private let openSavepoint: HeldStatement
    private let releaseSavepoint: HeldStatement
    private let rollBack: HeldStatement
    var sessions = SessionIndex()
    /// The state of the database that tables and sessions were looked at in.
    var lookedAt: Int64?
    private var costs = RemovalCosts()
    /// Whether something has failed lately, so that savepoints are worth what they cost.
    private var isWary = false

    private(set) var settled: [Int: AccountResult] = [:]

    /// Whether a signal ended the work before all accounts were settled.
    var wasInterrupted: Bool { settled.count < due.count && removal.surroundings.isStopRequested() }

    var sessionsRecord: SessionsRecord {
        var record = SessionsRecord()
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
        try GoneRows.createTables(db)
        accounts = try AccountsRemoval(db, schema: schema, tables)
        journal = try Journal.Writer(db)
        openSavepoint = try HeldStatement(db, sql: "SAVEPOINT accounts")
        releaseSavepoint = try HeldStatement(db, sql: "RELEASE accounts")
        rollBack = try HeldStatement(db, sql: "ROLLBACK TO accounts")
    }

    mutating func work() throws {
        try lookBeforeLocking()
        var next = 0
        while next < due.count, !removal.surroundings.isStopRequested() {
            next += try commitGroup(from: next, atMost: due.count)
            removal.surroundings.observe(.progress(done: next, of: due.count))
            if next < due.count { removal.surroundings.pause(removal.pace.pause) }
        }
        // The last commit may have gone to a file that was replaced while it was made.
        try removal.database.requireInPlace(while: Removal.operation)
    }

    // MARK: A commit

    /// Removes accounts from `start` on in one transaction, as many as the pace allows.
    ///
    /// - Returns: how many were settled; none where something has failed, and the same accounts are to be tried again with
    ///   more care, once others have had their turn.
    private mutating func commitGroup(from start: Int, atMost end: Int) throws -> Int {
        var staged: [AccountResult] = []
        // What was begun with, for the case that it takes the transaction along.
        var begun = start
        let carefully = isWary || tables.hasTriggers
        isWary = false
        do {
            try db.beginTransaction(.immediate)
            var lockedAt = uptime
            var window = start..<start + min(end - start, room(after: 0, lockedAt))
            try takeInChanges(for: window)
            lockedAt += removal.pace.uncounted(ofLook: uptime - lockedAt)
            while begun < window.upperBound, !removal.surroundings.isStopRequested() || staged.isEmpty {
                let batch = min(batch(after: staged.count, lockedAt, carefully), window.upperBound - begun)
                if batch == 0 { break }
                begun += batch
                try remove(begun - batch..<begun, carefully: carefully, lockedAt, &staged)
                begun = start + staged.count
                if begun == window.upperBound {
                    // There may be room for more than was thought, as long as nothing has to be read for it.
                    let more = begun..<begun + min(end - begun, room(after: staged.count, lockedAt))
                    guard more.allSatisfy({ due[$0].version == lookedAt }) else { break }
                    window = more
                    // Of these, only sessions may still have to be looked for.
                    try takeInChanges(for: window)
                }
            }
            try commit(staged.count)
        } catch {
            if db.isInsideTransaction { try db.rollback() }
            // Also where the database has become one that this program does not know.
            if error is DatabaseFailure || (error as? DatabaseError)?.endsTheRun == true { throw error }
            try prepareAnew()
            isWary = true
            if carefully || tables.hasTriggers || begun - start < 2 {
                return try retryOneByOne(start..<max(begun, start + 1), error)
            }
            return 0
        }
        for (offset, result) in staged.enumerated() { settled[due[start + offset].index] = result }
        return staged.count
    }

    private mutating func commit(_ accounts: Int) throws {
        removal.surroundings.observe(.checkpoint(.committing))
        try removal.database.requireInPlace(while: Removal.operation)
        let began = uptime
        try db.commit()
        costs.noteCommit(of: accounts, taking: uptime - began)
        removal.surroundings.observe(.checkpoint(.committed))
    }

    /// A commit that several accounts shared has failed for a reason that lies with one of them: each gets a
    /// transaction of its own. An account that was alone in its transaction has found its reason.
    private mutating func retryOneByOne(_ group: Range<Int>, _ error: any Error) throws -> Int {
        guard group.count > 1 else {
            settled[due[group.lowerBound].index] = AccountResult(of: due[group.lowerBound], failedWith: error)
            return 1
        }
        for index in group {
            guard !removal.surroundings.isStopRequested() else { return index - group.lowerBound }
            _ = try commitGroup(from: index, atMost: index + 1)
            removal.surroundings.pause(removal.pace.pause)
        }
        return group.count
    }

    private var uptime: Milliseconds { removal.surroundings.uptime() }

    private func room(after removed: Int, _ lockedAt: Milliseconds) -> Int {
        removal.pace.room(after: removed, lockedFor: uptime - lockedAt, costs)
    }

    // MARK: A batch

    /// However many there is room for: a signal is heeded between two batches, and what a batch took tells how large the
    /// next one may be.
    private static let mostInABatch = 20_000

    /// The same where something is likely to fail: what is rolled back for it is done again.
    private static let mostInACarefulBatch = 64

    /// How many accounts to remove together next; 0 where the commit is due.
    private func batch(after removed: Int, _ lockedAt: Milliseconds, _ carefully: Bool) -> Int {
        let room = room(after: removed, lockedAt)
        // What a trigger does for one account must not be put down to another; and a row that dangled before the run could,
        // with the rows of another account, hide one that is left dangling.
        if tables.hasTriggers || !removal.plan.danglingReferences.isEmpty { return min(room, 1) }
        if carefully { return min(room, Self.mostInACarefulBatch) }
        guard case .holdingLock = removal.pace.group else { return min(room, Self.mostInABatch) }
        // Two thirds first: then there is a measure for the rest. Statements for few are not worth their while.
        return removed > 0 && room < 16 ? 0 : min(max(room * 2 / 3, 1), Self.mostInABatch)
    }

    /// Removes accounts together.
    ///
    /// - Parameter carefully: with savepoints, so that an account which fails does not take the others along. They cost a
    ///   good part of a removal, since SQLite keeps every page anew that changes under them; so they are used only once
    ///   something has failed, and where a trigger has a say.
    private mutating func remove(
        _ batch: Range<Int>, carefully: Bool, _ lockedAt: Milliseconds, _ staged: inout [AccountResult]
    ) throws {
        let before = staged.count
        if carefully {
            try removeOrHalve(batch, lockedAt, &staged)
        } else {
            let began = uptime
            staged += try removeTogether(batch)
            costs.noteRemoval(of: batch.count, taking: uptime - began)
        }
        for _ in before..<staged.count { removal.surroundings.observe(.checkpoint(.accountRemoved)) }
    }

    /// Removes accounts in a savepoint. Where one of them fails, they are rolled back and go by halves, so that in the end it
    /// fails alone, as if they had never been together. Ends early, behind an account that is settled, where the lock was
    /// held for as long as it may be.
    private mutating func removeOrHalve(
        _ batch: Range<Int>, _ lockedAt: Milliseconds, _ staged: inout [AccountResult]
    ) throws {
        // The next one last.
        var left = [batch]
        while let range = left.popLast() {
            if room(after: staged.count, lockedAt) == 0 { return }
            try openSavepoint.run()
            do {
                let results = try removeTogether(range)
                try releaseSavepoint.run()
                staged += results
            } catch {
                try rollBackToSavepoint(after: error)
                isWary = true
                if range.count == 1 {
                    staged.append(AccountResult(of: due[range.lowerBound], failedWith: error))
                } else {
                    let middle = range.lowerBound + range.count / 2
                    left += [middle..<range.upperBound, range.lowerBound..<middle]
                }
            }
        }
    }

    /// What it has done is to be rolled back on a throw.
    private func removeTogether(_ batch: Range<Int>) throws -> [AccountResult] {
        var results = batch.map { place in resultWithoutRemoval(due[place]) }
        let places = zip(batch, results.indices).filter { results[$0.1] == nil }
        let author = AccessRestrictions.Author(runID: removal.runID, time: removal.surroundings.now())
        let records = try accounts.remove(places.map { due[$0.0].target }, sessions, author: author)
        for ((place, index), record) in zip(places, records) {
            let due = due[place]
            let result = AccountResult(
                entry: due.entry, outcome: due.notFound.isEmpty ? .removed : .partiallyRemoved, errors: due.notFound,
                removal: record)
            try journal.write(result, mailbox: due.mailbox, runID: removal.runID, at: removal.surroundings.now())
            results[index] = result
        }
        return results.compactMap { $0 }
    }

    /// The result of an account that is not there, or that a guard keeps; nil for one to remove.
    private func resultWithoutRemoval(_ due: Removal.DueAccount) -> AccountResult? {
        guard !due.target.isEmpty || !due.target.nearMatches.isEmpty else {
            return AccountResult(
                entry: due.entry, outcome: .alreadyAbsent, errors: due.notFound, removal: RemovalRecord())
        }
        guard let refusal = due.objection ?? removal.plan.guards.refusal(of: due.target, for: due.entry, due.mailbox)
        else { return nil }
        return AccountResult(entry: due.entry, outcome: .refused, errors: [refusal])
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
        accounts = try AccountsRemoval(db, schema: schema, tables)
        journal = try Journal.Writer(db)
    }
}
