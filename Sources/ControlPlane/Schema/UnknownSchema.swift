/// Why this program cannot work on a database.
package struct UnknownSchema: Hashable, Sendable {
    let difference: SchemaDifference
    /// Accepted columns that the database does not have: probably misspelt.
    private let misspelt: [String]
    private let nearest: KnownState?
    private let distance: KnownState.Distance?

    package init(
        _ difference: SchemaDifference, in capabilities: SchemaCapabilities,
        accepting accepted: Set<AcceptedColumn> = []
    ) {
        self.difference = difference
        misspelt = accepted.filter { capabilities.columns[$0.table]?.contains($0.column) != true }
            .map(\.description).sorted()
        let nearest = KnownState.nearest(to: capabilities)
        (self.nearest, distance) = (nearest?.state, nearest?.distance)
    }

    var cause: String {
        "it is not a database of wireguard_webadmin as this version knows it"
            + Self.list("; missing: ", difference.missing)
            + Self.list("; unknown: ", difference.unknown.map { "column \($0)" })
            + Self.list("; not known together: ", difference.contradictory)
            + Self.list("; given with --accept-column, but not in the database: ", misspelt) + comparison
    }

    var hint: String {
        guard difference.contradictory.isEmpty else {
            return
                "export from the application, so that its wg-firewall.sh shows how it writes its files; if it has just "
                + "exported, look for a newer version of wg-reconcile"
        }
        guard difference.missing.isEmpty else {
            return
                "compare the version of wireguard_webadmin with those in Supported-versions.md (in the Debian package: "
                + "/usr/share/doc/wg-reconcile/articles/Supported-versions.md); if yours is newer, look for a newer "
                + "version of wg-reconcile"
        }
        let accept = difference.unknown.map { "--accept-column \($0.description.quotedForShell)" }.joined(
            separator: " ")
        return
            "look at what the application does with \(difference.unknown.count == 1 ? "this column" : "these columns"); "
            + "a column that decides neither who may connect nor what passes can be accepted: \(accept)"
    }

    private var comparison: String {
        guard let nearest, let distance else { return "" }
        let differences = [
            Self.list("lacks ", distance.missing), Self.list("has besides ", distance.more),
        ].filter { !$0.isEmpty }
        return "; the nearest known state is \(nearest.name)"
            + (differences.isEmpty ? "" : ", of which this one " + differences.joined(separator: " and "))
    }

    private static func list(_ heading: String, _ names: [String]) -> String {
        guard !names.isEmpty else { return "" }
        return heading + names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
    }
}
