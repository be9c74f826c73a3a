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

    @Flag(help: "Take a feed, a database, an inbox and a report folder that others may write.")
    var allowUnsafePermissions = false

    /// Whose database may be worked on.
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

    func timeout(_ settings: Settings) throws -> Double {
        try (busyTimeout ?? settings.value(.busyTimeout))?.value ?? 20
    }
}
