import ControlPlane
import GRDB

/// The keys of the rows to delete, in temporary tables. With them, one statement of the cascade deletes for many
/// accounts and returns for each row which account it belonged to.
///
/// Each key has a *place*: the number of the instance, peer group or user that it was found through, in the order in
/// which accounts are removed. Some rows belong to two accounts, such as the membership of one account's peer in the
/// other's group. They get the lower place, as if the accounts were removed one after the other.
struct RowsToDelete {
    /// For each place, the index of the account that it belongs to.
    typealias Places = [Int]

    private let enterKey: [Cascade.Parent: HeldStatement]
    private let enterOwned: [HeldStatement]
    /// nil if no rule has peers.
    private let enterOrphanedRules: HeldStatement?
    private let clear: [HeldStatement]

    /// Creates the tables, which belong to this connection and are kept in memory. Call this outside a transaction that
    /// may be rolled back, because a rollback would remove the tables.
    static func createTables(_ db: Database) throws {
        for parent in Cascade.Parent.allCases {
            try db.execute(
                sql: """
                    CREATE TEMP TABLE IF NOT EXISTS \(parent.gone.dropFirst(5)) (
                        key \(parent.keyType) NOT NULL PRIMARY KEY,
                        place INTEGER NOT NULL
                    ) WITHOUT ROWID
                    """)
        }
    }

    init(_ db: Database, schema: ControlPlaneSchema, _ tables: TablesInUse) throws {
        let roots = Cascade.Parent.allCases.filter { $0.owner == nil }
        enterKey = try Dictionary(
            uniqueKeysWithValues: roots.map { root in
                (root, try HeldStatement(db, sql: "INSERT OR IGNORE INTO \(root.gone) (key, place) VALUES (?1, ?2)"))
            })
        enterOwned = try Cascade.Parent.allCases.filter { schema.has($0.table) }.compactMap { parent in
            guard let owner = parent.owner else { return nil }
            return try HeldStatement(
                db,
                sql: """
                    INSERT INTO \(parent.gone) (key, place)
                    SELECT owned.\(parent.key), owner.place
                    FROM \(owner.parent.gone) AS owner
                    CROSS JOIN \(parent.table) AS owned ON owned.\(owner.column) = owner.key
                    """)
        }
        let rulesHavePeers = OrphanedRules.Side.allCases.contains { tables.mayHold($0.members) }
        enterOrphanedRules = rulesHavePeers ? try HeldStatement(db, sql: OrphanedRules.enterAll) : nil
        clear = try Cascade.Parent.allCases.map { try HeldStatement(db, sql: "DELETE FROM \($0.gone)") }
    }

    /// Enters all rows to delete with these accounts, in this order. Earlier contents are removed first.
    package func enter(_ targets: [AccountTarget], _ sessions: SessionIndex) throws -> Places {
        for statement in clear { try statement.run() }
        var places: Places = []
        for (account, target) in targets.enumerated() {
            for instance in target.instances {
                try enter(instance.uuid, at: places.count, as: .instance)
                places.append(account)
            }
            for group in target.groups {
                try enter(group.uuid, at: places.count, as: .peerGroup)
                places.append(account)
            }
            for user in target.users {
                try enter(user.id, at: places.count, as: .user)
                for key in sessions.keys(ofUser: user.id) { try enter(key, at: places.count, as: .session) }
                places.append(account)
            }
        }
        for statement in enterOwned { try statement.run() }
        try enterOrphanedRules?.run()
        return places
    }

    /// Enters a row found by an account's name or a session's data.
    private func enter(_ key: some StatementKey, at place: Int, as root: Cascade.Parent) throws {
        try enterKey[root]?.run(key, Int64(place))
    }
}

extension Cascade.Parent {
    /// The temporary table of the rows to delete.
    var gone: String { "temp.wg_reconcile_gone_\(rawValue)" }
}

extension Cascade.Step {
    /// Deletes or clears all rows that ``RowsToDelete`` leads to. A deletion returns the place of each row.
    ///
    /// - Parameter columns: what a deletion returns besides, after the row id. If there are none, there is no row id either.
    func sql(returning columns: [String]) -> String {
        let rows = references.map { "\($0.column) IN (SELECT key FROM \($0.parent.gone))" }.joined(separator: " OR ")
        switch action {
        case .clear:
            return "UPDATE \(table) SET \(references[0].column) = NULL WHERE \(rows)"
        case .delete:
            // The plus makes SQLite look the key up in the temporary table. Without it, SQLite 3.40 scans the whole
            // table for each row.
            let places = references.map { reference in
                """
                ifnull(
                    (SELECT gone.place FROM \(reference.parent.gone) AS gone
                    WHERE gone.key = +\(table).\(reference.column)), \(Int.max))
                """
            }
            let content =
                columns.isEmpty ? "" : ", " + (["rowid"] + columns.map(\.quotedIdentifier)).joined(separator: ", ")
            return """
                DELETE FROM \(table) WHERE \(rows)
                RETURNING \(places.count == 1 ? places[0] : "min(\(places.joined(separator: ", ")))")\(content)
                """
        }
    }

    /// Selects the references to clear: the place, the key of the row, and the reference.
    func clearedSQL(key: String) -> String {
        """
        SELECT gone.place, theirs.\(key), theirs.\(references[0].column)
        FROM \(references[0].parent.gone) AS gone
        CROSS JOIN \(table) AS theirs ON theirs.\(references[0].column) = gone.key
        """
    }
}
