import Foundation
import SamplePlane
import Testing

@Suite("The program: merge")
struct ProgramMergeTests {
    /// Runs a feed on two control planes and merges their reports.
    private func withTwoRuns(
        options: [String] = [],
        _ body: (_ emails: [String], _ first: ControlPlaneFolder, _ second: ControlPlaneFolder) throws -> Void
    ) throws {
        try withControlPlane { first in
            try withControlPlane { second in
                let emails = first.bystanders.prefix(2).map(\.email)
                let feed =
                    "email,status\n\(emails[0]),cancelled\n\(emails[1]),cancelled\nnobody@example.org,cancelled\n"
                for (plane, extra) in [(first, []), (second, options)] {
                    try plane.write(feed, to: "ended.csv")
                    _ = try plane.program("run", "ended.csv", ["--no-apply"] + extra)
                }
                try body(emails, first, second)
            }
        }
    }

    private func reports(_ first: ControlPlaneFolder, _ second: ControlPlaneFolder) -> [String] {
        ["vpn1=\(first.reports)/latest", "vpn2=\(second.reports)/latest/report.json"]
    }

    @Test func `it prints what came of it, and writes a folder like a run's`() throws {
        try withTwoRuns { _, first, second in
            let merged = first.path("merged")
            let result = try Program.run(["merge"] + reports(first, second) + ["--report-dir", merged])
            #expect(result.status == 0)
            #expect(result.stdout.hasPrefix("Merged the reports of 2 of 2 hosts: 3 entries\n\n  vpn1  run 2"))
            #expect(result.stdout.contains("\n  removed         2\n  already_absent  1\n"))
            let report = try ReportRead(at: merged + "/latest/report.json")
            #expect(report.outcomes == ["removed", "removed", "already_absent"])
        }
    }

    @Test func `--json prints the same report, and writes nothing`() throws {
        try withTwoRuns { emails, first, second in
            let before = try first.fingerprint()
            let result = try Program.run(["merge", "--json"] + reports(first, second))
            #expect(result.status == 0)
            let accounts = try JSONObject(result.stdout).objects("accounts")
            #expect(try accounts.map { try $0.value("email") as String } == emails + ["nobody@example.org"])
            #expect(try first.fingerprint() == before)
        }
    }

    @Test func `a host that is missing is named, and ends in 1`() throws {
        try withTwoRuns { _, first, second in
            let names = [["--expect", "vpn1,vpn2", "--expect", "vpn3"], ["--expect=vpn3, vpn2,vpn1"]]
            for expect in names {
                let result = try Program.run(["merge"] + reports(first, second) + expect)
                #expect(result.status == 1)
                #expect(result.stdout.contains("! vpn3  did not report\n"))
            }
            let result = try Program.run(
                ["merge"] + reports(first, second), environment: ["WG_RECONCILE_EXPECT": "vpn1,vpn2,vpn3"])
            #expect(result.status == 1)
        }
    }

    @Test func `a tunnel of an earlier run is said with its host, and ends in 1`() throws {
        try withTwoRuns { _, first, second in
            let path = second.reports + "/latest/report.json"
            let report = try String(contentsOfFile: path, encoding: .utf8)
            try report.replacing(#""earlier_tunnels": null"#, with: #""earlier_tunnels": {"up":1,"unseen":0}"#)
                .write(toFile: path, atomically: false, encoding: .utf8)
            let result = try Program.run(["merge"] + reports(first, second))
            #expect(result.status == 1)
            #expect(result.stdout.contains("\n!   The tunnel of 1 account of an earlier run is still up\n"))
        }
    }

    @Test func `a guard that stopped a host ends in 2`() throws {
        try withTwoRuns(options: ["--max-removals", "1"]) { _, first, second in
            let result = try Program.run(["merge"] + reports(first, second))
            #expect(result.status == 2)
            #expect(result.stdout.contains("!   stopped: cannot carry out the plan "))
            #expect(
                result.stdout.contains("unprocessed: vpn1: removed; vpn2: stopped, see above\n"), "\(result.stdout)")
            #expect(result.stdout.ranges(of: "cannot carry out the plan ").count == 1, "\(result.stdout)")
        }
    }

    @Test(
        arguments: [
            (["merge"], 64, "cannot merge reports: none was given"),
            (["merge", "=x"], 64, "The value '=x' is invalid for '<report>'"),
            (["merge", "--expect", "a,,b", "x"], 64, "The value 'a,,b' is invalid for '--expect <host>'"),
            (["merge", "/nowhere/report.json"], 66, "cannot read the report /nowhere/report.json: No such file"),
            (["merge", "/etc/passwd"], 65, "cannot merge the report /etc/passwd: it is not a report"),
        ] as [([String], Int32, String)])
    func `what is wrong ends in its status`(_ arguments: [String], _ status: Int32, _ message: String) throws {
        let result = try Program.run(arguments)
        #expect(result.status == status)
        #expect(result.stderr.contains(message))
    }
}
