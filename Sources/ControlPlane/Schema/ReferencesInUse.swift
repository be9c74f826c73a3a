import GRDB
import Support

// References of unknown tables and columns to those who stay.
extension ControlPlaneDatabase {
    /// Those of ``ControlPlaneSchema/undecidedReferences`` that a row uses, and ``referencesByValue()``. Call it after the
    /// removals: only those who stay count then. Who was removed is found by ``referencesByValue()`` before the removals.
    ///
    /// A table that names no peer and no instance cannot bar one of them. It could hold a setting for all; but every known
    /// state keeps those in the tables that are guarded, and an unknown table of the same applications is refused.
    ///
    /// - Throws: ``DatabaseFailure``.
    package func undecidedReferencesInUse() throws -> [ControlPlaneSchema.Reference] {
        try readOnly(while: Self.looking, schema.declaredReferencesInUse) + referencesByValue()
    }

    /// The unknown columns that hold keys of peers or instances without a foreign key, and that the operator has not
    /// accepted.
    ///
    /// A table may have millions of rows. It is read once, in several transactions, because other connections cannot
    /// commit during one.
    ///
    /// - Throws: ``DatabaseFailure``.
    package func referencesByValue() throws -> [ControlPlaneSchema.Reference] {
        if schema.unknownColumns.isEmpty { return [] }
        let keys = try readOnly(while: Self.looking, StoredKeys.init)
        let columns = Dictionary(grouping: schema.unknownColumns, by: \.table)
        return try columns.sorted { $0.key < $1.key }.flatMap { table, columns in
            var search = KeySearch(table: table, columns: columns.map(\.column))
            while !search.isDone { try readOnly(while: Self.looking) { db in try search.readMore(db, keys) } }
            return search.references
        }
    }

    private static let looking = "look for unknown tables"
}

/// The keys and UUIDs of all peers and instances, and whose each is.
private struct StoredKeys {
    private static let columns = [
        ("wireguard_peer", "public_key"), ("wireguard_peer", "uuid"), ("wireguard_wireguardinstance", "public_key"),
        ("wireguard_wireguardinstance", "uuid"),
    ]

    private var owners: [String: Int] = [:]

    init(reading db: Database) throws {
        for (index, (table, column)) in Self.columns.enumerated().reversed() {
            try HeldStatement(db, sql: "SELECT \(column) FROM \(table)").forEachRow { row in
                if let key = row.text(0), !key.isEmpty { owners[key] = index }
            }
        }
    }

    /// The column that holds this value as a key. Other programs than Django write a UUID with hyphens.
    func column(of value: UnsafeBufferPointer<UInt8>) -> (table: String, column: String)? {
        // No key or UUID is longer.
        guard !value.isEmpty, value.count <= 64 else { return nil }
        let text = String(decoding: value, as: UTF8.self)
        let key = (32...36).contains(value.count) ? text.filter { $0 != "-" }.lowercased() : text
        return (owners[text] ?? owners[key]).map { Self.columns[$0] }
    }
}

/// Looks for keys in the columns of a table.
private struct KeySearch {
    let table: String
    let columns: [String]
    private(set) var isDone = false
    private var last = Int64.min
    /// By column.
    private var found: [String: (table: String, column: String)] = [:]

    init(table: String, columns: [String]) { (self.table, self.columns) = (table, columns) }

    var references: [ControlPlaneSchema.Reference] {
        columns.compactMap { column in
            found[column].map { parent in
                ControlPlaneSchema.Reference(
                    table: table, column: column, parentTable: parent.table, parentColumn: parent.column)
            }
        }
    }

    /// How many rows one transaction reads.
    private static let portion = 20_000

    mutating func readMore(_ db: Database, _ keys: StoredKeys) throws {
        let names = columns.map(\.quotedIdentifier).joined(separator: ", ")
        let source = table.quotedIdentifier
        let rowID = try rowIDName(db)
        let rows = try HeldStatement(
            db,
            sql: rowID.map { rowID in
                "SELECT \(rowID), \(names) FROM \(source) WHERE \(rowID) > ?1 ORDER BY \(rowID) LIMIT \(Self.portion)"
            } ?? "SELECT NULL, \(names) FROM \(source) LIMIT \(Self.portion) OFFSET max(?1, 0)")
        var (count, end) = (0, last)
        try rows.forEachRow(last) { row in
            count += 1
            end = row.number(0) ?? end
            for (index, column) in columns.enumerated() where found[column] == nil {
                found[column] = row.bytes(Int32(index + 1)).flatMap(keys.column)
            }
        }
        if rowID == nil { end = max(last, 0) + Int64(count) }
        isDone = count < Self.portion || end == last || found.count == columns.count
        last = end
    }

    /// The name of the row id, which a column of the same name hides; nil where there is none.
    private func rowIDName(_ db: Database) throws -> String? {
        let hasRowIDs =
            try Row.fetchOne(
                db,
                sql: "SELECT 1 FROM pragma_table_list WHERE lower(name) = ? AND type IN ('table', 'shadow') AND NOT wr",
                arguments: [table]) != nil
        guard hasRowIDs else { return nil }
        let columns = try String.fetchSet(db, sql: "SELECT lower(name) FROM pragma_table_xinfo(?)", arguments: [table])
        return ["_rowid_", "rowid", "oid"].first { !columns.contains($0) }
    }
}
