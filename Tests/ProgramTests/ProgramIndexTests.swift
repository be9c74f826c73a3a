import Foundation
import SamplePlane
import Testing

/// `index.html` in the report directory, where it cannot be written.
@Suite("Program: the list of all runs")
struct ProgramIndexTests {
    private func withBlockedIndex(_ body: (ControlPlaneFolder) throws -> Void) throws {
        try withControlPlane { plane throws in
            try FileManager.default.createDirectory(
                atPath: plane.reports + "/index.html", withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o750])
            try plane.write(plane.feed(ending: plane.bystanders.prefix(1)), to: "one.csv")
            try body(plane)
        }
    }

    @Test func `without it the report stands, and the run says why and ends with 1`() throws {
        try withBlockedIndex { plane throws in
            let result = try plane.program(
                "run", "one.csv", ["--no-apply", "--metrics-file", plane.path("job.prom")])
            #expect(result.status == 1)
            let line = try #require(result.log.filter { $0.contains("index") }.only)
            #expect(
                line.contains("error") && line.contains("cannot write the index of the reports in \(plane.reports)"))
            #expect(line.contains("try=\"move what is in the way to another place\""))
            #expect(try plane.report().outcomes == ["removed"])
            #expect(try plane.metric("wg_reconcile_last_run_exit_status") == 1)
            #expect(try plane.strings("SELECT count(*) FROM wg_reconcile_run WHERE completed_at IS NULL") == ["0"])

            // The next run makes it good.
            try FileManager.default.removeItem(atPath: plane.reports + "/index.html")
            #expect(try plane.program("run", "one.csv", ["--no-apply"]).status == 0)
            let index = try plane.read("reports/index.html")
            #expect(try plane.runs().count == 2 && plane.runs().allSatisfy { index.contains("<tr id=\"\($0)\"") })
        }
    }

    @Test func `it hides no other result`() throws {
        try withBlockedIndex { plane throws in
            let result = try plane.program("run", "one.csv", ["--max-removals", "0"])
            #expect(result.status == 2 && result.stderr.contains("cannot write the index of the reports"))
            #expect(try plane.report().outcomes == ["unprocessed"])
        }
    }

    @Test func `a merged report stands as well`() throws {
        try withControlPlane { plane throws in
            try plane.write(plane.feed(ending: plane.bystanders.prefix(1)), to: "one.csv")
            #expect(try plane.program("run", "one.csv", ["--no-apply"]).status == 0)
            let merged = plane.path("merged")
            try FileManager.default.createDirectory(atPath: merged + "/index.html", withIntermediateDirectories: true)
            let result = try Program.run(["merge", "vpn1=\(plane.reports)/latest", "--report-dir", merged])
            #expect(result.status == 1 && result.stderr.contains("cannot write the index of the reports in \(merged)"))
            #expect(try ReportRead(at: merged + "/latest/report.json").outcomes == ["removed"])
        }
    }
}
