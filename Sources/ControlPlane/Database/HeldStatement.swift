import GRDB
import GRDBSQLite

/// A prepared statement that is run many times, with a key, a key and a number, or no parameters. It binds and steps
/// directly, without the checks that GRDB makes for arbitrary statements. Over hundreds of thousands of rows those
/// checks cost about as much as SQLite's own work.
///
/// Use it only on the connection that made it, and only while that connection is open.
package struct HeldStatement {
    private let statement: Statement
    private let db: Database

    /// - Parameter sql: takes no parameters, one key (which may occur several times), or a key and a number.
    package init(_ db: Database, sql: String) throws {
        self.db = db
        statement = try db.makeStatement(sql: sql)
    }

    /// Runs the statement to its end.
    ///
    /// - Throws: `DatabaseError`.
    package func run(_ key: some StatementKey, _ number: Int64) throws { try forEachRow(key, number) { _ in } }

    /// Runs a statement without a key to its end.
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

    /// Calls `body` with every row.
    package func forEachRow(_ key: some StatementKey, _ body: (HeldRow) throws -> Void) throws {
        try key.withBinding(to: statement.sqliteStatement) {
            while try step() { try body(HeldRow(statement: statement.sqliteStatement)) }
        }
    }

    /// Calls `body` with every row of a statement whose second parameter is a number.
    package func forEachRow(_ key: some StatementKey, _ number: Int64, _ body: (HeldRow) throws -> Void) throws {
        try bind(number)
        try forEachRow(key, body)
    }

    /// Binds the second parameter. Binding or clearing the key resets it.
    private func bind(_ number: Int64) throws {
        let status = sqlite3_bind_int64(statement.sqliteStatement, 2, number)
        guard status == SQLITE_OK else { throw DatabaseError(resultCode: ResultCode(rawValue: status)) }
    }

    /// Calls `body` with every row of a statement without a key.
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

/// The current row of a ``HeldStatement``.
package struct HeldRow {
    fileprivate let statement: SQLiteStatement

    package func isNull(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_NULL }

    package func isInteger(_ column: Int32) -> Bool { sqlite3_column_type(statement, column) == SQLITE_INTEGER }

    package enum Kind { case null, integer, real, text, blob }

    package func kind(_ column: Int32) -> Kind {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: .integer
        case SQLITE_FLOAT: .real
        case SQLITE_TEXT: .text
        case SQLITE_BLOB: .blob
        default: .null
        }
    }

    /// A whole number; nil for anything else.
    package func number(_ column: Int32) -> Int64? { isInteger(column) ? sqlite3_column_int64(statement, column) : nil }

    /// A number, whole or not; nil for anything else.
    package func real(_ column: Int32) -> Double? {
        isInteger(column) || sqlite3_column_type(statement, column) == SQLITE_FLOAT
            ? sqlite3_column_double(statement, column) : nil
    }

    /// Whether a flag that protects somebody counts as set. Only a plain 0 is off; an unreadable value protects too.
    package func protects(_ column: Int32) -> Bool { number(column) != 0 }

    /// A number; 0 if the value is not one.
    package func integer(_ column: Int32) -> Int { Int(sqlite3_column_int64(statement, column)) }

    /// A text; nil for NULL and for numbers.
    package func text(_ column: Int32) -> String? { bytes(column).map { String(decoding: $0, as: UTF8.self) } }

    /// The bytes of a text or blob, valid until the statement steps on; nil for NULL and for numbers.
    package func bytes(_ column: Int32) -> UnsafeBufferPointer<UInt8>? {
        let type = sqlite3_column_type(statement, column)
        guard type == SQLITE_TEXT || type == SQLITE_BLOB else { return nil }
        // Ask for the pointer before the count: reading a text may convert it.
        let start = sqlite3_column_blob(statement, column)
        let count = Int(sqlite3_column_bytes(statement, column))
        return UnsafeBufferPointer(start: start?.assumingMemoryBound(to: UInt8.self), count: start == nil ? 0 : count)
    }
}

/// A value that a ``HeldStatement`` takes as its first parameter.
package protocol StatementKey {
    /// Binds the key while `body` runs, then resets the statement. Errors of that reset are ignored, because `body` has
    /// already thrown them.
    func withBinding<Value>(to statement: SQLiteStatement, _ body: () throws -> Value) throws -> Value
}

extension String: StatementKey {
    private static let nothing: StaticString = ""

    /// An address for an empty text.
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
                // No destructor: the bytes stay in place until the binding is cleared. An empty text may have no
                // address and would then be bound as NULL.
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
