import Foundation
import Glibc
import Testing

/// `remove EMAIL…`: what a feed with these accounts would do, for somebody who is there.
@Suite("Program: removing accounts by name")
struct ProgramRemoveTests {
    // MARK: Consent

    @Test func `on a terminal it shows the plan and removes after a yes`() throws {
        try withControlPlane { plane in
            let removal = try plane.startRemoving(["ANNA", "BEN"])
            try removal.type("yes\n", after: "Remove these 2 accounts? Type yes to go on: ")
            let end = try removal.end()
            #expect(end.status == 0)
            #expect(end.stdout.contains("2 accounts and 2 of"))
            #expect(end.stdout.contains("removed  2"))
            #expect(try plane.gone() == ["ANNA", "BEN"])
        }
    }

    @Test(arguments: ["no\n", "\n", "y\n", "\u{4}"])
    func `anything but yes removes nobody, and there is no report`(answer: String) throws {
        try withControlPlane { plane in
            let removal = try plane.startRemoving(["ANNA"])
            try removal.type(answer, after: "Remove this account? Type yes to go on: ")
            let end = try removal.end()
            #expect(end.status == 2)
            #expect(end.stderr.contains("the answer was not yes; nothing was removed"))
            #expect(try plane.gone() == [])
            #expect(!plane.exists("reports"))
        }
    }

    @Test func `an account that changed since the question is not removed`() throws {
        try withControlPlane { plane in
            let removal = try plane.startRemoving(["ANNA"])
            let question = "Type yes to go on: "
            try removal.type("", after: question)
            // Its group is somebody else's from now on.
            try plane.execute(
                "UPDATE wireguard_peergroup SET name = 'renamed' WHERE name = ?", [plane.email("ANNA") + "_group"])
            try removal.type("yes\n", after: question)
            let end = try removal.end()
            #expect(end.status == 2)
            // On a terminal, long lines are wrapped.
            let said = end.stderr.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            #expect(said.contains("this is not the plan that was confirmed; nothing was removed"))
            #expect(try plane.gone() == [])
        }
    }

    @Test func `without a terminal it needs --yes`() throws {
        try withControlPlane { plane in
            let end = try plane.remove(["ANNA"], [])
            #expect(end.status == 64)
            #expect(end.stderr.contains("--yes"))
            #expect(try plane.gone() == [] && !plane.exists("reports"))
            // Nobody agrees to all removals to come.
            #expect(try plane.remove(["ANNA"], [], environment: ["WG_RECONCILE_YES": "1"]).status == 78)
            #expect(try plane.gone() == [])
        }
    }

    // MARK: What it does

