import Feed
import GRDB
import GRDBSQLite
import Glibc
import Support

/// A connection to the application's database, with the settings that the removal relies on.
///
/// The journal mode is the application's choice and is never changed. The connection enforces foreign keys (GRDB's
/// default) and waits for other writers. Its page cache does not spill. It syncs so that a power loss cannot undo a
/// commit that was reported.
package struct ControlPlaneDatabase: Sendable {
    package let path: String
    package let schema: ControlPlaneSchema
    /// Unknown columns that the operator has accepted.
    package let acceptedColumns: Set<AcceptedColumn>
    package let queue: DatabaseQueue
    private let file: DatabaseFile
    /// What a reader without the right to write has found; nil for all others.
    private let quiet: QuietDatabase?

    /// Opens an existing database and recognises its schema. Creates nothing.
    ///
    /// - Parameters:
    ///   - busyTimeout: how many seconds to wait for another process's lock.
    ///   - acceptedColumns: unknown columns that the operator has reviewed.
    ///   - trust: which owners and permissions of the file are acceptable.
    ///   - isReader: whether the caller only reads, and may lack the right to write. In WAL mode SQLite makes files next
    ///     to the database also for a reader; where this user may not, see ``QuietDatabase``.
    /// - Throws: ``DatabaseFailure``, ``UntrustedFile``.
    package init(
        opening path: String, busyTimeout: Double, accepting acceptedColumns: Set<AcceptedColumn> = [],
        trust: FileTrust = FileTrust(allowsAnything: true), asReader isReader: Bool = false
    ) throws {
        let operation = "open the database"
        self.path = path
        self.acceptedColumns = acceptedColumns
        let facts = try Self.requireFile(path, trust: trust)
        file = DatabaseFile(path, facts)
        quiet = isReader ? QuietDatabase(at: path) : nil

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
        // An immutable database takes no locks; the URI must not be taken for the name of a file to make.
        if quiet != nil { configuration.readonly = true }
        do {
            queue = try DatabaseQueue(path: quiet?.uri ?? path, configuration: configuration)
            guard Self.hasOpen(facts) else { throw DatabaseFailure(.replaced, while: operation, on: path) }
            schema = try queue.read { db in
                try Self.requireUTF8(db, at: path)
                return try ControlPlaneSchema(of: db, at: path, accepting: acceptedColumns)
            }
        } catch let error as DatabaseError {
            throw isReader
                ? DatabaseFailure(ofReader: error, while: operation, on: path, owner: facts.st_uid)
                : DatabaseFailure(error, while: operation, on: path)
        }
    }

    /// - Throws: ``DatabaseFailure`` if there is no such file, ``UntrustedFile`` if it is not trusted.
    @discardableResult
    package static func requireFile(_ path: String, trust: FileTrust) throws -> stat {
        let facts = try requireRegularFile(path, "open the database")
        if let objection = trust.objection(to: facts) {
            throw UntrustedFile(role: .database, path: path, reason: objection)
        }
        return facts
    }

    /// Raises the page cache to 256 MB, enough for all changes between two commits. A cache that spills takes the
    /// exclusive lock early and blocks the application's readers.
    package static func makeRoom(_ db: Database) throws { try db.execute(sql: "PRAGMA cache_size = -262144") }

    /// Checks that the path still leads to the open file. If the file was moved away, others would not see the changes
    /// made to it.
    ///
    /// - Throws: ``DatabaseFailure``.
    package func requireInPlace(while operation: String) throws(DatabaseFailure) {
        try file.requireInPlace(while: operation)
        if quiet?.isUnchanged == false { throw DatabaseFailure(.writtenMeanwhile, while: operation, on: path) }
    }

    /// When the database or its write-ahead log was last written; nil where that cannot be seen.
    package var lastWritten: UTCTime? { file.lastWritten }

    /// Explains an SQLite error on this connection. If the file was moved, the failure identifies the file that was
    /// open.
    package func failure(_ error: DatabaseError, while operation: String) -> DatabaseFailure {
        let failure = DatabaseFailure(error, while: operation, on: path)
        return failure.reason == .moved ? file.moved(while: operation) : failure
    }

    /// Emails are compared byte by byte. In another encoding no account would be found.
    private static func requireUTF8(_ db: Database, at path: String) throws {
        let encoding = try String.fetchOne(db, sql: "PRAGMA encoding") ?? ""
        guard encoding == "UTF-8" else {
            throw DatabaseFailure(.notUTF8(encoding: encoding), while: "use the database", on: path)
        }
    }

    /// Runs `body` in one read transaction on a connection that refuses to write. Checks before and after that the open
    /// file is still in place; see ``requireInPlace(while:)``.
    ///
    /// SQLite may still roll back a hot journal that a crash left. That is why the connection is not opened read-only.
    package func readOnly<Value>(while operation: String, _ body: (Database) throws -> Value) throws -> Value {
        // GRDB sets `query_only` for the length of `read`.
        try inPlace(while: operation) { try queue.read(body) }
    }

    /// Like ``readOnly(while:_:)``, for a body that fills temporary tables, which a query-only connection cannot do.
    /// The transaction is always rolled back.
    package func lookingUp<Value>(while operation: String, _ body: (Database) throws -> Value) throws -> Value {
        try inPlace(while: operation) {
            try queue.writeWithoutTransaction { db in
                try db.beginTransaction(.deferred)
                defer {
                    // If this fails, SQLite has already rolled back by itself.
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
    /// In rollback journal modes a read transaction is enough. In WAL mode others can commit while a reader keeps its
    /// snapshot, so this takes the write lock.
    package func withoutCommitsOfOthers(while operation: String, _ body: (Database) throws -> Void) throws {
        let mode = try readOnly(while: operation) { db in try String.fetchOne(db, sql: "PRAGMA journal_mode") }
        if mode == "wal" {
            try write(while: operation, body)
        } else {
            try readOnly(while: operation, body)
        }
    }

    /// Copies the database, as it is at one moment, to an empty file at this path. In rollback journal modes others cannot
    /// commit until that is done.
    package func copy(to path: String) throws {
        let operation = "copy the database"
        try inPlace(while: operation) {
            try queue.writeWithoutTransaction { db in try db.execute(sql: "VACUUM INTO ?", arguments: [path]) }
        }
    }

    /// Runs `body` in an immediate transaction of its own. Does not commit if the file is no longer in place.
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

    /// Like ``write(while:_:)``, but SQLite overwrites what the body deletes, and the journal or write-ahead log is
    /// truncated.
    ///
    /// - Returns: the value, and whether the log is empty. It cannot be truncated while another connection reads.
    @discardableResult
    package func writeSecurely<Value>(
        while operation: String, _ body: (Database) throws -> Value
    ) throws -> (value: Value, isCleared: Bool) {
        func set(_ isSecure: Bool) throws {
            try explaining(operation) {
                try queue.writeWithoutTransaction { db in
                    _ = try Row.fetchAll(db, sql: "PRAGMA secure_delete = \(isSecure ? "ON" : "OFF")")
                    // A journal that is kept between transactions is cut to this size.
                    _ = try Row.fetchAll(db, sql: "PRAGMA journal_size_limit = \(isSecure ? 0 : -1)")
                }
            }
        }
        try set(true)
        // What fails here shows in the next statement as well.
        defer { try? set(false) }
        let value = try write(while: operation, body)
        let isBusy = try explaining(operation) {
            try queue.writeWithoutTransaction { db in
                try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")?.flag(0) ?? false
            }
        }
        return (value, !isBusy)
    }

    /// Whether the file that `facts` describes is open in this process. Somebody may have replaced the file between
    /// that check and SQLite's own open. This looks at the existing descriptors, because opening and closing another
    /// one would drop the locks that SQLite holds on the file.
    private static func hasOpen(_ facts: stat) -> Bool {
        guard let descriptors = try? FileSystem.names(in: "/proc/self/fd") else {
            // Without /proc there is nothing to compare. The check before the open still holds.
            return true
        }
        return descriptors.compactMap { Int32($0) }.contains { descriptor in
            var open = stat()
            return fstat(descriptor, &open) == 0 && open.st_dev == facts.st_dev && open.st_ino == facts.st_ino
        }
    }

    /// Whether the file starts with SQLite's magic bytes. It opens and closes the file, so it must run before SQLite
    /// opens it.
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
    /// All foreign keys of the application are deferred. RELEASE does not check them, and a COMMIT that fails on one
    /// would roll back a whole group of accounts. The check costs nothing.
    package var hasDeferredViolations: Bool {
        var current: Int32 = 0
        var highest: Int32 = 0
        let status = sqlite3_db_status(sqliteConnection, SQLITE_DBSTATUS_DEFERRED_FKS, &current, &highest, 0)
        return status != SQLITE_OK || current != 0
    }

    /// A number that changes when another connection changes the database, but not when this one does.
    package func dataVersion() throws -> Int64 {
        try Int64.fetchOne(self, sql: "PRAGMA data_version") ?? 0
    }
}

/// An SQLite column can hold a value of any type, whatever its declaration, and GRDB's own subscripts trap on an
/// unexpected type. These accessors return nil instead.
extension Row {
    package func text(_ index: Int) -> String? { String.fromDatabaseValue(self[index]) }
    package func integer(_ index: Int) -> Int64? { Int64.fromDatabaseValue(self[index]) }
    package func flag(_ index: Int) -> Bool { (integer(index) ?? 0) != 0 }
}
