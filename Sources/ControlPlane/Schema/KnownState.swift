/// A state of the application's schema that was looked at, as `fixtures/schema` has it. For messages alone: what a
/// database can do is asked of the database.
package struct KnownState: Hashable, Sendable {
    /// Project, date and commit: `upstream-2026-02-09-a7985ba`.
    let name: String
    /// The columns of every table; names in lower case.
    let columns: [String: Set<String>]

    /// The states in `known-states.txt`, the oldest first.
    ///
    /// The first line has their names. Each other line is about columns that came and went together: the table, a digit
    /// for each state, 1 where it has them, and the columns.
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

    /// The one from which a database differs in the fewest columns; of several, the newest.
    static func nearest(to capabilities: SchemaCapabilities) -> (state: KnownState, distance: Distance)? {
        let distances = all.map { (state: $0, distance: Distance(from: $0, to: capabilities)) }
        return distances.reversed().min { $0.distance.columns < $1.distance.columns }
    }

    /// Which known state a database has, or comes closest to, in a few words.
    package static func description(of capabilities: SchemaCapabilities) -> String {
        guard let (state, distance) = nearest(to: capabilities) else { return "no known state" }
        return distance.columns == 0 ? "state \(state.name)" : "nearest to the known state \(state.name)"
    }

    /// What of a state is missing in a database, and what the database has more; each as `table name` or
    /// `column table.name`.
    struct Distance: Hashable, Sendable {
        private(set) var missing: [String] = []
        private(set) var more: [String] = []
        /// In how many columns they differ.
        private(set) var columns = 0

        init(from state: KnownState, to capabilities: SchemaCapabilities) {
            // The journal of this program and SQLite's own tables are nobody's capability.
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
