import Support

/// Writes `removed_rows`: rows by table, in alphabetical order, so that equal runs give equal reports.
///
/// Nearly every account loses rows of the same tables, and sorting their names takes longer than writing them. The
/// order of the last account is therefore cached.
struct RowCounts {
    private var tables: [String] = []

    mutating func write(_ rows: [String: Int], to json: inout JSONText) {
        guard !rows.isEmpty else { return json.object { _ in } }
        if rows.count != tables.count || !tables.allSatisfy({ rows[$0] != nil }) {
            tables = rows.keys.sorted()
        }
        json.object { json in
            for table in tables {
                guard let count = rows[table], count > 0 else { continue }
                json.key(escaping: table)
                json.value(count)
            }
        }
    }
}
