import Foundation
import TestSupport
import Testing

@testable import Journal
@testable import Report
@testable import Support

private let canMountSmallFileSystem: Bool = {
    guard let folder = try? ScratchFolder(), mount("none", folder.path, "tmpfs", 0, "size=1m") == 0 else {
        return false
    }
    return umount2(folder.path, 2) == 0
}()

@Suite("Report: the folder of a run")
struct ReportFolderTests {
    private let folder: ScratchFolder
    private let reports: String
    private let name = "20261123T180700Z-1a2b3c4d"

    init() throws {
        folder = try ScratchFolder()
        reports = folder.path + "/reports"
    }

    private func prepare() throws -> ReportFolder { try .prepare(in: reports, runID: reportRunID, entries: 1000) }

    private func makeReports(_ names: String...) throws {
        for name in [""] + names {
            try FileManager.default.createDirectory(
                atPath: reports + "/" + name, withIntermediateDirectories: true)
        }
    }

    @Test func `it is absent until it is complete, and then latest points to it`() throws {
        let report = try prepare()
        #expect(try folder.names(in: "reports") == [".wg-reconcile-\(name).partial"])
        try report.publish(reportRecord(), [removedAccount(1, "a@x.com")])
        #expect(report.path == reports + "/" + name)
        #expect(try folder.names(in: "reports") == [name, "latest"])
        #expect(try folder.names(in: "reports/" + name) == ["accounts.csv", "report.html", "report.json"])
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: reports + "/latest") == name)
    }

    @Test func `folders have the mode 0750 and files 0640`() throws {
        try prepare().publish(reportRecord(), [])
        #expect(try folder.mode("reports") == 0o750)
        #expect(try folder.mode("reports/" + name) == 0o750)
        #expect(try folder.mode("reports/\(name)/report.json") == 0o640)
        #expect(try folder.mode("reports/\(name)/accounts.csv") == 0o640)
        #expect(try folder.mode("reports/\(name)/report.html") == 0o640)
    }

    @Test func `room that was reserved and not needed is given back`() throws {
        try ReportFolder.prepare(in: reports, runID: reportRunID, entries: 100_000).publish(reportRecord(), [])
        #expect(try folder.read("reports/latest/report.json").hasSuffix("}\n"))
        #expect(
            try folder.read("reports/latest/accounts.csv").hasSuffix(
                "deferred_from,tunnel_down,kept_restricted,left_behind,first_seen,effective_at\n"))
        #expect(try folder.read("reports/latest/report.html").hasSuffix("</html>\n"))
    }

    @Test func `a continued run replaces its incomplete report`() throws {
        try prepare().publish(reportRecord(), [])
        try prepare().publish(reportRecord(), [removedAccount(1, "a@x.com")])
        #expect(try folder.names(in: "reports") == [name, "latest"])
        #expect(try folder.read("reports/latest/accounts.csv").contains("a@x.com"))
    }

    @Test func `a run that is given up leaves nothing but the directory`() throws {
        try prepare().abandon()
        #expect(try folder.names(in: "reports").isEmpty)
    }

    @Test func `what a killed run left is cleared, and what only looks like it stays`() throws {
        try makeReports(
            ".wg-reconcile-20261101T000000Z-00000001.partial", ".wg-reconcile-20261101T000000Z-00000001.dropped",
            ".wg-reconcile-mine.partial", ".wg-reconcile-20261101T000000Z-00000001.kept")
        try folder.write("{", to: "reports/.wg-reconcile-20261101T000000Z-00000001.partial/report.json")
        try FileManager.default.createSymbolicLink(
            atPath: reports + "/.wg-reconcile-latest.0a1b2c3d", withDestinationPath: "x")
        try prepare().publish(reportRecord(), [])
        #expect(
            try folder.names(in: "reports") == [
                ".wg-reconcile-20261101T000000Z-00000001.kept", ".wg-reconcile-mine.partial", name, "latest",
            ])
    }

    @Test func `a report that a killed run had moved away comes back`() throws {
        try makeReports(".wg-reconcile-20261101T000000Z-00000001.replaced")
        try prepare().abandon()
        #expect(try folder.names(in: "reports") == ["20261101T000000Z-00000001"])
    }

    @Test func `the aside of a run that is still at work is left alone`() throws {
        let other = try ReportFolder.prepare(in: reports, runID: RunID(time: UTCTime(seconds: 0), randomness: 1))
        try prepare().publish(reportRecord(), [])
        try other.publish(reportRecord(), [removedAccount(1, "a@x.com")])
        #expect(try folder.names(in: "reports") == ["19700101T000000Z-00000001", name, "latest"])
    }

    @Test func `two runs cannot write the same report`() throws {
        let first = try prepare()
        let failure = #expect(throws: ReportFailure.self) { try prepare() }
        #expect(failure?.cause.contains("\(name).partial") == true)
        #expect(failure?.hint == "wait until the other run that is writing this report has ended")
        try first.publish(reportRecord(), [])
    }

    // MARK: Found out before anything is removed

    @Test func `a report directory that is a file`() throws {
        try folder.write("", to: "reports")
        let failure = #expect(throws: ReportFailure.self) { try prepare() }
        #expect(failure?.exitStatus == .reportNotWritten)
        #expect(failure?.description == "cannot write the report to \(reports): Not a directory")
        #expect(failure?.hint == "give a folder that can be written to with --report-dir")
    }

    @Test(arguments: ["/proc/wg-reports", "/proc/1/reports"])
    func `a place where nothing can be made`(path: String) {
        let failure = #expect(throws: ReportFailure.self) { try ReportFolder.prepare(in: path, runID: reportRunID) }
        #expect(failure?.subject == path)
    }

    @Test func `a folder above that is missing is named`() throws {
        let failure = #expect(throws: ReportFailure.self) {
            try ReportFolder.prepare(in: reports + "/below", runID: reportRunID)
        }
        #expect(failure?.hint == "create the folder \(reports) first, or name another one with --report-dir")
    }

    @Test func `a path below a file`() throws {
        try folder.write("", to: "reports")
        #expect(throws: ReportFailure.self) { try ReportFolder.prepare(in: reports + "/below", runID: reportRunID) }
        #expect(throws: ReportFailure.self) { try ReportFolder.prepare(in: "", runID: reportRunID) }
    }

    @Test(arguments: ["latest", "20261123T180700Z-1a2b3c4d"])
    func `something else in the place of the link or the folder`(inTheWay: String) throws {
        try makeReports(inTheWay == "latest" ? inTheWay : "")
        if inTheWay != "latest" { try folder.write("mine", to: "reports/" + inTheWay) }
        let failure = #expect(throws: ReportFailure.self) { try prepare() }
        #expect(failure?.cause.contains("\(inTheWay): File exists") == true)
        #expect(failure?.hint == "move what is in the way to another place")
        #expect(try folder.names(in: "reports") == [inTheWay])
    }

    @Test func `a plan finds the same and writes nothing`() throws {
        try ReportFolder.examine(reports, runID: reportRunID)
        #expect(try folder.names().isEmpty)
        try folder.write("", to: "reports")
        #expect(throws: ReportFailure.self) { try ReportFolder.examine(reports, runID: reportRunID) }
    }

    @Test(.enabled(if: canMountSmallFileSystem, "mounting a small file system takes root and its capabilities"))
    func `a disk that has no room for so many entries`() throws {
        try makeReports()
        try #require(mount("none", reports, "tmpfs", 0, "size=1m,mode=755") == 0)
        defer { umount2(reports, 2) }
        let failure = #expect(throws: ReportFailure.self) {
            try ReportFolder.prepare(in: reports, runID: reportRunID, entries: 1_000_000)
        }
        #expect(failure?.cause.hasSuffix("No space left on device") == true)
        #expect(failure?.exitStatus == .reportNotWritten)
        #expect(try folder.names(in: "reports").isEmpty)
        // It has room for few; and when these turn out longer than reserved, nothing half-written stays.
        let report = try ReportFolder.prepare(in: reports, runID: reportRunID, entries: 10)
        let long = AccountResult(
            entry: reportEntry(1, "a@x.com"), outcome: .refused, errors: [String(repeating: "x", count: 2_000_000)])
        #expect(throws: ReportFailure.self) { try report.publish(reportRecord(), [long]) }
        #expect(try folder.names(in: "reports").isEmpty)
    }

    // MARK: Links, and folders of others

    @Test func `a link to a folder is followed, and what lies there is worked on`() throws {
        try FileManager.default.createDirectory(atPath: folder.path + "/there", withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(atPath: reports, withDestinationPath: "there")
        try ReportFolder.examine(reports)
        for _ in 1...2 { try prepare().publish(reportRecord(), []) }
        #expect(try folder.names(in: "there") == [name, "latest"])
        #expect(try folder.names() == ["reports", "there"])
    }

    @Test(arguments: [
        (0o770, "its group can write to it"), (0o757, "everybody can write to it"),
        (0o1777, "everybody can write to it"),
    ])
    func `a folder that others may write is refused, and left as it is`(mode: Int, cause: String) throws {
        try makeReports()
        try folder.write("", to: "reports/.wg-reconcile-x.0a1b2c3d")
        #expect(chmod(reports, mode_t(mode)) == 0)
        for attempt in [{ try ReportFolder.examine(reports) }, { _ = try prepare() }] {
            let failure = #expect(throws: ReportFailure.self) { try attempt() }
            #expect(failure?.description == "cannot write the report to \(reports): \(cause)")
            #expect(failure?.hint.hasPrefix("chmod go-w \(reports), ") == true)
            #expect(failure?.exitStatus == .notPermitted)
        }
        #expect(try folder.names(in: "reports") == [".wg-reconcile-x.0a1b2c3d"])
        try ReportFolder.examine(reports, trust: FileTrust(allowsAnything: true))
    }

    @Test(.enabled(if: geteuid() == 0, "giving files away takes root"))
    func `a folder of another user is refused, unless he is trusted`() throws {
        try makeReports()
        #expect(chown(reports, 1234, 0) == 0)
        let failure = #expect(throws: ReportFailure.self) { try prepare() }
        #expect(failure?.cause.contains("it belongs to user 1234") == true)
        try ReportFolder.examine(reports, trust: FileTrust(owners: [1234]))
    }

    @Test(arguments: ["partial", "replaced", "dropped"])
    func `a link in the place of what a killed run left is deleted, and not followed`(kind: String) throws {
        try makeReports()
        try FileManager.default.createDirectory(atPath: folder.path + "/mine", withIntermediateDirectories: false)
        try folder.write("precious", to: "mine/report.json")
        for aside in [".wg-reconcile-\(name).\(kind)", ".wg-reconcile-20261101T000000Z-00000001.\(kind)"] {
            try FileManager.default.createSymbolicLink(
                atPath: reports + "/" + aside, withDestinationPath: folder.path + "/mine")
        }
        try prepare().publish(reportRecord(), [])
        #expect(try folder.names(in: "reports") == [name, "latest"])
        #expect(try folder.read("mine/report.json") == "precious")
    }

    @Test func `a folder that was put in its place meanwhile gets no report`() throws {
        let report = try prepare()
        try FileManager.default.moveItem(atPath: reports, toPath: folder.path + "/moved")
        try makeReports()
        let failure = #expect(throws: ReportFailure.self) { try report.publish(reportRecord(), []) }
        #expect(failure?.exitStatus == .reportNotWritten)
        #expect(try folder.names(in: "reports") == [] && folder.names(in: "moved") == [])
    }

    // MARK: --keep-reports

    @Test func `older folders are dropped, but nothing else and never the latest`() throws {
        let old = "20260101T000000Z-00000001"
        try makeReports(
            old, "20260102T000000Z-00000002", "20261122T000000Z-00000003", "notes", "20260101T000000Z-0000000g",
            "20260230T000000Z-00000001")
        try folder.write("{}", to: "reports/20260102T000000Z-00000002/report.json")
        try FileManager.default.createSymbolicLink(atPath: reports + "/latest", withDestinationPath: old)
        let report = try prepare()
        let dropped = try report.dropOlder(than: 30, now: UTCTime(seconds: 1_795_457_220))
        report.abandon()
        #expect(dropped.map(\.description) == ["20260102T000000Z-00000002"])
        #expect(
            try folder.names(in: "reports") == [
                old, "20260101T000000Z-0000000g", "20260230T000000Z-00000001", "20261122T000000Z-00000003", "latest",
                "notes",
            ])
    }
}

