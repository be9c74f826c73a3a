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

    /// - Parameter db: a connection on which ``RowsToDelete/createTables(_:)`` was called.
    init(_ db: Database, schema: ControlPlaneSchema, _ tables: TablesInUse) throws {
        (self.db, self.schema) = (db, schema)
        gone = try RowsToDelete(db, schema: schema, tables)
        hasTriggers = tables.hasTriggers
        steps = try Cascade.steps.filter { schema.has($0) && tables.mayHold($0.table) }.map {
            Step(table: $0.table, action: $0.action, statement: try HeldStatement(db, sql: $0.sql))
        }
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
    /// - Parameter author: recorded as the creator of the empty peer group, if one has to be created.
    /// - Returns: what was deleted, per account.
    /// - Throws: ``Refusal``, ``AccessRestrictions/NotKept``, or a `DatabaseError`, caused by any of the accounts.
    func remove(
        _ targets: [AccountTarget], _ sessions: SessionIndex, author: AccessRestrictions.Author
    ) throws -> [RemovalRecord] {
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
        try restrictions.keep(&records, places, author)
        for step in steps {
            try run(step, &records, places)
            // Checked after every statement and not once at the end. Children are deleted before their parents, so the
            // counter has to stay zero throughout. If a later statement deletes a row that dangled before the run, it
            // lowers the counter and would hide a violation of an earlier one.
            if db.hasDeferredViolations { throw Refusal.danglingReferences(table: step.table) }
        }
        try requireGone(targets, records)
        return records
    }

    /// The plan has checked this too, but the application may have changed a user's privileges since.
    private func refusePrivileged() throws {
        try privileges.forEachRow { row in
            if let privilege = Privilege(row, from: 0) { throw Refusal.refused(privilege.refusal) }
        }
    }

    private func run(_ step: Step, _ records: inout [RemovalRecord], _ places: RowsToDelete.Places) throws {
        guard step.action == .delete else { return try step.statement.run() }
        var deleted = [Int](repeating: 0, count: records.count)
        try step.statement.forEachRow { row in
            let place = row.integer(0)
            // If a column has a collation of its own, a row may be deleted that matches no account's key exactly.
            guard places.indices.contains(place) else { throw Refusal.rowOfNobody(table: step.table) }
            deleted[places[place]] += 1
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
