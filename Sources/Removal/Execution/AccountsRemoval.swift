import ControlPlane
import Feed
import GRDB
import Journal

/// Removes several accounts together, with one statement per table. The result is as if they were removed one after the
/// other. Removes all of them or none. Holds every statement of the cascade, prepared once.
struct AccountsRemoval {
    /// Why no account was removed.
    enum Refusal: Error {
        /// Blocked by a guard.
        case refused(String)
        /// Deleting the rows of `table` left references dangling.
        case danglingReferences(table: String)
        /// A deleted row of `table` still exists, or exists again. A trigger caused that.
        case rowsRemain(table: String)
        /// A deleted row of `table` could not be assigned to any account.
        case rowOfNobody(table: String)
    }

    private struct Step {
        let table: String
        let action: Cascade.Step.Action
        let statement: HeldStatement
        /// What is archived of each row; nil where nothing is.
        let archived: Archived?

        enum Archived {
            /// A deleted row, by the index of its table in the layout and the number of its columns.
            case row(table: Int, columns: Int)
            /// A reference that is cleared: the column that identifies the row, and a statement that finds them all.
            case reference(key: String, column: String, all: HeldStatement)
        }
    }

    private let db: Database
    private let schema: ControlPlaneSchema
    private let gone: RowsToDelete
    /// Whether triggers may delete or insert rows in addition to this program's own statements.
    private let hasTriggers: Bool
    private let steps: [Step]
    private let remainders: [(table: String, statement: HeldStatement)]
    private let unknownReferences: UnknownReferences
    private let privileges: HeldStatement
    private let wideningGuard: WideningGuard
    private let notes: RemovalNotes
    private let restrictions: AccessRestrictions
    /// The tables whose rows are archived; nil where nothing is. See ``ArchiveLayout/text()``.
    let archiveLayout: String?

    /// - Parameters:
    ///   - db: a connection on which ``RowsToDelete/createTables(_:)`` was called.
    ///   - archives: whether deleted rows may have to be archived.
    init(_ db: Database, schema: ControlPlaneSchema, _ tables: TablesInUse, archives: Bool) throws {
        (self.db, self.schema) = (db, schema)
        gone = try RowsToDelete(db, schema: schema, tables)
        hasTriggers = tables.hasTriggers
        var layout = ArchiveLayout(tables: [])
        steps = try Cascade.steps.filter { schema.has($0) && tables.mayHold($0.table) }.map { step in
            let columns = archives && step.isArchived ? try Self.columns(of: step.table, in: db) : []
            let archived: Step.Archived?
            switch step.action {
            case .delete where !columns.isEmpty:
                archived = .row(table: layout.tables.count, columns: columns.count)
                layout.tables.append(ArchiveLayout.Table(name: step.table, columns: columns))
            case .clear where archives:
                let key = Cascade.Parent.allCases.first { $0.table == step.table }?.key ?? "id"
                archived = .reference(
                    key: key, column: step.references[0].column,
                    all: try HeldStatement(db, sql: step.clearedSQL(key: key)))
            case .delete, .clear: archived = nil
            }
            return Step(
                table: step.table, action: step.action,
                statement: try HeldStatement(db, sql: step.sql(returning: columns)), archived: archived)
        }
        archiveLayout = archives ? try layout.text() : nil
        remainders = try Cascade.Parent.allCases.filter { $0.owner == nil && schema.has($0.table) }.map { root in
            let sql = "SELECT 1 FROM \(root.table) WHERE \(root.key) IN (SELECT key FROM \(root.gone)) LIMIT 1"
            return (root.table, try HeldStatement(db, sql: sql))
        }
        unknownReferences = try UnknownReferences(db, schema: schema)
        wideningGuard = try WideningGuard(db, schema: schema)
        privileges = try HeldStatement(
            db,
            sql: """
                SELECT person.is_superuser, person.is_staff,
                    (SELECT max(user_level) FROM user_manager_useracl WHERE user_id = person.id)
                FROM \(Cascade.Parent.user.gone) AS gone CROSS JOIN auth_user AS person ON person.id = gone.key
                """)
        notes = try RemovalNotes(db, tables)
        restrictions = try AccessRestrictions(db, schema: schema, tables)
    }

