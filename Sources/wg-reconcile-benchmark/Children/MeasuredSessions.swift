import ArgumentParser
import ControlPlane
import Foundation

/// Reads and decodes all sessions of a database on one core.
struct MeasuredSessions: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "measure-sessions", shouldDisplay: false)

    @Argument var database: String

    func run() throws {
        let database = try ControlPlaneDatabase(opening: database, busyTimeout: 5)
        let start = Machine.uptime()
        let examined = try database.examineSessions()
        let time = Machine.uptime() - start
        try ["time": time, "sessions": Double(examined)].send()
    }
}
