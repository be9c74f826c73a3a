import GRDB

/// References in the database to rows that are not there.
enum DanglingReferences {
    /// One sentence for each pair of tables, with the number of rows and the first few of them; empty where all is well.
    static func sentences(_ db: Database) throws -> [String] {
        do {
            return try sentences(db, violations: Row.fetchCursor(db, sql: "PRAGMA foreign_key_check"))
        } catch let error as DatabaseError where error.resultCode == .SQLITE_ERROR {
            return try tableByTable(db)
        }
    }

    /// A foreign key that is declared wrongly, to a column that is not unique say, ends the check of all tables at once.
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
