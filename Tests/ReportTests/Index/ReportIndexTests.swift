import Foundation
import TestSupport
import Testing

@testable import Journal
@testable import Report
@testable import Support

@Suite("Report: the index of all reports")
struct ReportIndexTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private var reports: String { folder.path + "/reports" }

    private func id(_ day: Int64, _ number: UInt32 = 1) -> RunID {
        RunID(time: UTCTime(seconds: 1_795_457_220 + 86_400 * day), randomness: number)
    }

    @discardableResult
    private func publish(
        _ day: Int64, _ results: [AccountResult] = [], status: Support.ExitStatus = .success
    ) throws -> ReportFolder {
        var record = reportRecord()
        (record.id, record.exitStatus) = (id(day).description, status)
        let report = try ReportFolder.prepare(in: reports, runID: id(day))
        try report.publish(record, results)
        return report
    }

    private func index() throws -> String { try folder.read("reports/index.html") }

    /// The rows of the list, the newest first.
    private func rows() throws -> [String] {
        try index().split(separator: "<tr id=").dropFirst().map(String.init)
    }

    @Test func `it lists every report, the newest first, with counts, exit status and headline`() throws {
        try publish(0, [removedAccount(1, "a@x.com")])
        var refused = AccountResult(entry: reportEntry(1, "b@x.com"), outcome: .refused, errors: ["the user is staff"])
        (refused.firstSeen, refused.isFirstSeenNow) = (id(1).time, true)
        try publish(1, [refused], status: .attentionNeeded).writeIndex()
        let rows = try rows()
        try #require(rows.count == 2)
        #expect(rows[0].hasPrefix("\"\(id(1))\" class=\"attention\""))
        #expect(rows[0].contains("href=\"\(id(1))/report.html\""))
        #expect(rows[0].contains("1 entry needs attention") && rows[0].contains("1 new</span>"))
        #expect(rows[0].contains(#"data-label="Exit status">1<"#) && rows[0].contains("1 entry: 1 refused"))
        #expect(rows[1].contains(#"data-label="Removed">1<"#) && rows[1].contains(#"data-label="Exit status">0<"#))
        #expect(try folder.mode("reports/index.html") == 0o640)
        #expect(try !index().contains("{{"))
    }

    @Test func `a report leads to the list and, by way of it, to its neighbours`() throws {
        for day in Int64(0)...2 { try publish(day).writeIndex() }
        let page = try folder.read("reports/\(id(1))/report.html")
        for target in ["before-\(id(1))", "\(id(1))", "after-\(id(1))"] {
            #expect(page.contains("href=\"../index.html#\(target)\""))
        }
        let rows = try rows()
        #expect(rows[0].contains("id=\"after-\(id(1))\"") && rows[2].contains("id=\"before-\(id(1))\""))
        #expect(
            try index().contains("id=\"after-\(id(2))\" data-end")
                && index().contains("id=\"before-\(id(0))\" data-end"))
    }

    @Test func `a report that cannot be read is listed as such, and hides no other`() throws {
        for day in Int64(0)...5 { try publish(day) }
        let document = { (day: Int64) in "reports/\(self.id(day))/report.json" }
        let whole = try folder.read(document(0))
        try folder.write(String(whole.prefix(200)), to: document(0))
        try folder.write(whole.replacing("\"report_version\": 2", with: "\"report_version\": 3"), to: document(1))
        try FileManager.default.removeItem(atPath: folder.path + "/" + document(2))
        try FileManager.default.removeItem(atPath: folder.path + "/" + document(3))
        #expect(mkfifo(folder.path + "/" + document(3), 0o600) == 0)
        try FileManager.default.createSymbolicLink(
            atPath: reports + "/\(id(6))", withDestinationPath: id(5).description)
        // As an earlier version of the program wrote it.
        let earlier = try folder.read(document(4)).split(separator: "\n").filter {
            !$0.contains("exit_status") && !$0.contains("headline") && !$0.contains("needing_attention")
                && !$0.contains("tunnels_unseen")
        }.joined(separator: "\n").replacing("\"restored\": 0,", with: "\"restored\": 0")
        try folder.write(earlier, to: document(4))
        try publish(7).writeIndex()

        let rows = try rows()
        try #require(rows.count == 8)
        #expect(rows[1].contains("cannot be read") && !rows[1].contains("<a href"), "a link")
        #expect(rows[3].contains(">unknown<") && rows[3].contains("No entry was invalid"), "an earlier version")
        #expect(rows[4].contains("cannot be read"), "a pipe")
        #expect(rows[5].contains("cannot be read") && rows[5].contains("<a href"), "no report.json")
        #expect(rows[6].contains("another version of the program (report_version 3)"))
        #expect(rows[7].contains("is damaged"))
        #expect(rows[0].contains("Nothing needs attention") && rows[2].contains("Nothing needs attention"))
    }

    @Test(arguments: ["9223372036854775807", "-1", "1.5", "\"1\"", "null"])
    func `a count that cannot be one is damage`(count: String) throws {
        try publish(0)
        let name = "reports/\(id(0))/report.json"
        try folder.write(folder.read(name).replacing(#""removed": 0"#, with: #""removed": \#(count)"#), to: name)
        try publish(1).writeIndex()
        let rows = try rows()
        #expect(rows[1].contains("is damaged") && rows[0].contains("Nothing needs attention"))
    }

    @Test func `other names in the directory are left out`() throws {
        try publish(0)
        for name in ["notes", "2019", "<script>", "20201301T000000Z-00000000", "\(id(1)).old"] {
            try FileManager.default.createDirectory(atPath: reports + "/" + name, withIntermediateDirectories: false)
        }
        try folder.write("no folder", to: "reports/\(id(2))")
        try publish(3).writeIndex()
        let rows = try rows()
        #expect(rows.count == 3 && rows[1].contains("cannot be read") && rows[1].contains(id(2).description))
    }

    @Test func `text of a report stays text`() throws {
        try publish(0)
        let name = "reports/\(id(0))/report.json"
        try folder.write(
            folder.read(name).replacing(#""host": "vpn1""#, with: #""host": "<script>alarm()</script>""#), to: name)
        try publish(1).writeIndex()
        #expect(try index().contains("&lt;script&gt;alarm()") && !index().contains("<script>alarm"))
    }

    @Test func `a link in its place is replaced, and a folder is named as the obstacle`() throws {
        let report = try publish(0)
        try folder.write("mine", to: "mine.html")
        try FileManager.default.createSymbolicLink(
            atPath: reports + "/index.html", withDestinationPath: folder.path + "/mine.html")
        try report.writeIndex()
        #expect(try folder.read("mine.html") == "mine" && rows().count == 1)
        try FileManager.default.removeItem(atPath: reports + "/index.html")
        try FileManager.default.createDirectory(atPath: reports + "/index.html", withIntermediateDirectories: false)
        let failure = #expect(throws: ReportFailure.self) { try report.writeIndex() }
        #expect(failure?.exitStatus == .attentionNeeded)
        #expect(failure?.description.contains("write the index of the reports in \(reports)") == true)
        #expect(try folder.names(in: "reports") == [id(0).description, "index.html", "latest"])
    }

    @Test func `days are bars, and a day without a report is shown as one`() throws {
        for day in [Int64(0), 2] { try publish(day, [removedAccount(1, "a@x.com")]) }
        try publish(3).writeIndex()
        let list = try #require(try index().split(separator: "<ol class=\"nights\">").last)
        let chart = list.split(separator: "<li").dropFirst().map(String.init)
        #expect(chart.count == 14)
        #expect(chart.count { $0.hasPrefix(" class=\"none\"") } == 11)
        #expect(chart[10].contains(": 1 removed, 0 need attention") && chart[11].contains(": no report"))
    }

    @Test func `of 1,001 reports the oldest is listed without a look at it`() throws {
        let report = try publish(0, [removedAccount(1, "a@x.com")])
        for day in Int64(1)...1_000 {
            try FileManager.default.copyItem(atPath: report.path, toPath: reports + "/\(id(-day))")
        }
        try report.writeIndex()
        let rows = try rows()
        try #require(rows.count == 1_001)
        #expect(rows[999].contains(#"data-label="Removed">1<"#) && rows[1_000].contains("was not read"))
    }
}
