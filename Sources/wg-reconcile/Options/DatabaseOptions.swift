import ArgumentParser
import Reconcile

struct DatabaseOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The application's SQLite database.", valueName: "path"))
    var database: String?

    @Option(help: ArgumentHelp("How long to wait for another process's lock. (default: 20)", valueName: "seconds"))
    var busyTimeout: Seconds?

    @Option(
        help: ArgumentHelp(
            "A user besides root and yourself who may own the database: www-data, say.", valueName: "user"))
    var databaseOwner: UserName?

    @Flag(help: "Take a feed and a database that others may write.")
    var allowUnsafePermissions = false

    /// Whose database may be worked on.
    func trust(_ environment: EnvironmentVariables) throws -> FileTrust {
        let owner = try databaseOwner ?? environment.value("database-owner")
        return FileTrust(
            owners: Set([owner?.id].compactMap { $0 }), allowsAnything: try allowsUnsafePermissions(environment))
    }

    func allowsUnsafePermissions(_ environment: EnvironmentVariables) throws -> Bool {
        try allowUnsafePermissions || environment.flag("allow-unsafe-permissions")
    }

    func path(_ environment: EnvironmentVariables) throws -> String {
        guard let path = try database ?? environment.value("database") else {
            throw MissingOption(option: "--database")
        }
        return path
    }

    func timeout(_ environment: EnvironmentVariables) throws -> Double {
        try (busyTimeout ?? environment.value("busy-timeout"))?.value ?? 20
    }
}
