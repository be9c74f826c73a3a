import GRDB
import SamplePlane

/// All that a database holds, row by row, and which row refers to which: what the tests compare, and from which they
/// compute what has to go without asking the code that they test.
package struct DatabaseImage: Equatable {
    /// A row's values as SQL literals, in the order of the table's columns.
    package typealias Row = [String]

    package struct Reference: Hashable {
        package var table: String
        package var column: String
        package var parent: String
        package var parentColumn: String
    }

    package private(set) var columns: [String: [String]] = [:]
    package private(set) var rows: [String: Set<Row>] = [:]
    package private(set) var references: Set<Reference> = []
    /// What `PRAGMA foreign_key_check` finds.
    package private(set) var danglingRows = 0

    package init(ofDatabaseAt path: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.read { db in
            let tables = try String.fetchAll(
                db, sql: "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'sqlite_sequence'")
            for table in tables {
                let names = try String.fetchAll(
                    db, sql: "SELECT name FROM pragma_table_info(?)", arguments: [table])
                columns[table] = names
                let literals = names.map { "quote(\"\($0)\")" }.joined(separator: ", ")
                rows[table] = Set(
                    try GRDB.Row.fetchAll(db, sql: "SELECT \(literals) FROM \"\(table)\"").map { row in
                        (0..<row.count).map { row[$0] as String }
                    })
                let keys = try GRDB.Row.fetchAll(
                    db, sql: "SELECT \"from\", \"table\", \"to\" FROM pragma_foreign_key_list(?)", arguments: [table])
                for key in keys {
                    guard let parentColumn = key[2] as String? else { continue }
                    references.insert(
                        Reference(table: table, column: key[0], parent: key[1], parentColumn: parentColumn))
                }
            }
            danglingRows = try GRDB.Row.fetchAll(db, sql: "PRAGMA foreign_key_check").count
        }
        try queue.close()
    }

    /// Without the program's own journal.
    package var withoutJournal: DatabaseImage {
        var image = self
        for table in rows.keys where table.hasPrefix("wg_reconcile") {
            image.rows[table] = nil
            image.columns[table] = nil
        }
        image.references = references.filter { !$0.table.hasPrefix("wg_reconcile") }
        return image
    }

    package func removing(_ gone: [String: Set<Row>]) -> DatabaseImage {
        var image = self
        for (table, rows) in gone { image.rows[table]?.subtract(rows) }
        return image
    }

    /// What differs, a line for each row: `- table values` for one that is in `before` alone, `+ …` for one that is new.
    package func changes(since before: DatabaseImage) -> [String] {
        let tables = Set(rows.keys).union(before.rows.keys)
        return tables.sorted().flatMap { table in
            let (old, new) = (before.rows[table] ?? [], rows[table] ?? [])
            return old.subtracting(new).map { "- \(table) \($0.joined(separator: ", "))" }.sorted()
                + new.subtracting(old).map { "+ \(table) \($0.joined(separator: ", "))" }.sorted()
        }
    }

    /// The tables of which rows are there that were not before, or the reverse.
    package func changedTables(since before: DatabaseImage) -> [String] {
        Set(rows.keys).union(before.rows.keys).filter { rows[$0] ?? [] != before.rows[$0] ?? [] }.sorted()
    }

    // MARK: What has to go

    /// The rows of these accounts, everything that refers to them directly or over other rows, the rules that would
    /// apply to everybody without them, and their users' sessions.
    package func belongings(of accounts: [SampleAccount], _ inventory: SampleInventory) -> [String: Set<Row>] {
        let emails = Set(accounts.map { literal($0.email) })
        let groups = Set(accounts.map { literal($0.email + "_group") })
        var roots: [String: Set<Row>] = [
            "wireguard_wireguardinstance": rowsIn("wireguard_wireguardinstance", where: "name", isIn: emails),
            "wireguard_peergroup": rowsIn("wireguard_peergroup", where: "name", isIn: groups),
            "auth_user": rowsIn("auth_user", where: "email", isIn: emails),
        ]
        let keys = accounts.flatMap(\.userIDs).flatMap { inventory.sessionKeysByUser[$0] ?? [] }
        roots["django_session"] = rowsIn("django_session", where: "session_key", isIn: Set(keys.map(literal)))
        let gone = closed(roots)
        roots["firewall_firewallrule"] = rowsIn(
            "firewall_firewallrule", where: "uuid", isIn: orphanedRules(without: gone))
        return closed(roots)
    }

    private func closed(_ roots: [String: Set<Row>]) -> [String: Set<Row>] {
        var gone = roots
        var grows = true
        while grows {
            grows = false
            for reference in references {
                let keys = values(of: reference.parentColumn, of: reference.parent, in: gone[reference.parent] ?? [])
                let more = rowsIn(reference.table, where: reference.column, isIn: keys)
                    .subtracting(gone[reference.table] ?? [])
                guard !more.isEmpty else { continue }
                gone[reference.table, default: []].formUnion(more)
                grows = true
            }
        }
        return gone
    }

    private func orphanedRules(without gone: [String: Set<Row>]) -> Set<String> {
        var orphans: Set<String> = []
        for side in ["source", "destination"] {
            let table = "firewall_firewallrule_\(side)_peer"
            let losing = values(of: "firewallrule_id", of: table, in: gone[table] ?? [])
            let keeping = values(
                of: "firewallrule_id", of: table, in: (rows[table] ?? []).subtracting(gone[table] ?? []))
            let withoutAddress = values(
                of: "uuid", of: "firewall_firewallrule",
                in: rowsIn("firewall_firewallrule", where: "\(side)_ip", isIn: ["NULL", "''"], withNull: true))
            let negated = rowsIn("firewall_firewallrule", where: "not_\(side)", isIn: ["1"])
            let blocking = rowsIn("firewall_firewallrule", where: "rule_action", isIn: ["'drop'", "'reject'"])
            let staying = values(of: "uuid", of: "firewall_firewallrule", in: negated.intersection(blocking))
            orphans.formUnion(losing.subtracting(keeping).intersection(withoutAddress).subtracting(staying))
        }
        return orphans
    }

    private func rowsIn(
        _ table: String, where column: String, isIn values: Set<String>, withNull: Bool = false
    ) -> Set<Row> {
        guard let index = columns[table]?.firstIndex(of: column) else { return [] }
        return (rows[table] ?? []).filter { values.contains($0[index]) && (withNull || $0[index] != "NULL") }
    }

    private func values(of column: String, of table: String, in rows: Set<Row>) -> Set<String> {
        guard let index = columns[table]?.firstIndex(of: column) else { return [] }
        return Set(rows.map { $0[index] })
    }

    private func literal(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
}
