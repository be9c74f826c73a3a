import ArgumentParser
import Reconcile

struct DatabaseOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The application's SQLite database.", valueName: "path"))
    var database: String?

    @Option(help: ArgumentHelp("How long to wait for another process's lock. (default: 20)", valueName: "seconds"))
    var busyTimeout: Seconds?

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