@Suite("Report: run ids")
struct ReportRunIDTests {
    @Test(
        arguments: [
            (0, 0, "19700101T000000Z-00000000"), (1_795_457_220, 0x1a2b_3c4d, "20261123T180700Z-1a2b3c4d"),
            (951_782_400, 0xffff_ffff, "20000229T000000Z-ffffffff"), (4_107_542_399, 1, "21000228T235959Z-00000001"),
        ] as [(Int64, UInt32, String)])
    func `they say when, and come back`(seconds: Int64, randomness: UInt32, text: String) {
        let runID = RunID(time: UTCTime(seconds: seconds, nanoseconds: 5), randomness: randomness)
        #expect(runID.description == text)
        #expect(RunID(parsing: text) == runID)
        #expect(RunID(parsing: text)?.time == UTCTime(seconds: seconds))
    }

    @Test(arguments: [
        "", "latest", "20261123T180700Z-1A2B3C4D", "20261123t180700Z-1a2b3c4d", "20260230T000000Z-00000001",
        "21000229T000000Z-00000001", "20261123T240000Z-00000001", "20261123T180760Z-00000001",
        "20261323T180700Z-00000001", "20261123T180700Z-1a2b3c4", "20261123T180700Z-1a2b3c4d5",
        "20261123T180700Z-+a2b3c4d", "20261123T180700Z_1a2b3c4d", "../61123T180700Z-1a2b3c4d",
    ])
    func `nothing else is one`(text: String) {
        #expect(RunID(parsing: text) == nil)
    }
}
