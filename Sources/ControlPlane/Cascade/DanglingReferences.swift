import GRDB

/// References to rows that do not exist.
package enum DanglingReferences {
    /// One sentence for each pair of tables, with the number of rows and the first few rowids; empty if nothing
    /// dangles.
    ///
    /// - Throws: ``DatabaseFailure``.
    package static func sentences(_ database: ControlPlaneDatabase) throws -> [String] {
        let operation = "check the references of the database"
        let indexes = try database.readOnly(while: operation) { db in try KeyIndexes(db) }
        // One transaction per query: other programs cannot commit while one is open.
        let isWell = try indexes?.queries.allSatisfy { query in
            try database.readOnly(while: operation) { db in try Row.fetchOne(db, sql: query) == nil }
        }
        return isWell == true ? [] : try database.readOnly(while: operation) { db in try sentences(db) }
    }

    private static func sentences(_ db: Database) throws -> [String] {
        do {
            return try sentences(db, violations: Row.fetchCursor(db, sql: "PRAGMA foreign_key_check"))
        } catch let error as DatabaseError where error.resultCode == .SQLITE_ERROR {
            return try tableByTable(db)
        }
    }

    /// Checks each table by itself. A single wrongly declared foreign key, for example to a column that is not unique,
    /// ends SQLite's check of all tables.
    private static func tableByTable(_ db: Database) throws -> [String] {
        try String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").flatMap {
            table in
            do {
                return try sentences(
                    db,
                    violations: Row.fetchCursor(
                        db, sql: "SELECT * FROM pragma_foreign_key_check(?)", arguments: [table]))
            } catch let error as DatabaseError where error.resultCode == .SQLITE_ERROR {
                return ["the references of \(table) cannot be checked: \(error.message ?? "SQLite error")"]
            }
        }
    }

    private static func sentences(_ db: Database, violations: RowCursor) throws -> [String] {
        var rowsByPair: [[String]: [String]] = [:]
        while let row = try violations.next() {
            guard let table = row.text(0), let parent = row.text(2) else { continue }
            rowsByPair[[table, parent], default: []].append(row.integer(1).map { String($0) } ?? "?")
        }
        return rowsByPair.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { pair, rows in
            let shown = rows.prefix(5).joined(separator: ", ") + (rows.count > 5 ? ", …" : "")
            return rows.count == 1
                ? "1 row of \(pair[0]) refers to a missing row of \(pair[1]) (rowid \(shown))"
                : "\(rows.count) rows of \(pair[0]) refer to missing rows of \(pair[1]) (rowids \(shown))"
        }
    }
}

/// Checks foreign keys along their indexes. That takes half as long as SQLite's own check, which goes row by row. It
/// reports only whether any reference dangles, which is rare, and not which one.
private struct KeyIndexes {
    /// Each query returns a row if a reference dangles.
    private(set) var queries: [String] = []

    /// nil if a foreign key is declared in a way that only SQLite's own check handles.
    init?(_ db: Database) throws {
        for table in try String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table'") {
            let keys = try Row.fetchAll(
                db, sql: "SELECT id, \"table\", \"from\", \"to\", seq FROM pragma_foreign_key_list(?)",
                arguments: [table])
            for key in keys {
                guard let parent = key.text(1), let column = key.text(2), let parentColumn = key.text(3),
                    key.integer(4) == 0, keys.count(where: { $0.integer(0) == key.integer(0) }) == 1,
                    try Self.isPlainKey(parentColumn, of: parent, db), try Self.comparesBytes(table, db)
                else { return nil }
                let (child, reference) = (table.quotedIdentifier, column.quotedIdentifier)
                queries.append(
                    """
                    SELECT 1 FROM \(child) WHERE \(reference) IS NOT NULL AND \(reference) NOT IN (
                        SELECT \(parentColumn.quotedIdentifier) FROM \(parent.quotedIdentifier)) LIMIT 1
                    """)
            }
        }
    }

    /// Whether the column is a one-column primary key that is never NULL. With a NULL in the list, `NOT IN` would find
    /// nothing.
    private static func isPlainKey(_ column: String, of table: String, _ db: Database) throws -> Bool {
        let columns = try Row.fetchAll(
            db, sql: "SELECT lower(name), \"notnull\", upper(type) FROM pragma_table_info(?) WHERE pk > 0",
            arguments: [table])
        guard columns.count == 1, let key = columns.first, key.text(0) == column.lowercased() else { return false }
        return key.flag(1) || key.text(2) == "INTEGER"
    }

    /// Whether the table compares texts byte by byte. SQLite does so unless the declaration names a collation.
    private static func comparesBytes(_ table: String, _ db: Database) throws -> Bool {
        let declaration = try String.fetchOne(
            db, sql: "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", arguments: [table])
        return declaration?.lowercased().contains("collate") == false
    }
}
