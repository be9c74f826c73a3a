import GRDB
import GRDBSQLite

/// A statement that is run again and again, with a key, a key and a number, or nothing: bound and stepped without the care
/// that a library has to take of statements it knows nothing about. Over hundreds of thousands of rows that care costs about
/// as much as SQLite's own work.
///
/// To be used on the connection that it was made on, and not after it.
package struct HeldStatement {
    private let statement: Statement
    private let db: Database

    /// - Parameter sql: with at most one parameter, which may stand in several places, or a key and a number.
    package init(_ db: Database, sql: String) throws {
        self.db = db
        statement = try db.makeStatement(sql: sql)
    }

    /// Runs the statement to its end.
    ///
    /// - Throws: `DatabaseError`.
    package func run(_ key: some StatementKey, _ number: Int64) throws { try forEachRow(key, number) { _ in } }

    /// Runs a statement without a key.
    package func run() throws {
        defer { sqlite3_reset(statement.sqliteStatement) }
        while try step() {}
    }

    /// Whether the statement finds a row.
    package func finds(_ key: some StatementKey) throws -> Bool {
        try key.withBinding(to: statement.sqliteStatement) { try step() }
    }

    /// Whether a statement without a key finds a row.
    package func findsRow() throws -> Bool {
        defer { sqlite3_reset(statement.sqliteStatement) }
        return try step()
    }

    /// Hands every row to `body`.
    package func forEachRow(_ key: some StatementKey, _ body: (HeldRow) throws -> Void) throws {
        try key.withBinding(to: statement.sqliteStatement) {
            while try step() { try body(HeldRow(statement: statement.sqliteStatement)) }
        }
    }

    /// The same for a statement whose second parameter is a number.
    package func forEachRow(_ key: some StatementKey, _ number: Int64, _ body: (HeldRow) throws -> Void) throws {
        try bind(number)
        try forEachRow(key, body)
    }

    /// Binds the second parameter. With the key it is cleared again, or bound anew.
    private func bind(_ number: Int64) throws {
        let status = sqlite3_bind_int64(statement.sqliteStatement, 2, number)
        guard status == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: status)) }
    }

    /// Hands every row to `body`, of a statement without a key.
    package func forEachRow(_ body: (HeldRow) throws -> Void) throws {
        defer { sqlite3_reset(statement.sqliteStatement) }
        while try step() { try body(HeldRow(statement: statement.sqliteStatement)) }
    }

    private func step() throws -> Bool {
        switch sqlite3_step(statement.sqliteStatement) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            throw DatabaseError(
                resultCode: ResultCode(rawValue: sqlite3_extended_errcode(db.sqliteConnection)),
                message: sqlite3_errmsg(db.sqliteConnection).map { String(cString: $0) }, sql: statement.sql)
        }
    }
}

/// A row that a ``HeldStatement`` is at.
package struct HeldRow {
    fileprivate let statement: SQLiteStatement

    package func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }

    package func isInteger(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_INTEGER }

    /// A whole number; nil for anything else.
    package func number(_ column: Int32) -> Int64? { isInteger(column) ? sqlite3_column_int64(statement, column) : nil }

    /// A number, whole or not; nil for anything else.
    package func real(_ column: Int32) -> Double? {
        isInteger(column) || sqlite3_column_type(statement, column) == SQLITE_FLOAT
            ? sqlite3_column_double(statement, column) : nil
    }

    /// Whether a flag that protects somebody is not plainly off: what cannot be read protects, too.
    package func protects(_ column: Int32) -> Bool { number(column) != 0 }

    /// A number; 0 for what is none.
    package func integer(_ column: Int32) -> Int { Int(sqlite3_column_int64(statement, column)) }

    /// A text; nil for NULL and for numbers.
    package func text(_ column: Int32) -> String? { bytes(column).map { String(decoding: $0, as: UTF8.self) } }

    /// The bytes of a text or blob, good until the statement goes on; nil for NULL and for numbers.
    package func bytes(_ column: Int32) -> UnsafeBufferPointer<UInt8>? {
        let type = sqlite3_column_type(statement, column)
        guard type == SQLITE_TEXT || type == SQLITE_BLOB else { return nil }
        // The pointer before the count: asking for a text may convert it.
        let start = sqlite3_column_blob(statement, column)
        let count = Int(sqlite3_column_bytes(statement, column))
        return UnsafeBufferPointer(start: start?.assumingMemoryBound(to: UInt8.self), count: start == nil ? 0 : count)
    }
}

/// What a ``HeldStatement`` takes for its first parameter.
package protocol StatementKey {
    /// Binds the key for the length of `body`, and leaves the statement as it was before: what it failed with is told
    /// once, to whoever ran it.
    func withBinding<Value>(to statement: SQLiteStatement, _ body: () throws -> Value) throws -> Value
}

extension String: StatementKey {
    private static let nothing: StaticString = ""

    /// Of a text without characters.
    private static var somewhere: UnsafePointer<CChar> {
        UnsafeRawPointer(nothing.utf8Start).assumingMemoryBound(to: CChar.self)
    }

    package func withBinding<Value>(to statement: SQLiteStatement, _ body: () throws -> Value) throws -> Value {
        var text = self
        return try text.withUTF8 { bytes in
            defer {
                sqlite3_reset(statement)
                sqlite3_clear_bindings(statement)
            }
            return try bytes.withMemoryRebound(to: CChar.self) { characters in
                // Without a destructor: the bytes stay where they are until the binding is cleared. An empty text may have
                // no address, and would be NULL then.
                let status = sqlite3_bind_text(
                    statement, 1, characters.baseAddress ?? Self.somewhere, Int32(characters.count), nil)
                guard status == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: status)) }
                return try body()
            }
        }
    }
}

extension Int64: StatementKey {
    package func withBinding<Value>(to statement: SQLiteStatement, _ body: () throws -> Value) throws -> Value {
        defer { sqlite3_reset(statement) }
        let status = sqlite3_bind_int64(statement, 1, self)
        guard status == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: status)) }
        return try body()
    }
}
