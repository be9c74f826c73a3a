import ArgumentParser
import ControlPlane
import Support

struct DatabaseOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The application's SQLite database.", valueName: "path"))
    var database: String?

    @Option(help: ArgumentHelp("How long to wait for another process's lock. (default: 20)", valueName: "seconds"))
    var busyTimeout: Seconds?

    @Option(
        help: ArgumentHelp(
            """
            Go on although the database has this column, which wg-reconcile does not know: wireguard_peer.note, say. Look \
            first whether the application decides by it who may connect or what passes. Can be repeated.
            """, valueName: "table.column,…"))
    var acceptColumn: [ColumnNames] = []

    @Option(
        help: ArgumentHelp(
            "A user besides root and yourself who may own the database: www-data, say.", valueName: "user"))
    var databaseOwner: UserName?

    @Flag(help: "Take a feed, a database, an inbox and a report folder that others may write.")
    var allowUnsafePermissions = false

    /// Who may own the database.
    func trust(_ settings: Settings) throws -> FileTrust {
        let owner = try databaseOwner ?? settings.value(.databaseOwner)
        return FileTrust(
            owners: Set([owner?.id].compactMap { $0 }), allowsAnything: try allowsUnsafePermissions(settings))
    }

    func allowsUnsafePermissions(_ settings: Settings) throws -> Bool {
        try allowUnsafePermissions || settings.flag(.allowUnsafePermissions)
    }

    func path(_ settings: Settings) throws -> String {
        guard let path = try database ?? settings.value(.database) else {
            throw MissingOption(option: .database)
        }
        return path
    }

    /// Unknown columns that do not make the program refuse the database.
    func acceptedColumns(_ settings: Settings) throws -> Set<AcceptedColumn> {
        Set(try (acceptColumn.isEmpty ? settings.values(.acceptColumn) : acceptColumn).flatMap(\.columns))
    }

    func timeout(_ settings: Settings) throws -> Double {
        try (busyTimeout ?? settings.value(.busyTimeout))?.value ?? 20
    }
}

/// Columns, separated by commas: `wireguard_peer.hostname,wireguard_peer.note`.
struct ColumnNames: ExpressibleByArgument {
    var columns: [AcceptedColumn] = []

    init?(argument: String) {
        guard let names = Words(argument: argument)?.words else { return nil }
        for name in names {
            guard let column = AcceptedColumn(name) else { return nil }
            columns.append(column)
        }
    }
}
