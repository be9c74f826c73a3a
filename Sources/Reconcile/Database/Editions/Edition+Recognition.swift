extension Edition {
    /// Why a database is of no edition that is known: what it lacks of the edition that it comes closest to, and what it
    /// has more than that one, each as `table name` or `column table.name`.
    struct Unrecognised: Error, Hashable {
        var missing: [String] = []
        /// Columns in tables whose columns are known exactly.
        var unknown: [String] = []
    }

    /// Recognises the edition by its tables and columns.
    ///
    /// - Parameter columns: of every table; names in lower case.
    init(ofTables columns: [String: Set<String>]) throws(Unrecognised) {
        let flaws = Edition.allCases.map { (edition: $0, flaw: Unrecognised(comparing: columns, with: $0)) }
        let closest = flaws.min { $0.flaw.weight < $1.flaw.weight }
        guard let closest, closest.flaw.weight == 0 else { throw closest?.flaw ?? Unrecognised() }
        self = closest.edition
    }
}

extension Edition.Unrecognised {
    fileprivate init(comparing columns: [String: Set<String>], with edition: Edition) {
        for table in edition.tables {
            guard let present = columns[table.name] else {
                if table.extent != .ifPresent { missing.append("table \(table.name)") }
                continue
            }
            missing += table.columns.filter { !present.contains($0) }.map { "column \(table.name).\($0)" }
            guard table.extent == .exactly else { continue }
            unknown += present.subtracting(table.columns).sorted().map { "column \(table.name).\($0)" }
        }
    }

    fileprivate var weight: Int { missing.count + unknown.count }
}
