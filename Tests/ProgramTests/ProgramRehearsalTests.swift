import Foundation
import TestSupport
import Testing

/// `run --rehearse`: everything but the removal.
@Suite("Program: rehearsal")
struct ProgramRehearsalTests {
    @Test func `it says of every entry what the run then does, and changes nothing`() throws {
        try withControlPlane { plane in
            let before = try plane.fingerprint()
            let rehearsal = try plane.program("run", "feed.csv", ["--rehearse", "--summary"])
            let after = try plane.fingerprint()
            let elsewhere = after.names(changedSince: before).filter { $0 != "" && !$0.hasPrefix("reports") }
            #expect(elsewhere == [])
            let folders = try FileManager.default.contentsOfDirectory(atPath: plane.reports)
            #expect(folders == ["rehearsals"])
            #expect(rehearsal.stdout.hasPrefix("Rehearsal "))
            #expect(rehearsal.stdout.contains("\nNothing was removed.\n"))
            #expect(rehearsal.stderr.contains("this was a rehearsal: nothing was removed"))

            let rehearsed = try plane.rehearsed()
            #expect(rehearsed.isRehearsal)
            let removed = rehearsed.outcomes.filter { $0.hasSuffix("removed") }
            #expect(removed == [])
            let going = rehearsed.expected.count { $0.hasSuffix("removed") }
            #expect(
                rehearsed.headline
                    == "Rehearsal, nothing was removed: \(going) accounts would be; 3 entries need attention")

            let run = try plane.program("run", "feed.csv")
            #expect(run.status == rehearsal.status)
            let report = try plane.report()
            #expect(report.runID != rehearsed.runID)
            #expect(!report.continued)
            #expect(rehearsed.expected == report.outcomes)
            #expect(rehearsed.expected.contains("removed"))
            #expect(rehearsed.expected.contains("partially_removed"))
            #expect(try plane.runs() == [report.runID, "rehearsals"])
            let index = try plane.read("reports/index.html")
            #expect(!index.contains(rehearsed.runID))
            #expect(try plane.strings("SELECT id FROM wg_reconcile_run") == [report.runID])
        }
    }

    @Test func `page and CSV say that nothing was removed`() throws {
        try withControlPlane { plane in
            try plane.writeFeed("email,status\nANNA,cancelled\nnobody@example.org,cancelled\n", to: "a.csv")
            #expect(try plane.program("run", "a.csv", ["--rehearse"]).status == 0)
            let email = try plane.email("ANNA")
            let table = try plane.read("reports/rehearsals/latest/accounts.csv")
            let cells =
                #"1,2,,\#(email),cancelled,unprocessed,503,,,"rehearsal, nothing was removed: it would be removed","#
            #expect(table.contains(cells), "\(table)")
            #expect(table.contains(",already_absent,207,"))
            let page = try plane.read("reports/rehearsals/latest/report.html")
            #expect(page.contains("Rehearsal, nothing was removed: 1 account would be"))
            #expect(page.contains("This is a rehearsal: nothing was removed or written."))
            #expect(page.contains(email) && page.contains("rehearsal, nothing was removed: it would be removed"))
            #expect(!page.contains("id=\"attention-title\""))
        }
    }

    @Test(.enabled(if: SchemaValidator.obstacle == nil, "\(SchemaValidator.obstacle ?? "")"))
    func `its report fits the schema`() throws {
        try withControlPlane { plane in
            #expect(try plane.program("run", "feed.csv", ["--rehearse"]).status == 1)
            let report = try plane.read("reports/rehearsals/latest/report.json")
            let schema = try Program.run(["schema", "report"]).stdout
            #expect(try SchemaValidator.verdicts(on: [report], by: schema) == [nil])
        }
    }

    @Test func `a guard that would stop the run is found out, with 2`() throws {
        try withControlPlane { plane in
            let options = ["--max-removals", "1", "--rehearse"]
            #expect(try plane.program("run", "feed.csv", options).status == 2)
            let rehearsed = try plane.rehearsed()
            #expect(rehearsed.headline == "Rehearsal, nothing was removed: a guard would stop the run")
            #expect(rehearsed.expected.contains("unprocessed") && !rehearsed.expected.contains("removed"))
        }
    }

    @Test func `the feeds of an inbox stay, each has a report, and the next night rehearses them again`() throws {
        try withControlPlane { plane throws in
            try plane.drop([
                ("a.csv", "email,status\nANNA,cancelled\n"), ("b.csv", "email,status\nANNA,cancelled\nBEN,cancelled\n"),
                ("c.csv", "email\n"),
            ])
            let before = try Fingerprint(of: plane.inbox)
            for nights in 1...2 {
                let call = try plane.runInbox(["--rehearse"])
                #expect(call.status == 65 && call.stderr.contains("c.csv"), "\(call.stderr)")
                #expect(try Fingerprint(of: plane.inbox).names(changedSince: before) == [])
                let reports = try FileManager.default.contentsOfDirectory(atPath: plane.path("reports/rehearsals"))
                #expect(reports.count == 2 * nights + 2, "with latest and the index")
            }
            #expect(try plane.gone() == [])
        }
    }

    @Test func `the file can say it for the first week`() throws {
        try withControlPlane { plane in
            let file = try plane.configure(#""rehearse": true"#)
            #expect(try plane.program("run", "feed.csv", ["--config", file]).status == 1)
            #expect(try plane.rehearsed().isRehearsal && !plane.exists("reports/latest"))
            #expect(try plane.program("plan", "feed.csv", ["--config", file]).status == 1)
        }
    }

    @Test func `its report is no report of a host`() throws {
        try withControlPlane { plane in
            #expect(try plane.program("run", "feed.csv", ["--rehearse"]).status == 1)
            let merge = try Program.run(["merge", "vpn1=\(plane.reports)/rehearsals/latest"])
            #expect(merge.status == 65 && merge.stderr.contains("it is of a rehearsal, which removed nothing"))
        }
    }

    @Test func `its metrics have names of their own, beside those of the last run`() throws {
        try withControlPlane { plane in
            let options = ["--metrics-file", plane.path("job.prom")]
            try plane.writeFeed("email,status\nANNA,cancelled\n", to: "a.csv")
            #expect(try plane.program("run", "a.csv", options).status == 0)
            let run = try plane.read("job.prom")
            for _ in 1...2 {
                #expect(try plane.program("run", "feed.csv", options + ["--rehearse"]).status == 1)
                let both = try plane.read("job.prom")
                #expect(
                    both.hasPrefix(run) && both.components(separatedBy: "# TYPE wg_reconcile_rehearsal_").count == 4)
                let going = try plane.rehearsed().expected.count { $0 == "removed" }
                #expect(try plane.metric(#"wg_reconcile_rehearsal_entries{outcome="removed"}"#) == Double(going))
                #expect(try plane.metric("wg_reconcile_rehearsal_exit_status") == 1)
            }
            #expect(try plane.program("run", "a.csv", options).status == 0)
            #expect(try !plane.read("job.prom").contains("rehearsal"))
        }
    }

    @Test func `one that cannot begin says why, with the status of the run`() throws {
        try withControlPlane { plane throws in
            #expect(try plane.program("run", "missing.csv", ["--rehearse"]).status == 66)
            #expect(try plane.program("run", "feed-broken.csv", ["--rehearse"]).status == 65)
            #expect(!plane.exists("reports"))
        }
    }

    @Test func `--keep-reports drops old ones, and billing's example reads none`() throws {
        try withControlPlane { plane in
            let old = plane.path("reports/rehearsals/20200101T000000Z-00000000")
            try FileManager.default.createDirectory(atPath: old, withIntermediateDirectories: true)
            #expect(try plane.program("run", "feed.csv", ["--rehearse", "--keep-reports", "30"]).status == 1)
            #expect(!FileManager.default.fileExists(atPath: old))
            let billing = Billing(plane, .python)
            try billing.add(["acct-0001"])
            try billing.read()
            #expect(try billing.marks() == ["acct-0001": "up"])
        }
    }
}

extension ControlPlaneFolder {
    fileprivate struct Rehearsed {
        let report: ReportRead
        let isRehearsal: Bool
        let headline: String
        /// What each entry would be.
        let expected: [String]

        var runID: String { report.runID }
        var outcomes: [String] { report.outcomes }
    }

    fileprivate func rehearsed() throws -> Rehearsed {
        let path = reports + "/rehearsals/latest/report.json"
        let run = try JSONObject(Data(contentsOf: URL(filePath: path))).object("run")
        let report = try ReportRead(at: path)
        return Rehearsed(
            report: report, isRehearsal: try run.value("rehearsal"), headline: try run.value("headline"),
            expected: report.accounts.map { account in
                (try? JSONObject(account.text).value("would_be")) ?? account.outcome
            })
    }
}
