import ControlPlane
import Feed
import GRDB
import Journal
import Support

/// The state of a removal in progress: its statements, what it has read from the database, and the results so far.
struct RemovalWorker {
    let db: Database
    let removal: Removal
    var due: [Removal.DueAccount]
    var schema: ControlPlaneSchema
    /// nil until the schema has been read on this connection.
    var schemaVersion: Int32?
    var tables: TablesInUse
    var accounts: AccountsRemoval
    var journal: Journal.Writer
    private let openSavepoint: HeldStatement
    private let releaseSavepoint: HeldStatement
    private let rollBack: HeldStatement
    var sessions = SessionIndex()
    /// The state of the database in which tables and sessions were read.
    var lookedAt: Int64?
    /// Until when somebody else counts as at work, by the uptime.
    private var busyUntil: Milliseconds
    /// The state of the database at the last look for others' changes.
    private var lastVersion: Int64?
    private var costs = RemovalCosts()
    private var mode = Mode.together

    /// How the next transaction removes its accounts.
    private enum Mode {
        /// Many accounts with one statement per table. If one fails, the transaction is rolled back.
        case together
        /// Each account in a savepoint. If one fails, the others in the transaction are still removed. This takes
        /// several times as long, so it is used only for the accounts of a transaction that failed. They end before
        /// this index.
        case separately(before: Int)
    }

    private(set) var settled: [Int: AccountResult] = [:]

