import Foundation
import Glibc
import SamplePlane
import Testing

/// A run that was stopped and the one that goes on with it: billing sees one run and one complete report.
@Suite("Program: going on where a run was stopped")
struct ProgramContinuationTests {
    // MARK: Stopped by a guard

    @Test func `a plan that is approved passes, under the run id under which it was stopped`() throws {
        try withControlPlane { plane in
            let stopped = try plane.program("run", "feed.csv", ["--max-removals", "1"])
            #expect(stopped.status == 2)
            let first = try plane.report()
            #expect(first.outcomes.filter { $0 == "unprocessed" }.count == 7, "six to remove, one absent")
            let digest = try plane.digestToApprove()
            #expect(stopped.stderr.contains(" run --approve \(digest) "))

            let other = String(digest.reversed())
            let refused = try plane.program("run", "feed.csv", ["--max-removals", "1", "--approve", other])
            #expect(refused.status == 2)
            #expect(try plane.report().summary["removed"] == 0)

            let passed = try plane.program("run", "feed.csv", ["--max-removals", "1", "--approve", digest])
            #expect(passed.status == 1)
            let second = try plane.report()
            #expect(second.runID == first.runID && second.wasHeld && !second.continued && second.stoppedBy == nil)
            #expect(second.summary["unprocessed"] == 0 && second.accounts.count == 19)
            #expect(try plane.runs() == [first.runID], "one report for one run")
        }
    }

    @Test func `an approval is good once, also after the database was restored from before the removal`() throws {
        try withControlPlane { plane in
            let backup = plane.path("backup.sqlite3")
            try FileManager.default.copyItem(atPath: plane.database, toPath: backup)
            #expect(try plane.program("run", "feed.csv", ["--max-removals", "1"]).status == 2)
            let options = ["--max-removals", "1", "--approve", try plane.digestToApprove()]
            #expect(try plane.program("run", "feed.csv", options).status == 1)

            // The accounts are back as they were; what the journal knows stays.
            try plane.restoreAccounts(from: backup)
            let again = try plane.program("run", "feed.csv", options)
            #expect(again.status == 2)
            #expect(try plane.report().summary["removed"] == 0)
            #expect(try plane.runs().count == 2)
        }
    }

    @Test func `an approval is not for a plan that has changed since`() throws {
        try withControlPlane { plane in
            #expect(try plane.program("run", "feed.csv", ["--max-removals", "1"]).status == 2)
            let digest = try plane.digestToApprove()
            let removed = plane.inventory.accounts[0].email
            try plane.execute(
                """
                INSERT INTO auth_user (password, is_superuser, username, last_name, email, is_staff, is_active,
                    date_joined, first_name)
                VALUES ('', 0, 'one more', '', ?, 0, 1, '2020-01-01 00:00:00', '')
                """, [removed])
            let result = try plane.program("run", "feed.csv", ["--max-removals", "1", "--approve", digest])
            #expect(result.status == 2)
            #expect(try plane.digestToApprove() != digest)
        }
    }

    @Test func `--approve where no guard objects does no harm`() throws {
        try withControlPlane { plane in
            let result = try plane.program("run", "feed.csv", ["--approve", "0123"])
            #expect(result.status == 1)
            #expect(try plane.report().summary["unprocessed"] == 0)
        }
    }

    // MARK: Told to stop

    @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
    func `told to stop, a run reports what it did, and the next one does the rest`(signal: Int32) throws {
        try withControlPlane { plane in
            let undisturbed = try Self.outcomesOfUndisturbedRun()
            let process = try plane.start(
                "run", "feed.csv", ["--commit-every", "1", "--pause", "200"],
                environment: ["WG_RECONCILE_TEST_PAUSE": "committed:2"])
            #expect(try process.waitUntilStopped())
            process.send(signal)
            process.send(SIGCONT)
            let result = try process.end()
            #expect(result.ending == .exit(1))

            let first = try plane.report()
            let done = first.accounts.filter { $0.outcome.hasSuffix("removed") }
            #expect(!done.isEmpty && done.count < 6)
            let rest = first.accounts.filter { $0.outcome == "unprocessed" }
            #expect(done.count + rest.count == 6)
            for account in rest {
                #expect(
                    account.errors == [
                        "cannot finish the run: a signal asked it to end; the accounts in progress are committed"
                    ]
                )
            }
            // The configs of those that are gone are gone as well.
            for account in plane.inventory.accounts where done.contains(where: { $0.email == account.email }) {
                for instance in account.instances { #expect(!plane.exists("wireguard/wg\(instance.number).conf")) }
            }

            #expect(try plane.program("run", "feed.csv").status == 1)
            let second = try plane.report()
            #expect(second.runID == first.runID && second.continued)
            #expect(second.outcomes == undisturbed)
            #expect(try plane.runs() == [first.runID])
            for account in done {
                #expect(second.account(account.email)?.text == account.text, "reported as it happened")
            }

            #expect(try plane.program("run", "feed.csv").status == 1)
            #expect(try plane.report().runID != first.runID, "after a complete run it is a new one")
        }
    }

