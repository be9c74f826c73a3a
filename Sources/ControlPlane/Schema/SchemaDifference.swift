/// The tables and columns that this program needs and a database lacks, and the columns that it does not know.
package struct SchemaDifference: Hashable, Sendable {
    /// In the form that messages use: `table name` or `column table.name`.
    var missing: [String] = []
    /// Columns of guarded tables that are neither known nor accepted; see ``ApplicationTable/optionalColumns``. For an
    /// unknown table, all of its columns.
    package var unknown: [AcceptedColumn] = []
    /// Tables and columns that no single application has together, in the form that messages use.
    var contradictory: [String] = []

    var isEmpty: Bool { missing.isEmpty && unknown.isEmpty && contradictory.isEmpty }

    package init(missing: [String] = [], contradictory: [String] = []) {
        self.missing = missing
        self.contradictory = contradictory
    }

    package init(of capabilities: SchemaCapabilities, accepting accepted: Set<AcceptedColumn>) {
        for table in ApplicationTable.all {
            guard let present = capabilities.columns[table.name] else {
                if table.isRequired { missing.append("table \(table.name)") }
                continue
            }
            missing += table.columns.filter { !present.contains($0) }.map { "column \(table.name).\($0)" }
            guard let optional = table.optionalColumns else { continue }
            unknown += present.subtracting(table.columns + optional).sorted()
                .map { AcceptedColumn(table: table.name, column: $0) }
        }
        if capabilities.has("wireguard_peer", columns: ["disabled_by_schedule", "enabled_by_schedule"]) {
            // No known state has both, and they contradict each other.
            unknown.append(AcceptedColumn(table: "wireguard_peer", column: "enabled_by_schedule"))
        }
        if ApplicationTable.cluster.contains(where: { capabilities.has($0) }) {
            // Read as no cluster, the workers would not be told of removals.
            missing += ApplicationTable.cluster.filter { !capabilities.has($0) }.map { "table \($0)" }
        }
        let known = KnownState.tables.union(ApplicationTable.all.map(\.name))
        for (table, columns) in capabilities.columns.sorted(by: { $0.key < $1.key })
        where !known.contains(table) && ApplicationTable.guardedPrefixes.contains(where: table.hasPrefix) {
            unknown += columns.sorted().map { AcceptedColumn(table: table, column: $0) }
        }
        unknown.removeAll { accepted.contains($0) }
    }
}