    /// Whether a signal ended the work before every account had a result.
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
        busyUntil = removal.surroundings.uptime() + removal.quietIn
        try RowsToDelete.createTables(db)
        accounts = try AccountsRemoval(db, schema: schema, tables, archives: removal.archive.days > 0)
        journal = try Journal.Writer(db)
        openSavepoint = try HeldStatement(db, sql: "SAVEPOINT accounts")
        releaseSavepoint = try HeldStatement(db, sql: "RELEASE accounts")
        rollBack = try HeldStatement(db, sql: "ROLLBACK TO accounts")
    }

    mutating func work() throws {
        try lookForOthers()
        try prefetch()
        var next = 0
        while next < due.count, !removal.surroundings.isStopRequested() {
            next += try commitGroup(from: next)
            removal.surroundings.observe(.progress(done: next, of: due.count))
            if next < due.count { removal.surroundings.pause(removal.pace.pause) }
        }
        // The file may have been replaced during the last commit.
        try removal.database.requireInPlace(while: Removal.operation)
    }

    // MARK: A commit

    /// Removes accounts from `start` on in one transaction, as many as the pace allows.
    ///
    /// - Returns: how many accounts have a result now. 0 if something failed; ``mode`` then says how the next
    ///   transaction tries these accounts.
    private mutating func commitGroup(from start: Int) throws -> Int {
        if case .separately(let end) = mode, end <= start { mode = .together }
        let (end, separately) =
            switch mode {
            // A trigger's error may roll back more than its statement, and has to meet only its own account.
            case .together: (due.count, tables.hasTriggers)
            case .separately(let end): (end, true)
            }
        var staged: [AccountResult] = []
        // The end of the accounts that were started, for an error that rolls back the whole transaction.
        var begun = start
        do {
            try db.beginTransaction(.immediate)
            var lockedAt = uptime
            try lookForOthers()
            var window = start..<start + min(end - start, room(after: 0, lockedAt))
            try refresh(for: window)
            lockedAt += removal.pace.uncounted(ofLook: uptime - lockedAt)
            while begun < window.upperBound, !removal.surroundings.isStopRequested() || staged.isEmpty {
                let batch = min(batch(after: staged.count, lockedAt, separately), window.upperBound - begun)
                if batch == 0 { break }
                begun += batch
                try remove(begun - batch..<begun, separately: separately, &staged)
                if begun == window.upperBound {
                    // There may be room for more than estimated, as long as nothing has to be re-read.
                    let more = begun..<begun + min(end - begun, room(after: staged.count, lockedAt))
                    guard more.allSatisfy({ due[$0].version == lookedAt }) else { break }
                    window = more
                    // For these, only sessions may have to be read.
                    try refresh(for: window)
                }
            }
            try commit(staged.count)
        } catch {
            if db.isInsideTransaction { try db.rollback() }
            // Also if the database's schema is now one that this program does not know.
            if error is DatabaseFailure || (error as? DatabaseError)?.endsTheRun == true { throw error }
            try prepareAnew()
            guard separately else {
                mode = .separately(before: max(begun, start + 1))
                return 0
            }
            return retry(from: start, begun: begun - start, done: staged.count, error)
        }
        for (offset, result) in staged.enumerated() { settled[due[start + offset].index] = result }
        return staged.count
    }

    /// After an error that rolled back a transaction in spite of the savepoints: the next transaction ends before the
    /// account that failed. If the first account failed, the error is its result.
    ///
    /// - Parameters:
    ///   - begun: how many accounts the transaction had begun.
    ///   - done: how many of them had a result.
    /// - Returns: how many accounts have a result now.
    private mutating func retry(from start: Int, begun: Int, done: Int, _ error: any Error) -> Int {
        // Where no account was being removed, as in a COMMIT, the error may be about any of them.
        let others = begun > done ? done : done / 2
        guard others == 0 else {
            mode = .separately(before: start + others)
            return 0
        }
        settled[due[start].index] = AccountResult(of: due[start], failedWith: error)
        return 1
    }

    private mutating func commit(_ accounts: Int) throws {
        removal.surroundings.observe(.checkpoint(.committing))
        try removal.database.requireInPlace(while: Removal.operation)
        let began = uptime
        try db.commit()
        costs.noteCommit(of: accounts, taking: uptime - began)
        removal.surroundings.observe(.checkpoint(.committed))
    }

    private var uptime: Milliseconds { removal.surroundings.uptime() }

    private func room(after removed: Int, _ lockedAt: Milliseconds) -> Int {
        removal.pace.room(after: removed, lockedFor: uptime - lockedAt, isQuiet: lockedAt >= busyUntil, costs)
    }

    /// Notes whether somebody else has written since the last look.
    private mutating func lookForOthers() throws {
        let version = try db.dataVersion()
        if let lastVersion, lastVersion != version { busyUntil = uptime + CommitPace.quietAfter }
        lastVersion = version
    }

    // MARK: A batch

    /// The limit even if there is room for more. Signals are handled between batches, and the time of one batch
    /// determines the size of the next.
    private static let mostInABatch = 20_000

    /// How many accounts to remove together next; 0 if it is time to commit.
    private func batch(after removed: Int, _ lockedAt: Milliseconds, _ separately: Bool) -> Int {
        let room = room(after: removed, lockedAt)
        // What a trigger does for one account must not be attributed to another. A row that dangled before the run,
        // deleted with another account, could hide one that is left dangling.
        if separately || tables.hasTriggers || !removal.plan.danglingReferences.isEmpty { return min(room, 1) }
        guard case .holdingLock = removal.pace.group else { return min(room, Self.mostInABatch) }
        // Two thirds first, to get a measurement for the rest. A batch for only a few accounts is not worth its cost.
        return removed > 0 && room < 16 ? 0 : min(max(room * 2 / 3, 1), Self.mostInABatch)
    }

    /// Removes accounts; with savepoints, a single one.
    private mutating func remove(
        _ batch: Range<Int>, separately: Bool, _ staged: inout [AccountResult]
    ) throws {
        if separately {
            staged.append(try removeSeparately(batch.lowerBound))
        } else {
            let began = uptime
            staged += try removeTogether(batch)
            costs.noteRemoval(of: batch.count, taking: uptime - began)
        }
        for _ in batch { removal.surroundings.observe(.checkpoint(.accountRemoved)) }
    }

    /// Removes an account in a savepoint. If it fails, the error is its result.
    ///
    /// - Throws: the error, if it ends the run or has rolled back the transaction.
    private mutating func removeSeparately(_ place: Int) throws -> AccountResult {
        try openSavepoint.run()
        do {
            let results = try removeTogether(place..<place + 1)
            try releaseSavepoint.run()
            return results[0]
        } catch {
            if let error = error as? DatabaseError, error.endsTheRun { throw error }
            try prepareAnew()
            // A trigger's RAISE(ROLLBACK) rolls back the transaction, with the savepoint and the other accounts.
            guard db.isInsideTransaction else { throw error }
            try rollBack.run()
            try releaseSavepoint.run()
            return AccountResult(of: due[place], failedWith: error)
        }
    }

    /// If this throws, the caller has to roll back what it has done.
    private func removeTogether(_ batch: Range<Int>) throws -> [AccountResult] {
        var results = batch.map { place in resultWithoutRemoval(due[place]) }
        let places = zip(batch, results.indices).filter { results[$0.1] == nil }
        let author = AccessRestrictions.Author(runID: removal.runID, time: removal.surroundings.now())
        let (records, archives) = try accounts.remove(
            places.map { due[$0.0].target }, sessions, author: author,
            archiving: places.map { removal.archive.keeps(due[$0.0].entry) })
        let archive = try archiveWriter()
        for (((place, index), record), archived) in zip(zip(places, records), archives) {
            let due = due[place]
            let record = try addingExportedKeys(to: record, of: due.target)
            let result = AccountResult(
                entry: due.entry, outcome: due.notFound.isEmpty ? .removed : .partiallyRemoved, errors: due.notFound,
                removal: record)
            let now = removal.surroundings.now()
            try journal.write(result, mailbox: due.mailbox, runID: removal.runID, at: now)
            if var archived, !archived.isEmpty {
                for instance in due.target.instances {
                    for file in removal.files[instance.interfaceNumber] ?? [] { archived.append(file) }
                }
                try archive?.write(
                    archived, status: due.entry.status, statedAt: statedAt(due.entry),
                    until: now.adding(seconds: 86_400 * Int64(removal.archive.days)))
            }
            results[index] = result
        }
        return results.compactMap { $0 }
    }

    /// When the feed that states the removal was made; nil if an operator named the account.
    private func statedAt(_ entry: FeedEntry) -> UTCTime? {
        let guards = removal.plan.guards
        return guards.heedsRestorations ? entry.deferral?.feedTime ?? guards.feedTime : nil
    }

    /// Adds the keys of peers that interfaces may have and the database no longer has. A key that another peer has by now
    /// is not one of them.
    private func addingExportedKeys(to record: RemovalRecord, of target: AccountTarget) throws -> RemovalRecord {
        let exported = target.instances.reduce(into: Set<String>()) { keys, instance in
            keys.formUnion(removal.exportedKeys[instance.interfaceNumber] ?? [])
        }
        var keys = exported.subtracting(record.peerKeys ?? [])
        guard !keys.isEmpty else { return record }
        try HeldStatement(db, sql: "SELECT public_key FROM wireguard_peer").forEachRow { row in
            if let key = row.text(0) { keys.remove(WireGuardKey.asRead(key)) }
        }
        var record = record
        record.peerKeys = (record.peerKeys ?? []) + keys.sorted()
        return record
    }

    /// nil where nothing is archived. Made anew for each batch: a rollback may have taken the layout with it.
    private func archiveWriter() throws -> Journal.ArchiveWriter? {
        try accounts.archiveLayout.map { layout in
            try Journal.ArchiveWriter(db, layout: Journal.id(ofLayout: layout, in: db))
        }
    }

    /// The result of an account that is absent or blocked by a guard; nil for an account to remove.
    private func resultWithoutRemoval(_ due: Removal.DueAccount) -> AccountResult? {
        guard !due.target.isEmpty || !due.target.nearMatches.isEmpty else {
            return AccountResult(
                entry: due.entry, outcome: .alreadyAbsent, errors: due.notFound, removal: RemovalRecord())
        }
        guard let refusal = due.objection ?? removal.plan.guards.refusal(of: due.target, for: due.entry, due.mailbox)
        else { return nil }
        return AccountResult(entry: due.entry, outcome: .refused, errors: [refusal])
    }

    /// Prepares the statements again after an error. A failed statement reports its error again on its next use,
    /// because `sqlite3_reset` returns the error of the last step and GRDB throws it. The next account would fail with
    /// the error of this one.
    mutating func prepareAnew() throws {
        accounts = try AccountsRemoval(db, schema: schema, tables, archives: removal.archive.days > 0)
        journal = try Journal.Writer(db)
    }
}