    /// Deletes everything that belongs to the accounts and prevents others from gaining access by it. If this throws,
    /// the caller has to roll back to where it began.
    ///
    /// - Parameters:
    ///   - author: recorded as the creator of the empty peer group, if one has to be created.
    ///   - kept: for each account, whether to archive what is deleted.
    /// - Returns: what was deleted, per account, and the archive.
    /// - Throws: ``Refusal``, ``AccessRestrictions/NotKept``, or a `DatabaseError`, caused by any of the accounts.
    func remove(
        _ targets: [AccountTarget], _ sessions: SessionIndex, author: AccessRestrictions.Author, archiving kept: [Bool]
    ) throws -> (records: [RemovalRecord], archives: [ArchiveBytes?]) {
        var archives = kept.map { $0 ? ArchiveBytes() : nil }
        var sharedRoutes = try SharedRoutes(db, schema: schema)
        for target in targets {
            if let refusal = try unknownReferences.refusal(of: target, sessions) ?? wideningGuard.refusal(of: target) {
                throw Refusal.refused(refusal)
            }
            if let refusal = sharedRoutes?.refusal(of: target) { throw Refusal.refused(refusal) }
        }
        let places = try gone.enter(targets, sessions)
        try refusePrivileged()
        var records = try notes.records(of: targets, places)
        for case .rule(let rule) in try notes.emptiedRules(places).map(\.kind) {
            if let refusal = try unknownReferences.refusal(ofRule: rule) { throw Refusal.refused(refusal) }
        }
        try restrictions.keep(&records, &archives, places, author)
        for step in steps {
            try run(step, &records, &archives, places)
            // Checked after every statement and not once at the end. Children are deleted before their parents, so the
            // counter has to stay zero throughout. If a later statement deletes a row that dangled before the run, it
            // lowers the counter and would hide a violation of an earlier one.
            if db.hasDeferredViolations { throw Refusal.danglingReferences(table: step.table) }
        }
        try requireGone(targets, records)
        return (records, archives)
    }

    /// The columns of a table that a row can be inserted with, in their order.
    private static func columns(of table: String, in db: Database) throws -> [String] {
        try String.fetchAll(db, sql: "SELECT lower(name) FROM pragma_table_info(?) ORDER BY cid", arguments: [table])
    }

    /// The plan has checked this too, but the application may have changed a user's privileges since.
    private func refusePrivileged() throws {
        try privileges.forEachRow { row in
            if let privilege = Privilege(row, from: 0) { throw Refusal.refused(privilege.refusal) }
        }
    }

    private func run(
        _ step: Step, _ records: inout [RemovalRecord], _ archives: inout [ArchiveBytes?], _ places: RowsToDelete.Places
    ) throws {
        if case .reference(let key, let column, let all) = step.archived {
            try all.forEachRow { row in
                guard places.indices.contains(row.integer(0)) else { return }
                archives[places[row.integer(0)]]?.append(
                    ArchivedAccount.Reference(
                        table: step.table, key: key, keyValue: StoredValue(row, 1), column: column,
                        value: StoredValue(row, 2)))
            }
        }
        guard step.action == .delete else { return try step.statement.run() }
        var deleted = [Int](repeating: 0, count: records.count)
        try step.statement.forEachRow { row in
            let place = row.integer(0)
            // If a column has a collation of its own, a row may be deleted that matches no account's key exactly.
            guard places.indices.contains(place) else { throw Refusal.rowOfNobody(table: step.table) }
            deleted[places[place]] += 1
            guard case .row(let table, let columns) = step.archived else { return }
            archives[places[place]]?.append(
                table: table, rowID: row.number(1) ?? 0, row, from: 2, count: columns)
        }
        for (account, count) in deleted.enumerated() where count > 0 {
            records[account].rows[step.table, default: 0] += count
        }
    }

    /// A DELETE can silently do nothing because of a trigger's RAISE(IGNORE), and another trigger can restore a row.
    /// The foreign keys reveal such rows if they refer to others. Rows at the roots refer to nothing, so they are
    /// checked here.
    private func requireGone(_ targets: [AccountTarget], _ records: [RemovalRecord]) throws {
        for (table, statement) in remainders where try statement.findsRow() { throw Refusal.rowsRemain(table: table) }
        // A trigger may have deleted a row before its own statement ran, so the counts prove nothing.
        guard !hasTriggers else { return }
        for (target, record) in zip(targets, records) {
            for (root, expected) in [
                (Cascade.Parent.instance, target.instances.count), (.peerGroup, target.groups.count),
                (.user, target.users.count),
            ] where record.rows[root.table, default: 0] != expected {
                throw Refusal.rowsRemain(table: root.table)
            }
        }
    }
}
