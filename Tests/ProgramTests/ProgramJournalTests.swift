import Foundation
import GRDB
import Glibc
import Support
import TestSupport
import Testing

/// What the journal of a database keeps besides what was removed.
@Suite("Program: the journal")
struct ProgramJournalTests {
    // MARK: The journal of an earlier program

    @Test func `the first run brings it up to date, and forgets nothing`() throws {
        try withControlPlane { plane throws in
            #expect(try plane.program("run", "feed.csv").status == 1)
            let first = try plane.report()
            try plane.makeJournalOfVersion1()
            let before = try plane.fingerprint()
            #expect(try plane.program("plan", "feed.csv").status == 1)
            let gone = try #require(first.accounts.first { $0.outcome == "removed" })
            let history = try Program.run(["history", gone.email, "--database", plane.database])
            #expect(history.stdout.contains("by run \(first.runID), entry "))
            let deferred = try Program.run(["deferred", "--database", plane.database])
            #expect(deferred.stdout == "There are no deferred removals.\n")
            #expect(try plane.fingerprint().changes(since: before) == [], "who only reads changes nothing")

            #expect(try plane.program("run", "feed.csv").status == 1)
            #expect(try plane.strings("SELECT version FROM wg_reconcile_journal") == ["7"])
            let second = try plane.report()
            #expect(second.runID != first.runID)
            #expect(second.account(gone.email)?.outcome == "already_absent")
            #expect(second.account(gone.email)?.earlierRun == first.runID)
            #expect(try plane.strings("SELECT id FROM wg_reconcile_run WHERE user_id IS NULL") == [first.runID])
            #expect(try plane.strings("PRAGMA integrity_check") == ["ok"])
        }
    }

    @Test func `a run that the earlier program had begun is continued`() throws {
        try withControlPlane { plane throws in
            let process = try plane.start(
                "run", "feed.csv", ["--commit-every", "1", "--pause", "0"],
                environment: ["WG_RECONCILE_TEST_PAUSE": "committed:3"])
            try #require(try process.waitUntilStopped())
            process.send(SIGKILL)
            _ = try process.end()
            try plane.makeJournalOfVersion1()
            let begun = try #require(try plane.strings("SELECT id FROM wg_reconcile_run").only)

            #expect(try plane.program("run", "feed.csv").status == 1)
            let report = try plane.report()
            #expect(report.runID == begun && report.continued)
            #expect(report.outcomes.filter { $0.hasSuffix("removed") }.count == 6)
        }
    }

    @Test func `a feed that the earlier program had run is as old as it was then`() throws {
        try withControlPlane { plane throws in
            try plane.writeFeed("email,status\nANNA,cancelled\n", to: "old.csv")
            #expect(try plane.program("run", "old.csv", ["--max-removals", "0"]).status == 2)
            try plane.execute("UPDATE wg_reconcile_run SET started_at = '2026-01-02T03:04:05Z'")
            try plane.makeJournalOfVersion1()
            try plane.writeFeed("email,status\nANNA,active\n", to: "new.csv")
            #expect(try plane.program("run", "new.csv").status == 0)
            plane.touch("old.csv", UTCTime(seconds: Int64(Date().timeIntervalSince1970)))
            let stopped = try plane.program("run", "old.csv")
            #expect(stopped.status == 2)
            #expect(stopped.stderr.contains("the feed was made at 2026-01-02T03:04:05Z"), "\(stopped.stderr)")
            #expect(try plane.gone() == [])
        }
    }

    @Test(arguments: ["run", "plan"])
    func `the journal of a later program is not worked with`(command: String) throws {
        try withControlPlane { plane throws in
            #expect(try plane.program("run", "feed.csv").status == 1)
            try plane.execute("UPDATE wg_reconcile_journal SET version = ?", [8])
            let before = try plane.fingerprint()
            let result = try plane.program(command, "feed.json")
            #expect(result.status == 69)
            #expect(result.stderr.contains("later"), "\(result.stderr)")
            let changed = try plane.fingerprint().names(changedSince: before)
            #expect(changed.subtracting(["db.sqlite3.wg-reconcile.lock"]) == [])
        }
    }

    // MARK: Who ran it

    @Test(arguments: ["", "anna"])
    func `journal and report say who ran it`(sudoUser: String) throws {
        try withControlPlane { plane throws in
            let environment = sudoUser.isEmpty ? [:] : ["SUDO_USER": sudoUser]
            #expect(try plane.program("run", "feed.csv", environment: environment).status == 1)
            let report = try plane.report()
            #expect(report.userID == Int(geteuid()))
            #expect(report.sudoUser == (sudoUser.isEmpty ? nil : sudoUser))
            let journaled = try plane.strings(
                "SELECT user_id || ' ' || coalesce(sudo_user, '') FROM wg_reconcile_run")
            #expect(journaled == ["\(geteuid()) \(sudoUser)"])
        }
    }
}

extension ControlPlaneFolder {
    /// Leaves of the journal what the program before version 2 would have written.
    fileprivate func makeJournalOfVersion1() throws {
        try execute(
            """
            \(journalBefore7)
            DROP TABLE wg_reconcile_feed; DROP TABLE wg_reconcile_statement; DROP TABLE wg_reconcile_deferred;
            DROP TABLE wg_reconcile_journal; DROP TABLE wg_reconcile_cluster; DROP TABLE wg_reconcile_worker;
            DROP TABLE wg_reconcile_attention;
            DROP INDEX wg_reconcile_outcome_sought;
            ALTER TABLE wg_reconcile_outcome DROP COLUMN still_sought;
            ALTER TABLE wg_reconcile_outcome DROP COLUMN seen_gone_at;
            ALTER TABLE wg_reconcile_outcome DROP COLUMN seen_up;
            ALTER TABLE wg_reconcile_run DROP COLUMN command;
            ALTER TABLE wg_reconcile_run DROP COLUMN passed_guards;
            ALTER TABLE wg_reconcile_run DROP COLUMN user_id;
            ALTER TABLE wg_reconcile_run DROP COLUMN sudo_user;
            """)
    }
}
