import ArgumentParser
import ControlPlane
import Reconcile
import Support

struct DatabaseOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The application's SQLite database.", valueName: "path"))
    var database: String?

    @Option(help: ArgumentHelp("How long to wait for another process's lock.", valueName: "seconds"))
    var busyTimeout = Seconds(Reconciliation.Options.usualBusyTimeout)

    @Option(
        help: ArgumentHelp(
            """
            Accept this column of the database, which wg-reconcile does not know, such as wireguard_peer.note. First \
            check whether the application uses it to decide who may connect or what passes. Can be repeated.
            """, valueName: "table.column,…"))
    var acceptColumn: [ColumnNames] = []

    @Option(
        help: ArgumentHelp(
            "A user besides root and yourself who may own the database, such as www-data.", valueName: "user"))
    var databaseOwner: UserName?

    @Flag(help: "Accept a feed, a database, an inbox and a report folder that others can write to.")
    var allowUnsafePermissions = false

    /// Who may own the database.
    var trust: FileTrust {
        FileTrust(owners: Set([databaseOwner?.id].compactMap { $0 }), allowsAnything: allowUnsafePermissions)
    }

    /// - Throws: ``MissingOptions``.
    func path() throws -> String {
        guard let database else { throw MissingOptions("database") }
        return database
    }

    /// Unknown columns that do not make the program refuse the database.
    var acceptedColumns: Set<AcceptedColumn> { Set(acceptColumn.flatMap(\.columns)) }
}

/// Columns, separated by commas: `wireguard_peer.hostname,wireguard_peer.note`.
struct ColumnNames: DescribedValue {
    static let accepted = "the name of a column, table.column, or several separated by commas"

    var columns: [AcceptedColumn] = []

    init?(argument: String) {
        guard let names = Words(argument: argument)?.words else { return nil }
        for name in names {
            guard let column = AcceptedColumn(name) else { return nil }
            columns.append(column)
        }
    }
}
