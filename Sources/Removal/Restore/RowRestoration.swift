import ControlPlane
import GRDB
import Journal
import Support

/// Puts single rows back into the tables.
struct RowRestoration {
    /// A foreign key of a table, of one column.
    struct ForeignKey: Hashable {
        var column: String
        var parent: String
        var parentColumn: String
    }

    private struct Table {
        var columns: [Column]
        var foreignKeys: [ForeignKey]
        /// The columns of each unique index.
        var uniqueKeys: [[String]]
        /// The column that is another name of the row id; nil where there is none.
        var rowIDColumn: String?
    }

    private struct Column {
        var name: String
        var type: String
        var mayBeLeftOut: Bool
    }

    private let db: Database
    private var tables: [String: Table] = [:]
    /// The new row ids of parents whose own were taken, by their tables.
    private var newIDs: [String: [Int64: Int64]] = [:]

    init(_ db: Database) { self.db = db }

    /// - Throws: ``RestoreRefusal/tableGone(_:)``.
    private mutating func table(_ name: String) throws -> Table {
        if let table = tables[name] { return table }
        let rows = try Row.fetchAll(
            db,
            sql: "SELECT lower(name), upper(type), \"notnull\", dflt_value IS NOT NULL, pk FROM pragma_table_info(?)",
            arguments: [name])
        guard !rows.isEmpty else { throw RestoreRefusal.tableGone(name) }
        let primary = rows.filter { $0.flag(4) }
        let keys = try Row.fetchAll(
            db, sql: "SELECT lower(\"from\"), lower(\"table\"), lower(\"to\") FROM pragma_foreign_key_list(?)",
            arguments: [name])
        let uniqueKeys = try String.fetchAll(
            db, sql: "SELECT name FROM pragma_index_list(?) WHERE \"unique\" AND NOT partial", arguments: [name]
        ).map { index in
            try String.fetchAll(
                db, sql: "SELECT lower(name) FROM pragma_index_info(?) ORDER BY seqno", arguments: [index])
        }
        let table = Table(
            columns: rows.map { row in
                Column(
                    name: row.text(0) ?? "", type: row.text(1) ?? "",
                    mayBeLeftOut: !row.flag(2) || row.flag(3) || row.flag(4))
            },
            foreignKeys: try keys.map { key in
                let parent = key.text(1) ?? ""
                return ForeignKey(
                    column: key.text(0) ?? "", parent: parent,
                    parentColumn: try key.text(2) ?? db.primaryKey(parent).columns.first?.asciiLowercased ?? "")
            }, uniqueKeys: uniqueKeys,
            rowIDColumn: primary.count == 1 && primary[0].text(1) == "INTEGER" ? primary[0].text(0) : nil)
        tables[name] = table
        return table
    }

    /// - Throws: ``RestoreRefusal`` where the database no longer has the table or a column.
    mutating func requireColumns(of row: ArchivedAccount.Row) throws {
        let known = Set(try table(row.table).columns.map(\.name))
        if let lost = row.values.keys.sorted().first(where: { !known.contains($0) }) {
            throw RestoreRefusal.columnGone("\(row.table).\(lost)")
        }
    }

    /// The row with the new ids of its parents.
    ///
    /// - Parameter isOwn: whether the row belongs to the account that is being restored. Rows of other accounts refer
    ///   by id only to its routing templates. Any other id in them is that of a parent of their own.
    mutating func renewed(_ row: ArchivedAccount.Row, isOwn: Bool) throws -> ArchivedAccount.Row {
        if newIDs.isEmpty { return row }
        var row = row
        for key in try table(row.table).foreignKeys
        where isOwn || key.parent == Cascade.Parent.routingTemplate.table {
            row.values[key.column] = row.values[key.column].map { renewed($0, of: key.parent) }
        }
        return row
    }

    /// The former ids of routing templates that got others.
    var newTemplates: Set<Int64> { Set((newIDs[Cascade.Parent.routingTemplate.table] ?? [:]).keys) }

    /// Whether a row got another id, because its own was taken.
    var hasNewIDs: Bool { !newIDs.isEmpty }

    /// The key of a row of the table, with its new id.
    func renewed(_ value: StoredValue, of table: String) -> StoredValue {
        guard case .integer(let id) = value, let new = newIDs[table]?[id] else { return value }
        return .integer(new)
    }

    /// The foreign keys of the row whose parents are not there.
    mutating func missingParents(of row: ArchivedAccount.Row) throws -> [ForeignKey] {
        try table(row.table).foreignKeys.filter { key in
            guard let value = row.values[key.column], !value.isNull else { return false }
            return try !exists(in: key.parent, key.parentColumn, value)
        }
    }

    func exists(in table: String, _ column: String, _ value: StoredValue) throws -> Bool {
        try Row.fetchOne(
            db,
            sql: """
                SELECT 1 FROM \(table.quotedIdentifier) WHERE \(column.quotedIdentifier) = \(value.placeholder) LIMIT 1
                """, arguments: [value.binding]) != nil
    }

    /// The columns of the first unique key that another row has already; nil where there is none.
    mutating func takenKey(of row: ArchivedAccount.Row) throws -> [String]? {
        try table(row.table).uniqueKeys.first { columns in
            let values = columns.map { row.values[$0] ?? .null }
            if columns.isEmpty || values.contains(where: \.isNull) { return false }
            let conditions = zip(columns, values).map { "\($0.quotedIdentifier) = \($1.placeholder)" }
            return try Row.fetchOne(
                db,
                sql: """
                    SELECT 1 FROM \(row.table.quotedIdentifier) WHERE \(conditions.joined(separator: " AND ")) LIMIT 1
                    """, arguments: StatementArguments(values.map(\.binding))) != nil
        }
    }

    /// Inserts the row, with its own row id where that is free.
    mutating func insert(_ row: ArchivedAccount.Row) throws {
        let table = try table(row.table)
        var row = row
        let isFree = try !exists(in: row.table, "rowid", .integer(row.rowID))
        if let column = table.rowIDColumn, !isFree { row.values[column] = nil }
        var columns = isFree && table.rowIDColumn == nil ? [("rowid", StoredValue.integer(row.rowID))] : []
        for column in table.columns {
            if let value = row.values[column.name] {
                columns.append((column.name.quotedIdentifier, value))
            } else if !column.mayBeLeftOut {
                columns.append((column.name.quotedIdentifier, Self.standard(column)))
            }
        }
        try db.execute(
            sql: """
                INSERT INTO \(row.table.quotedIdentifier) (\(columns.map(\.0).joined(separator: ", ")))
                VALUES (\(columns.map(\.1.placeholder).joined(separator: ", ")))
                """, arguments: StatementArguments(columns.map(\.1.binding)))
        guard db.changesCount == 1 else { throw RestoreRefusal.database("\(row.table) did not take a row") }
        if !isFree, table.rowIDColumn != nil { newIDs[row.table, default: [:]][row.rowID] = db.lastInsertedRowID }
    }

    /// The value of a column that is newer than the row. The application's migrations give existing rows the default of
    /// the model, and leave no default in the schema: 0 for a switch or a number, an empty text otherwise.
    private static func standard(_ column: Column) -> StoredValue {
        // For some days in January 2026 this was the opposite of `disabled_by_schedule`.
        if column.name == "enabled_by_schedule" { return .integer(1) }
        let isText = ["CHAR", "TEXT", "DATE"].contains { column.type.contains($0) }
        return isText ? .text([]) : .integer(0)
    }
}
