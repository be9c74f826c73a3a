import ArgumentParser
import Feed
import Foundation
import Journal
import Report
import SamplePlane

/// Writes a report of many entries durably.
struct MeasuredReport: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "measure-report", shouldDisplay: false)

    @Argument var folder: String
    @Option var entries: Int

    func run() throws {
        // If a million results were made again for each file, that would take most of the measured time.
        let some = (1...min(10_000, max(2, entries))).map(Self.result)
        let results = (0..<entries).lazy.map { place in
            var result = some[place % some.count]
            result.entry.number = place + 1
            result.entry.line = place + 2
            return result
        }
        let now = DatabaseMaking.time
        let record = RunRecord(
            id: "benchmark", host: "benchmark", programVersion: "benchmark", startedAt: now, finishedAt: now,
            continued: false,
            feed: .init(path: "feed.csv", format: .csv, bytes: 0, digest: "", generatedAt: nil),
            configs: .init(), sessions: .init())
        let start = Machine.uptime()
        let report = try ReportFolder.prepare(in: folder, runID: RunID(time: now, randomness: 1), entries: entries)
        try report.publish(record, results)
        let time = Machine.uptime() - start
        try ["time": time, "peak": Machine.peakMemory].send()
    }

    /// Every other account was removed, and the rest is not due.
    private static func result(_ number: Int) -> AccountResult {
        let email = "person\(number)@example.com"
        let entry = FeedEntry(
            number: number, line: number + 1, accountID: .text("acct-\(number)"), reason: .text("customer left"),
            email: email, status: number % 2 == 0 ? "cancelled" : "active")
        guard number % 2 == 0 else {
            return AccountResult(
                entry: entry, outcome: .skipped, errors: ["status \"active\" does not mean removal"])
        }
        let digits = String(number, radix: 16)
        let uuid = "0b8e0c1e-7d4f-4c58-9d0e-" + String(repeating: "0", count: 12 - digits.count) + digits
        return AccountResult(
            entry: entry, outcome: .removed,
            removal: RemovalRecord(
                items: [
                    RemovedItem(.instance, uuid, peersRemoved: 5), RemovedItem(.peerGroup, email + "_group"),
                    RemovedItem(.userACL, uuid), RemovedItem(.user, email),
                ],
                rows: [
                    "wireguard_peer": 5, "wireguard_peerstatus": 5, "wireguard_peerallowedip": 7, "auth_user": 1,
                    "wireguard_wireguardinstance": 1, "wireguard_peergroup": 1, "django_session": 2,
                ], interfaceNumbers: [number]))
    }
}
