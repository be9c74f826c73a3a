/// What a database lacks that this program needs, and what it has that this program cannot judge; each as `table name`
/// or `column table.name`.
struct SchemaDifference: Hashable {
    var missing: [String] = []
    /// Columns of guarded tables; see ``ApplicationTable/optionalColumns``.
    var unknown: [String] = []

    var isEmpty: Bool { missing.isEmpty && unknown.isEmpty }

    init(of capabilities: SchemaCapabilities) {
        for table in ApplicationTable.all {
            guard let present = capabilities.columns[table.name] else {
                if table.isRequired { missing.append("table \(table.name)") }
                continue
            }
            missing += table.columns.filter { !present.contains($0) }.map { "column \(table.name).\($0)" }
            guard let optional = table.optionalColumns else { continue }
            unknown += present.subtracting(table.columns + optional).sorted().map { "column \(table.name).\($0)" }
        }
    }
}
