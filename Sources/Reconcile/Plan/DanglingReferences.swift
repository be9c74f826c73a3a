import GRDB

/// References in the database to rows that are not there.
enum DanglingReferences {
    /// One sentence for each pair of tables, with the number of rows and the first few of them; empty where all is well.
    static func sentences(_ db: Database) throws -> [String] {
        var rowsByPair: [[String]: [String]] = [:]
        let violations = try Row.fetchCursor(db, sql: "PRAGMA foreign_key_check")
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
