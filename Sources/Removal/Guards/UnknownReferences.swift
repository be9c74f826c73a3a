import ControlPlane
import GRDB

/// Finds rows of unknown tables that refer to rows which an account's removal would delete.
struct UnknownReferences {
    private struct Probe {
        let reference: ControlPlaneSchema.Reference
        private let statement: Statement

        /// - Parameter rows: a condition on rows of the referenced table. `:key` is the bound key.
        init(_ reference: ControlPlaneSchema.Reference, rows: String, _ db: Database) throws {
            self.reference = reference
            // The names come from the schema itself and are quoted; the key is bound.
            statement = try db.makeStatement(
                sql: """
                    SELECT 1 FROM \(reference.table.quotedIdentifier)
                    WHERE \(reference.column.quotedIdentifier) IN (
                        SELECT \(reference.parentColumn.quotedIdentifier)
                        FROM \(reference.parentTable) WHERE \(rows)
                    ) LIMIT 1
                    """)
        }

        func finds(_ key: some DatabaseValueConvertible) throws -> Bool {
            try Row.fetchOne(statement, arguments: ["key": key]) != nil
        }
    }

    private let instance: [Probe]
    private let peerGroup: [Probe]
    private let user: [Probe]
    private let orphanedRules: [Probe]
    private let firewallRule: [Probe]
    private let session: [Probe]

    init(_ db: Database, schema: ControlPlaneSchema) throws {
        func probes(goingWith root: Cascade.Parent) throws -> [Probe] {
            try schema.unknownReferences.flatMap { reference in
                try Cascade.steps.compactMap { step in
                    guard step.action == .delete, step.table == reference.parentTable, schema.has(step),
                        let rows = step.rows(goingWith: root)
                    else { return nil }
                    return try Probe(reference, rows: rows, db)
                }
            }
        }
        instance = try probes(goingWith: .instance)
        peerGroup = try probes(goingWith: .peerGroup)
        user = try probes(goingWith: .user)
        firewallRule = try probes(goingWith: .firewallRule)
        session = try probes(goingWith: .session)
        orphanedRules = try schema.unknownReferences.filter { $0.parentTable == Cascade.Parent.firewallRule.table }
            .map { try Probe($0, rows: "uuid IN (\(OrphanedRules.ofInstance))", db) }
    }

    /// Whether a table refers to sessions, so that ``refusal(of:_:)`` needs them.
    var concernSessions: Bool { !session.isEmpty }

    /// Whether a table refers to firewall rules.
    var concernRules: Bool { !firewallRule.isEmpty }

    /// A refusal that names the first unknown table with a reference to the account; nil if there is none.
    func refusal(of target: AccountTarget, _ sessions: SessionIndex) throws -> String? {
        for key in target.instances.map(\.uuid) {
            for probe in instance + orphanedRules where try probe.finds(key) { return refusal(probe) }
        }
        for key in target.groups.map(\.uuid) {
            for probe in peerGroup where try probe.finds(key) { return refusal(probe) }
        }
        for key in target.users.map(\.id) {
            for probe in user where try probe.finds(key) { return refusal(probe) }
            for probe in session {
                for key in sessions.keys(ofUser: key) where try probe.finds(key) { return refusal(probe) }
            }
        }
        return nil
    }

    /// The same for a firewall rule to delete.
    package func refusal(ofRule uuid: String) throws -> String? {
        for probe in firewallRule where try probe.finds(uuid) { return refusal(probe) }
        return nil
    }

    private func refusal(_ probe: Probe) -> String {
        let reference = probe.reference
        return "the table \(reference.table), which wg-reconcile does not know, refers by its column "
            + "\(reference.column) to this account's rows in \(reference.parentTable)"
    }
}
