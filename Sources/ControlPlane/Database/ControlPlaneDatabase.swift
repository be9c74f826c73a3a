import Feed
import GRDB
import GRDBSQLite
import Glibc
import Support

/// A connection to the application's database, with the settings that the removal relies on.
///
/// The journal mode is the application's own and never changed. The connection enforces foreign keys (GRDB's default),
/// waits for other writers, keeps a page cache that does not spill, and syncs so that a commit which was reported
/// cannot come undone by a power loss.
package struct ControlPlaneDatabase: Sendable {
    package let path: String
    package let schema: ControlPlaneSchema
    /// Unknown columns that are no reason to refuse it.
    package let acceptedColumns: Set<AcceptedColumn>
    package let queue: DatabaseQueue
    private let file: DatabaseFile

    /// Opens a database that exists and recognises its schema. Creates nothing.
    ///
    /// - Parameters:
    ///   - busyTimeout: how many seconds to wait for another process's lock.
    ///   - acceptedColumns: unknown columns that somebody has looked at.
    ///   - trust: whose database may be worked on.
    /// - Throws: ``DatabaseFailure``, ``UntrustedFile``.
    package init(
        opening path: String, busyTimeout: Double, accepting acceptedColumns: Set<AcceptedColumn> = [],
        trust: FileTrust = FileTrust(allowsAnything: true)
    ) throws {
        let operation = "open the database"
        self.path = path
        self.acceptedColumns = acceptedColumns
        let facts = try Self.requireFile(path, trust: trust)
        file = DatabaseFile(path, facts)

        var configuration = Configuration()
        configuration.label = "wg-reconcile"
        configuration.busyMode = .timeout(busyTimeout)
        configuration.prepareDatabase { db in
            try db.execute(
                sql: """
                    PRAGMA synchronous = EXTRA;
                    PRAGMA temp_store = MEMORY;
                    -- 32 MB, which is enough to read a plan and configs; the removal asks for more.
                    PRAGMA cache_size = -32768;
                    """)
        }
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
            guard Self.hasOpen(facts) else { throw DatabaseFailure(.replaced, while: operation, on: path) }
            schema = try queue.read { db in
                try Self.requireUTF8(db, at: path)
                return try ControlPlaneSchema(of: db, at: path, accepting: acceptedColumns)
            }
        } catch let error as DatabaseError {
            throw DatabaseFailure(error, while: operation, on: path)
        }
    }

    /// - Throws: ``DatabaseFailure`` where there is no such file, ``UntrustedFile`` where it is not to be trusted.
    @discardableResult
    package static func requireFile(_ path: String, trust: FileTrust) throws -> stat {
        let facts = try requireRegularFile(path, "open the database")
        if let objection = trust.objection(to: facts) {
            throw UntrustedFile(role: .database, path: path, reason: objection)
        }
        return facts
    }

    /// Makes room in memory for all that a removal changes between two commits, 256 MB: a cache that spills takes the
    /// exclusive lock early and shuts the application's readers out.
    package static func makeRoom(_ db: Database) throws { try db.execute(sql: "PRAGMA cache_size = -262144") }

    /// Asks whether the path still leads to the file that is open here. On one that was moved away, others no longer see
    /// what is done.
    ///
    /// - Throws: ``DatabaseFailure``.
    package func requireInPlace(while operation: String) throws(DatabaseFailure) {
        try file.requireInPlace(while: operation)
    }

    /// What SQLite refused on this connection. Of a file that was moved it says which one was worked on.
    package func failure(_ error: DatabaseError, while operation: String) -> DatabaseFailure {
        let failure = DatabaseFailure(error, while: operation, on: path)
        return failure.reason == .moved ? file.moved(while: operation) : failure
    }

    /// Texts are compared by their bytes, and in another encoding every account would be absent.
    private static func requireUTF8(_ db: Database, at path: String) throws {
        let encoding = try String.fetchOne(db, sql: "PRAGMA encoding") ?? ""
        guard encoding == "UTF-8" else {
            throw DatabaseFailure(.notUTF8(encoding: encoding), while: "use the database", on: path)
        }
    }

    /// Runs `body` in one read transaction on a connection that refuses to write, and makes sure that what it has read is of
    /// the file in place; see ``requireInPlace(while:)``.
    ///
    /// SQLite may still roll back a hot journal that a crash left; that is why the connection is not opened read-only.
    package func readOnly<Value>(while operation: String, _ body: (Database) throws -> Value) throws -> Value {
        // GRDB sets `query_only` for the length of `read`.
        try inPlace(while: operation) { try queue.read(body) }
    }

    /// As ``readOnly(while:_:)``, for a body that needs temporary tables, which a connection that refuses to write cannot
    /// fill. Its transaction is rolled back, so that nothing of it stays.
    package func lookingUp<Value>(while operation: String, _ body: (Database) throws -> Value) throws -> Value {
        try inPlace(while: operation) {
            try queue.writeWithoutTransaction { db in
                try db.beginTransaction(.deferred)
                defer {
                    // Where it fails, SQLite has rolled back by itself.
                    try? db.rollback()
                }
                return try body(db)
            }
        }
    }

    private func inPlace<Value>(while operation: String, _ body: () throws -> Value) throws -> Value {
        try requireInPlace(while: operation)
        let value = try explaining(operation, body)
        try requireInPlace(while: operation)
        return value
    }

    private func explaining<Value>(_ operation: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw failure(error, while: operation)
        } catch let reason as DatabaseFailure.Reason {
            throw DatabaseFailure(reason, while: operation, on: path)
        }
    }

    /// See ``Database/dataVersion()``.
    package func version() throws -> Int64 {
        try readOnly(while: "read the database") { db in try db.dataVersion() }
    }

    /// Runs `body`, which only reads, in a transaction during which nobody else can commit.
    ///
    /// In a rollback journal a reader sees to that. In WAL mode a reader goes on with what it saw first, whatever others
    /// commit; there the write lock is taken.
    package func withoutCommitsOfOthers(while operation: String, _ body: (Database) throws -> Void) throws {
        let mode = try readOnly(while: operation) { db in try String.fetchOne(db, sql: "PRAGMA journal_mode") }
        if mode == "wal" {
            try write(while: operation, body)
        } else {
            try readOnly(while: operation, body)
        }
    }

    /// Runs `body` in an immediate transaction of its own, which is not committed where the file is no longer in place.
    package func write<Value>(while operation: String, _ body: (Database) throws -> Value) throws -> Value {
        try requireInPlace(while: operation)
        return try explaining(operation) {
            try queue.writeWithoutTransaction { db in
                var value: Value?
                try db.inTransaction(.immediate) {
                    value = try body(db)
                    try requireInPlace(while: operation)
                    return .commit
                }
                guard let value else { throw DatabaseError(resultCode: .SQLITE_ABORT) }
                return value
            }
        }
    }

    /// Whether this process has the very file open that was looked at before: between the look and SQLite's own open
    /// somebody may have put another in its place. Asks the descriptors that are there; opening and closing one of our
    /// own would drop the locks that SQLite holds on the file.
    private static func hasOpen(_ facts: stat) -> Bool {
        guard let descriptors = try? FileSystem.names(in: "/proc/self/fd") else {
            // Without /proc there is nothing to compare; the check before the open still stands.
            return true
        }
        return descriptors.compactMap { Int32($0) }.contains { descriptor in
            var open = stat()
            return fstat(descriptor, &open) == 0 && open.st_dev == facts.st_dev && open.st_ino == facts.st_ino
        }
    }

    /// Whether the file begins as SQLite's files do. Opens it, so this has to come before SQLite has it open.
    private static func holdsSQLite(_ path: String, _ operation: String) throws -> Bool {
        let magic = "SQLite format 3\0".utf8
        do throws(FileFailure) {
            return try FileContents.read(path, atMost: magic.count).elementsEqual(magic)
        } catch {
            throw DatabaseFailure(
                error.isNotPermitted ? .readOnly : .inputOutput, while: operation, on: path, message: error.reason)
        }
    }

    private static func requireRegularFile(_ path: String, _ operation: String) throws -> stat {
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            switch errno {
            case ENOENT, ENOTDIR: throw DatabaseFailure(.missing, while: operation, on: path)
            case EACCES:
                throw DatabaseFailure(.readOnly, while: operation, on: path, message: String(cString: strerror(errno)))
            default:
                throw DatabaseFailure(
                    .inputOutput, while: operation, on: path, message: String(cString: strerror(errno)))
            }
        }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw DatabaseFailure(.notAFile, while: operation, on: path) }
        guard try holdsSQLite(path, operation) else { throw DatabaseFailure(.notADatabase, while: operation, on: path) }
        return facts
    }
}

extension Database {
    /// Whether a deferred foreign key is violated at this point of the transaction.
    ///
    /// All foreign keys of the application are deferred: RELEASE does not check them, and a COMMIT that fails on one
    /// would take a whole group of accounts along. Asking costs nothing.
    package var hasDeferredViolations: Bool {
        var current: Int32 = 0
        var highest: Int32 = 0
        let status = sqlite3_db_status(sqliteConnection, SQLITE_DBSTATUS_DEFERRED_FKS, &current, &highest, 0)
        return status != SQLITE_OK || current != 0
    }

    /// A number that changes when another connection changes the database, and not when this one does.
    package func dataVersion() throws -> Int64 {
        try Int64.fetchOne(self, sql: "PRAGMA data_version") ?? 0
    }
}

/// SQLite columns hold what was put in, whatever their type says; GRDB's own subscripts trap on a surprise. These
/// do not: a value of another type reads as nil.
extension Row {
    package func text(_ index: Int) -> String? { String.fromDatabaseValue(self[index]) }
    package func integer(_ index: Int) -> Int64? { Int64.fromDatabaseValue(self[index]) }
    package func flag(_ index: Int) -> Bool { (integer(index) ?? 0) != 0 }
}
