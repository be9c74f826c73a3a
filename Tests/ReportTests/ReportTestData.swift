import Foundation
import TestSupport
import Testing

@testable import Feed
@testable import Journal
@testable import Removal
@testable import Report
@testable import Support
@testable import WireGuard

let reportRunID = RunID(time: UTCTime(seconds: 1_795_457_220), randomness: 0x1a2b_3c4d)

func reportRecord(regenerated: Bool = true) -> RunRecord {
    var configs = ConfigsRecord()
    configs.regenerated = regenerated
    configs.deleted = ["wg7.conf"]
    var sessions = SessionsRecord()
    sessions.examined = 12
    return RunRecord(
        id: reportRunID.description, host: "vpn1", programVersion: "1.2.3",
        startedAt: UTCTime(seconds: 1_795_457_220), finishedAt: UTCTime(seconds: 1_795_457_225), continued: false,
        feed: .init(path: "/feeds/tonight.csv", format: .csv, bytes: 99, digest: "ab12", generatedAt: nil),
        configs: configs, sessions: sessions)
}

func reportEntry(_ number: Int, _ email: String, line: Int? = nil) -> FeedEntry {
    FeedEntry(number: number, line: line ?? number + 1, email: email, status: "cancelled")
}

/// An account that was there whole.
func removedAccount(_ number: Int, _ email: String) -> AccountResult {
    var result = AccountResult(
        entry: reportEntry(number, email), outcome: .removed,
        removal: RemovalRecord(
            items: [
                RemovedItem(.instance, "0b8e0c1e-7d4f-4c58-9d0e-2f6a3c1b5d7e", peersRemoved: 3),
                RemovedItem(.peerGroup, email + "_group"),
                RemovedItem(.userACL, "5c0a1d52-9a55-4a4b-8d0f-0f5a4f5b7a10"),
                RemovedItem(.user, email),
            ],
            rows: ["wireguard_peer": 3, "auth_user": 1, "django_session": 2], interfaceNumbers: [7]))
    result.leftBehind = []
    return result
}

/// Publishes a report and reads its two files.
func publishedReport(
    _ results: [AccountResult], _ record: RunRecord = reportRecord()
) throws -> (json: [String: Any], text: String, table: String) {
    let folder = try ScratchFolder()
    try ReportFolder.prepare(in: folder.path + "/reports", runID: reportRunID).publish(record, results)
    let text = try folder.read("reports/latest/report.json")
    let json = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    return (json, text, try folder.read("reports/latest/accounts.csv"))
}

/// What Python's csv module reads in this text.
func rowsReadByPython(_ text: String) throws -> [[String]] {
    let folder = try ScratchFolder()
    try folder.write(text, to: "table.csv")
    let python = Process()
    python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    python.arguments = [
        "python3", "-c", "import csv,json,sys; print(json.dumps(list(csv.reader(open(sys.argv[1], newline='')))))",
        folder.path + "/table.csv",
    ]
    let output = Pipe()
    python.standardOutput = output
    try python.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    python.waitUntilExit()
    return try #require(try JSONSerialization.jsonObject(with: data) as? [[String]])
}