    private static func outcomesOfUndisturbedRun() throws -> [String] {
        var outcomes: [String] = []
        try withControlPlane { plane in
            _ = try plane.program("run", "feed.csv")
            outcomes = try plane.report().outcomes
        }
        return outcomes
    }

    @Test(arguments: [SIGTERM, SIGINT, SIGHUP])
    func `a signal that comes before anything was written is heeded`(signal: Int32) throws {
        try withControlPlane { plane throws in
            let process = try plane.start(
                "run", "feed.csv", ["--commit-every", "1", "--pause", "200"],
                environment: ["WG_RECONCILE_TEST_PAUSE": "planned:1"])
            #expect(try process.waitUntilStopped())
            process.send(signal)
            process.send(SIGCONT)
            #expect(try process.end().ending == .exit(1))
            #expect(try plane.report().summary["unprocessed"] ?? 0 > 0)
        }
    }

    @Test func `under nohup, the end of the terminal is no reason to stop`() throws {
        try withControlPlane { plane in
            let run = [Program.path, "run", plane.path("feed.csv")] + plane.places + ["--commit-every", "1"]
            let process = try ProgramProcess(
                "nohup", run, environment: ["WG_RECONCILE_TEST_PAUSE": "committed:2"])
            #expect(try process.waitUntilStopped())
            process.send(SIGHUP)
            process.send(SIGCONT)
            #expect(try process.end().ending == .exit(1))
            let report = try plane.report()
            #expect(report.summary["unprocessed"] == 0 && report.stoppedBy == nil)
        }
    }

    @Test func `a second SIGINT ends it at once, and the next run heals that`() throws {
        try withControlPlane { plane in
            let process = try plane.start(
                "run", "feed.csv", ["--commit-every", "1", "--pause", "0", "--busy-timeout", "600"],
                environment: ["WG_RECONCILE_TEST_PAUSE": "committed:1"])
            #expect(try process.waitUntilStopped())
            // It waits for a lock, and for long: the first signal is taken, and nothing comes of it yet.
            let lock = try Locker(plane.database)
            process.send(SIGCONT)
            process.send(SIGINT)
            try process.waitUntilItNoLongerCatches(SIGINT)
            process.send(SIGINT)
            #expect(try process.end().ending == .signal(SIGINT))
            lock.release()
            #expect(!plane.exists("reports/latest"))

            #expect(try plane.program("run", "feed.csv").status == 1)
            let report = try plane.report()
            #expect(report.continued && report.summary["unprocessed"] == 0)
            #expect(report.accounts.filter { $0.outcome.hasSuffix("removed") }.count == 6)
            #expect(try plane.runs() == [report.runID], "what the first one left aside is cleared")
        }
    }

    @Test func `a plan can be interrupted`() throws {
        try withControlPlane { plane in
            let before = try plane.fingerprint()
            let process = try plane.start("plan", "feed.csv")
            process.send(SIGTERM)
            // It may have been done before.
            _ = try process.end(within: 10)
            #expect(try plane.fingerprint().changes(since: before) == [])
        }
    }
}

extension ControlPlaneFolder {
    /// The digest that the report of a stopped run names.
    func digestToApprove() throws -> String {
        let stoppedBy = try #require(try report().stoppedBy)
        return String(try #require(stoppedBy.firstMatch(of: #/--approve ([0-9a-f]{32})$/#)).1)
    }

    /// Puts back all of the application's tables, and leaves this program's as they are.
    func restoreAccounts(from backup: String) throws {
        let tables = try strings(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'wg_%' AND name NOT LIKE 'sqlite_%'")
        var statements = ["ATTACH '\(backup)' AS backup", "BEGIN"]
        for table in tables {
            statements += ["DELETE FROM main.\(table)", "INSERT INTO main.\(table) SELECT * FROM backup.\(table)"]
        }
        try executeOutsideTransaction((statements + ["COMMIT", "DETACH backup"]).joined(separator: ";\n"))
    }
}
