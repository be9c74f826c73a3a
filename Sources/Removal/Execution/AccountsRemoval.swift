import ControlPlane
import Feed
import GRDB
import Journal

/// Removes accounts together, by the sets of their rows, as if they were removed one after the other: all of them whole,
/// or none. Holds every statement of the cascade, prepared once.
struct AccountsRemoval {
    /// Why the accounts were left as they were.
    enum Refusal: Error {
        /// A guard said no.
        case refused(String)
        /// Deleting the rows of `table` left references dangling.
        case danglingReferences(table: String)
        /// A row of `table` that was deleted is still there, or there again: a trigger saw to that.
        case rowsRemain(table: String)
        /// A row of `table` was deleted of which nobody can say whose it was.
        case rowOfNobody(table: String)
    }

    private struct Step {
        let table: String
        let action: Cascade.Step.Action
        let statement: HeldStatement
    }

    private let db: Database
    private let gone: GoneRows
    /// Whether anything but this program's own statements can have a say in what goes.
    private let hasTriggers: Bool
    private let steps: [Step]
    private let remainders: [(table: String, statement: HeldStatement)]
    private let unknownReferences: UnknownReferences
    private let privileges: HeldStatement
    private let wideningGuard: WideningGuard
    private let notes: RemovalNotes
    private let restrictions: AccessRestrictions

    /// - Parameter db: a connection on which ``GoneRows/createTables(_:)`` was called.
    init(_ db: Database, schema: ControlPlaneSchema, _ tables: TablesInUse) throws {
        self.db = db
        gone = try GoneRows(db, schema: schema, tables)
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

    /// Deletes everything that belongs to the accounts, and keeps others from being able to do more for it. On a throw the
    /// caller has to roll back to where it began.
    ///
    /// - Parameter author: who makes the empty peer group, where there is none and somebody needs it.
    /// - Returns: what went, of each account.
    /// - Throws: ``Refusal``, ``AccessRestrictions/NotKept``, or a `DatabaseError`, for any one of them.
    func remove(
        _ targets: [AccountTarget], _ sessions: SessionIndex, author: AccessRestrictions.Author
    ) throws -> [RemovalRecord] {
        for target in targets {
            if let refusal = try unknownReferences.refusal(of: target, sessions) ?? wideningGuard.refusal(of: target) {
                throw Refusal.refused(refusal)
            }
        }
        let places = try gone.enter(targets, sessions)
        try refusePrivileged()
        var records = try notes.records(of: targets, places)
        for case .rule(let rule) in try notes.orphanedRules(places).map(\.kind) {
            if let refusal = try unknownReferences.refusal(ofRule: rule) { throw Refusal.refused(refusal) }
        }
        try restrictions.keep(&records, places, author)
        for step in steps {
            try run(step, &records, places)
            // Asked after every statement and not once at the end: children are deleted before their parents, so it has to
            // be zero throughout, while a later statement that deletes a row which dangled before the run would lower the
            // counter again and hide what an earlier one left.
            if db.hasDeferredViolations { throw Refusal.danglingReferences(table: step.table) }
        }
        try requireGone(targets, records)
        return records
    }

    /// The plan has asked the same; between the plan and this transaction the application may have changed its mind.
    private func refusePrivileged() throws {
        try privileges.forEachRow { row in
            if let privilege = Privilege(row, from: 0) { throw Refusal.refused(privilege.refusal) }
        }
    }

    private func run(_ step: Step, _ records: inout [RemovalRecord], _ places: GoneRows.Places) throws {
        guard step.action == .delete else { return try step.statement.run() }
        var deleted = [Int](repeating: 0, count: records.count)
        try step.statement.forEachRow { row in
            let place = row.integer(0)
            // Of a column that compares its texts in a way of its own, a row may go for nobody's sake.
            guard places.indices.contains(place) else { throw Refusal.rowOfNobody(table: step.table) }
            deleted[places[place]] += 1
        }
        for (account, count) in deleted.enumerated() where count > 0 {
            records[account].rows[step.table, default: 0] += count
        }
    }

    /// A DELETE can silently do nothing: a trigger's RAISE(IGNORE) makes it so, and another trigger can put a row back.
    /// Rows that refer to others are found by the foreign keys; those at the roots, which refer to nothing, are not.
    private func requireGone(_ targets: [AccountTarget], _ records: [RemovalRecord]) throws {
        for (table, statement) in remainders where try statement.findsRow() { throw Refusal.rowsRemain(table: table) }
        // A trigger may have deleted a row before its turn came.
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
