import ArgumentParser
import Foundation
import Reconcile
import Support

/// Brings the configs of a database up to date in a folder.
struct MeasuredConfigs: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "measure-configs", shouldDisplay: false)

    @Argument var database: String
    @Argument var folder: String

    func run() throws {
        let surroundings = Surroundings(
            now: { DatabaseMaking.time }, uptime: Machine.uptime, pause: { _ in }, randomNumber: { 1 },
            hostName: "benchmark")
        let start = Machine.uptime()
        let result = try Regeneration(
            databasePath: database, wireguardDirectory: folder, busyTimeout: 5, live: nil, surroundings
        ).perform()
        let time = Machine.uptime() - start
        if let failure = result.failure { throw failure }
        try [
            "time": time, "written": Double(result.record.written.count), "unchanged": Double(result.record.unchanged),
            "peak": Machine.peakMemory,
        ].send()
    }
}
