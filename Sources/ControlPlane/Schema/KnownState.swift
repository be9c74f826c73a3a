/// A recorded state of the application's schema, as in `fixtures/schema`. Used only in messages, and to tell
/// the application's tables from others. What a database can do is read from the database itself.
package struct KnownState: Hashable, Sendable {
    /// Project, date and commit: `upstream-2026-02-09-a7985ba`.
    let name: String
    /// The columns of every table; names in lower case.
    let columns: [String: Set<String>]

    /// The states in `known-states.txt`, the oldest first.
    ///
    /// The first line has their names. Every other line describes columns that were added and dropped together: the
    /// table, one digit per state (1 if the state has them), and the columns.
    static let all: [KnownState] = {
        let lines = String(decoding: PackageResources.known_states_txt, as: UTF8.self).split(separator: "\n")
            .map { $0.split(separator: " ").map(String.init) }
        var states = (lines.first ?? []).map { (name: $0, columns: [String: Set<String>]()) }
        for line in lines.dropFirst() where line.count > 2 {
            for (state, digit) in zip(states.indices, line[1]) where digit == "1" {
                states[state].columns[line[0], default: []].formUnion(line[2...])
            }
        }
        return states.map { KnownState(name: $0.name, columns: $0.columns) }
    }()

    /// The tables of all states.
    static let tables = Set(all.flatMap(\.columns.keys))

    private static let columnsByTable: [String: Set<String>] = all.reduce(into: [:]) { known, state in
        known.merge(state.columns) { $0.union($1) }
    }

    /// The columns that a table has in any state.
    static func columns(of table: String) -> Set<String> { columnsByTable[table] ?? [] }

    /// The state that differs from the database in the fewest columns; if there are several, the newest of them.
    static func nearest(to capabilities: SchemaCapabilities) -> (state: KnownState, distance: Distance)? {
        let distances = all.map { (state: $0, distance: Distance(from: $0, to: capabilities)) }
        return distances.reversed().min { $0.distance.columns < $1.distance.columns }
    }

    /// A short text: the known state that a database has or is nearest to.
    package static func description(of capabilities: SchemaCapabilities) -> String {
        guard let (state, distance) = nearest(to: capabilities) else { return "no known state" }
        return distance.columns == 0 ? "state \(state.name)" : "nearest to the known state \(state.name)"
    }

    /// What a state has and a database lacks, and what only the database has; each as `table name` or `column
    /// table.name`.
    struct Distance: Hashable, Sendable {
        private(set) var missing: [String] = []
        private(set) var more: [String] = []
        /// The number of columns in which they differ.
        private(set) var columns = 0

        init(from state: KnownState, to capabilities: SchemaCapabilities) {
            // This program's journal and SQLite's own tables are not part of the application's schema.
            let present = capabilities.columns.filter { table in
                !table.key.hasPrefix("wg_reconcile_") && !table.key.hasPrefix("sqlite_")
            }
            (missing, columns) = Self.what(state.columns, hasBesides: present)
            let others = Self.what(present, hasBesides: state.columns)
            more = others.names
            columns += others.columns
        }

        private static func what(
            _ tables: [String: Set<String>], hasBesides others: [String: Set<String>]
        ) -> (names: [String], columns: Int) {
            var names: [String] = []
            var count = 0
            for (table, columns) in tables.sorted(by: { $0.key < $1.key }) {
                guard let known = others[table] else {
                    names.append("table \(table)")
                    count += columns.count
                    continue
                }
                let rest = columns.subtracting(known)
                names += rest.sorted().map { "column \(table).\($0)" }
                count += rest.count
            }
            return (names, count)
        }
    }
}
