import Foundation
import TestSupport

@testable import Journal
@testable import Report
@testable import Support

/// Reports of several hosts in a folder of its own, and the merge run on them.
struct MergeBench {
    let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    /// Publishes a host's report and gives the path of its `report.json`.
    ///
    /// - Parameter run: tells the runs of a host apart.
    @discardableResult
    func report(
        of host: String, _ results: [AccountResult], run: UInt32 = 1, finishedAt seconds: Int64 = 1_795_457_225,
        feed digest: String = "ab12", edit: (inout RunRecord) -> Void = { _ in }
    ) throws -> String {
        // The run id is to differ between hosts as well.
        let number = host.utf8.reduce(run &* 1_000) { $0 &* 31 &+ UInt32($1) }
        let id = RunID(time: UTCTime(seconds: 1_795_457_220), randomness: number)
        var record = reportRecord()
        (record.id, record.host, record.finishedAt) = (id.description, host, UTCTime(seconds: seconds))
        record.feed.digest = digest
        edit(&record)
        let report = try ReportFolder.prepare(in: folder.path + "/" + host, runID: id)
        try report.publish(record, results)
        return report.path + "/report.json"
    }

    /// Merges and reads the merged report as billing would.
    func merge(
        _ reports: [String], expect: [String] = [], feed: String? = nil
    ) throws -> (finished: FinishedMerge, json: [String: Any]) {
        var options = Merge.Options(reports: reports.compactMap(ReportArgument.init(parsing:)), programVersion: "1.2.3")
        options.expected = expect
        options.feedPath = feed
        options.reportDirectory = folder.path + "/merged"
        let finished = try Merge(options, .still).perform()
        let data = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/merged/latest/report.json"))
        return (finished, try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:])
    }

    /// Writes a changed copy of a report.
    func copy(_ report: String, as name: String, _ change: (String) -> String) throws -> String {
        let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: report)), as: UTF8.self)
        try folder.write(change(text), to: name)
        return folder.path + "/" + name
    }
}

extension Surroundings {
    /// A world in which it is always the same second.
    fileprivate static let still = Surroundings(
        now: { UTCTime(seconds: 1_795_458_000) }, uptime: { 0 }, pause: { _ in }, randomNumber: { 7 }, hostName: "here")
}