    @Test func `report, journal and history say that it was by name, and who it was`() throws {
        try withControlPlane { plane in
            #expect(try plane.remove(["ANNA"], environment: ["SUDO_USER": "olga"]).status == 0)
            let report = try plane.report()
            #expect(report.command == "remove" && report.outcomes == ["removed"] && report.sudoUser == "olga")
            #expect(
                try plane.strings("SELECT command || ' ' || sudo_user FROM wg_reconcile_run") == ["remove olga"])
            #expect(try plane.gone() == ["ANNA"])
            let history = try Program.run(["history", plane.email("ANNA"), "--database", plane.database])
            #expect(history.stdout.contains("by run \(report.runID), entry 1 of the accounts named to `remove`"))
        }
    }

    @Test func `--json prints the endpoint's response for one account, and an array for several`() throws {
        try withControlPlane { plane in
            let one = try JSONObject(plane.remove(["ANNA"], ["--yes", "--json"]).stdout)
            let status: String = try one.value("status")
            #expect(status == "success")
            #expect(try one.object("results").value("instance_identifier") == plane.email("ANNA"))

            let several = try plane.remove(["ANNA", "BEN"], ["--yes", "--json"])
            #expect(several.status == 0)
            let responses = try #require(
                try JSONSerialization.jsonObject(with: Data(several.stdout.utf8)) as? [[String: Any]])
            #expect(responses.map { $0["status"] as? String } == ["partial_success", "success"])
        }
    }

    @Test func `a name that is no email is an error of its own, and the others go`() throws {
        try withControlPlane { plane in
            let end = try Program.run(
                ["remove", "nobody", plane.email("ANNA")] + plane.places + ["--no-apply", "--yes", "--json"])
            #expect(end.status == 1)
            #expect(end.stdout.contains(#""status":"error","message":"Removal failed for nobody""#))
            #expect(end.stdout.contains(#""errors":["email has no @"]"#))
            #expect(try plane.gone() == ["ANNA"])
        }
    }

    @Test func `--dry-run touches nothing and needs no report folder`() throws {
        try withControlPlane { plane in
            let before = try plane.fingerprint()
            let end = try Program.run([
                "remove", plane.email("ANNA"), "--database", plane.database, "--wireguard-dir", plane.wireguard,
                "--dry-run",
            ])
            #expect(end.status == 0 && end.stdout.contains("1 account and 1 of"))
            #expect(try plane.fingerprint() == before)
        }
    }

    @Test func `the guards apply, and the message has the command that approves`() throws {
        try withControlPlane { plane in
            let stopped = try plane.remove(["ANNA", "BEN"], ["--yes", "--max-removals", "1"])
            #expect(stopped.status == 2)
            #expect(try plane.report().outcomes == ["unprocessed", "unprocessed"])
            let digest = try plane.digestToApprove()
            #expect(stopped.stderr.contains(" remove --approve \(digest) \(try plane.email("ANNA")) "))
            #expect(stopped.stderr.contains(" remove --dry-run "))
            let options = ["--yes", "--max-removals", "1", "--approve", digest]
            #expect(try plane.remove(["ANNA", "BEN"], options).status == 0)
            #expect(try plane.gone() == ["ANNA", "BEN"])
        }
    }

    // MARK: Beside feeds

    @Test func `an account that signed up again can be removed by the same command`() throws {
        try withControlPlane { plane in
            let backup = plane.path("backup.sqlite3")
            try FileManager.default.copyItem(atPath: plane.database, toPath: backup)
            #expect(try plane.remove(["ANNA"]).status == 0)
            try plane.restoreAccounts(from: backup)
            try plane.execute("UPDATE auth_user SET date_joined = datetime('now')")
            #expect(try plane.gone() == [])
            #expect(try plane.remove(["ANNA"]).status == 0)
            #expect(try plane.gone() == ["ANNA"])
            #expect(try plane.runs().count == 2)
        }
    }

    @Test func `removals that were put off and are due wait for the next feed`() throws {
        try withControlPlane { plane in
            try plane.writeFeed("email,status,effective_at\nANNA,cancelled,TOMORROW\n", to: "later.csv")
            #expect(try plane.program("run", "later.csv").status == 0)
            try plane.letRemovalsComeDue()
            #expect(try plane.remove(["BEN"]).status == 0)
            #expect(try plane.gone() == ["BEN"] && plane.putOff() == ["ANNA"])
            // One that is removed by name has nothing left to put off.
            #expect(try plane.remove(["ANNA"]).status == 0)
            try plane.writeFeed("email,status\nCLARA,active\n", to: "next.csv")
            #expect(try plane.program("run", "next.csv").status == 0)
            #expect(try plane.report().accounts.count == 1 && plane.putOff() == [])
        }
    }

    @Test func `it goes on where it was cut short`() throws {
        try withControlPlane { plane in
            let first = try ProgramProcess(
                Program.path,
                ["remove"] + ["ANNA", "BEN"].map(plane.email) + plane.places + ["--no-apply", "--yes"]
                    + ["--commit-every", "1"], environment: ["WG_RECONCILE_TEST_PAUSE": "committed:1"])
            #expect(try first.waitUntilStopped())
            first.send(SIGKILL)
            _ = try first.end()
            #expect(try plane.gone() == ["ANNA"])
            #expect(try plane.remove(["ANNA", "BEN"]).status == 0)
            let report = try plane.report()
            #expect(report.continued && report.outcomes == ["removed", "removed"])
        }
    }

    @Test func `it is no success of the nightly job`() throws {
        try withControlPlane { plane in
            #expect(try plane.remove(["ANNA"]).status == 0)
            let metrics = plane.path("metrics.prom")
            let failed = try plane.program("run", "missing.csv", ["--metrics-file", metrics])
            #expect(failed.status == 66)
            #expect(try plane.read("metrics.prom").contains("wg_reconcile_last_success_timestamp_seconds 0\n"))
        }
    }
}

@Suite("Program: the report on standard output")
struct ProgramReportOutputTests {
    @Test func `--json prints report json as it is in place, and nothing else`() throws {
        try withControlPlane { plane in
            let run = try plane.program("run", "feed.csv", ["--json"])
            #expect(run.status == 1)
            #expect(run.stdout == (try plane.read("reports/latest/report.json")))
        }
    }

    @Test func `on a terminal as well`() throws {
        try withControlPlane { plane in
            let run = try plane.program(
                "run", "feed.csv", ["--json", "--log-level", "critical"], output: .terminal(columns: 80))
            let shown = run.stdout.replacing("\r\n", with: "\n")
            #expect(shown.contains(try plane.read("reports/latest/report.json")))
            #expect(!shown.contains("Report: "))
        }
    }

    @Test func `with an inbox, one report after the other`() throws {
        try withControlPlane { plane throws in
            try plane.drop([
                ("1.csv", "email,status\nANNA,cancelled\n"), ("2.csv", "email,status\nBEN,cancelled\n"),
            ])
            let call = try plane.runInbox(["--json"])
            #expect(call.status == 0)
            let reports = try plane.runs().map { try plane.read("reports/\($0)/report.json") }
            // Both runs may begin in one second.
            #expect([reports.joined(), reports.reversed().joined()].contains(call.stdout))
        }
    }

    @Test func `with --dry-run it is the plan, and with --summary it is refused`() throws {
        try withControlPlane { plane in
            let plan = try plane.program("run", "feed.csv", ["--json", "--dry-run"])
            func undated(_ text: String) -> String { text.replacing(#/"made_at":"[^"]*"/#, with: "") }
            #expect(undated(plan.stdout) == undated(try plane.program("plan", "feed.csv", ["--json"]).stdout))
            #expect(try plane.program("run", "feed.csv", ["--json", "--summary"]).status == 64)
            #expect(!plane.exists("reports"))
        }
    }
}
