import GRDB
import Support

/// What the database's tables show: what the application can do, and which references between tables this program does
/// not know.
package struct ControlPlaneSchema: Sendable {
    /// A foreign key from a column of one table to a column of another.
    package struct Reference: Hashable, Sendable {
        package var table: String
        package var column: String
        package var parentTable: String
        package var parentColumn: String

        /// What is unknown of it, to begin a sentence, and how a sentence names the column after the verb.
        package var unknown: (subject: String, byColumn: String) {
            KnownState.tables.contains(table)
                ? ("the column \(table).\(column), which wg-reconcile does not know,", "")
                : ("the table \(table), which wg-reconcile does not know,", " by its column \(column)")
        }

        /// For `--accept-column`.
        package var acceptance: AcceptedColumn { AcceptedColumn(table: table, column: column) }
    }

    package let capabilities: SchemaCapabilities
    /// Foreign keys to tables that the cascade deletes from, in tables or columns that the cascade does not know.
    package let unknownReferences: [Reference]
    /// Those of ``unknownReferences`` to peers and instances that the operator has not accepted. Such a table might
    /// decide who may connect.
    package let undecidedReferences: [Reference]

    /// Columns that no known state has, without those of ``unknownReferences`` and those that the operator has accepted.
    /// Most are in tables that no known state has.
    let unknownColumns: [AcceptedColumn]

    package func has(_ table: String) -> Bool { capabilities.has(table) }

    /// Whether the table exists with all of these columns.
    package func has(_ table: String, columns names: [String]) -> Bool { capabilities.has(table, columns: names) }

    /// Whether the table and the columns that a step works on exist.
    package func has(_ step: Cascade.Step) -> Bool { capabilities.has(step) }

    /// - Parameter accepted: unknown columns that the operator has reviewed. Any other unknown column is refused if it
    ///   could decide who may connect or what passes.
    /// - Throws: ``DatabaseFailure`` if this program does not know the database's schema.
    package init(of db: Database, at path: String, accepting accepted: Set<AcceptedColumn>) throws {
        let capabilities = try SchemaCapabilities(reading: db)
        self.capabilities = capabilities
        func require(_ difference: SchemaDifference) throws {
            guard !difference.isEmpty else { return }
            throw DatabaseFailure(
                .unknownSchema(UnknownSchema(difference, in: capabilities, accepting: accepted)),
                while: "use the database", on: path)
        }
        try require(SchemaDifference(of: capabilities, accepting: accepted))
        let names = try String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        let columns = capabilities.columns
        try require(SchemaDifference(missing: Self.lostParents(names, columns, db)))
        try require(SchemaDifference(missing: CompanionColumn.missing(in: capabilities)))
        let parents = Cascade.deletedTables.intersection(columns.keys)
        unknownReferences = try names.flatMap { try Self.references(from: $0, to: parents, db) }.filter { reference in
            !Cascade.knownReferences.contains("\(reference.table).\(reference.column)")
        }
        undecidedReferences = unknownReferences.filter { reference in
            ["wireguard_peer", "wireguard_wireguardinstance"].contains(reference.parentTable)
                && !accepted.contains(reference.acceptance)
        }
        let declared = Set(unknownReferences.map(\.acceptance))
        unknownColumns = columns.sorted { $0.key < $1.key }
            .flatMap { table, names in names.sorted().map { AcceptedColumn(table: table, column: $0) } }
            .filter { Self.isUnknown($0) && !declared.contains($0) && !accepted.contains($0) }
    }

    /// Whether the database has this column and no known state does.
    package func isUnknown(_ column: AcceptedColumn) -> Bool {
        Self.isUnknown(column) && has(column.table, columns: [column.column])
    }

    private static func isUnknown(_ column: AcceptedColumn) -> Bool {
        let (table, name) = (column.table, column.column)
        // Besides those of the application there are this program's journal and SQLite's own.
        if table.hasPrefix("wg_reconcile_") || table.hasPrefix("sqlite_") { return false }
        if KnownState.columns(of: table).contains(name) { return false }
        return !ApplicationTable.all.contains { known in
            known.name == table && (known.columns + (known.optionalColumns ?? [])).contains(name)
        }
    }

    /// Those of ``undecidedReferences`` that a row uses.
    func declaredReferencesInUse(_ db: Database) throws -> [Reference] {
        try undecidedReferences.filter { reference in
            let sql = """
                SELECT 1 FROM \(reference.table.quotedIdentifier) AS theirs
                JOIN \(reference.parentTable.quotedIdentifier) AS ours
                    ON ours.\(reference.parentColumn.quotedIdentifier) = theirs.\(reference.column.quotedIdentifier)
                LIMIT 1
                """
            return try Row.fetchOne(db, sql: sql) != nil
        }
    }

    /// Missing tables and columns that a table which the cascade writes to refers to. SQLite prepares no statement that
    /// writes to a table with such a reference.
    private static func lostParents(
        _ names: [String], _ columns: [String: Set<String>], _ db: Database
    ) throws -> [String] {
        try names.filter { Cascade.tables.contains($0.asciiLowercased) }.flatMap { name in
            let parents = try Row.fetchAll(
                db,
                sql: "SELECT DISTINCT lower(\"table\"), lower(\"to\") FROM pragma_foreign_key_list(?) ORDER BY 1, 2",
                arguments: [name])
            var lost: [String] = []
            for parent in parents {
                guard let table = parent.text(0) else { continue }
                guard let present = columns[table] else {
                    lost.append("table \(table), to which \(name.asciiLowercased) refers")
                    continue
                }
                // A reference without a column is to the primary key.
                guard let column = parent.text(1), !present.contains(column) else { continue }
                lost.append("column \(table).\(column), to which \(name.asciiLowercased) refers")
            }
            return lost
        }
    }

    private static func references(
        from table: String, to parents: Set<String>, _ db: Database
    ) throws -> [Reference] {
        let keys = try Row.fetchAll(
            db, sql: "SELECT \"table\", \"from\", \"to\", seq FROM pragma_foreign_key_list(?)", arguments: [table])
        return try keys.compactMap { key in
            // GRDB's `foreignKeys(on:)` throws if any table refers to a missing one. That does not matter here.
            guard let parent = key.text(0)?.asciiLowercased, parents.contains(parent),
                let column = key.text(1), let position = key.integer(3)
            else { return nil }
            let primaryKey = try key.text(2) == nil ? db.primaryKey(parent).columns : []
            guard let parentColumn = key.text(2) ?? primaryKey.dropFirst(Int(position)).first else { return nil }
            return Reference(
                table: table.asciiLowercased, column: column.asciiLowercased, parentTable: parent,
                parentColumn: parentColumn.asciiLowercased)
        }
    }
}
