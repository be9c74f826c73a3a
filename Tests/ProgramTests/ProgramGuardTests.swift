import Foundation
import Glibc
import Testing

@testable import Reconcile

/// Exit status 2: what is counted, what is said of it, and what goes on all the same.
@Suite("Program: guards of a run")
struct ProgramGuardTests {
    // MARK: Several feeds

    @Test func `the feeds of an inbox are counted together: those before the limit run, the others are held`() throws {
        try withControlPlane { plane throws in
            let accounts = Array(plane.bystanders.prefix(6))
            try plane.makeInbox(
                ["a", "b", "c"].enumerated().map { ($1 + ".csv", plane.feed(ending: accounts[2 * $0..<2 * $0 + 2])) })
            let plan = try Program.run(["plan", "--inbox", plane.inbox] + plane.places + ["--max-removals", "3"])
            #expect(plan.status == 2)
            #expect(plan.stderr.contains("it would remove 2 accounts, 4 with those of the 12 hours before"))

            let result = try plane.runInbox(["--max-removals", "3"])
            #expect(result.status == 2)
            #expect(try plane.inboxContent() == ["done/a.ID.csv", "held/b.ID.csv", "held/c.ID.csv"])
            #expect(try accounts.map { try plane.hasInstance($0.email) } == [false, false, true, true, true, true])
        }
    }

    @Test func `a second call counts what the first removed`() throws {
        try withControlPlane { plane throws in
            let accounts = Array(plane.bystanders.prefix(3))
            try plane.write(plane.feed(ending: accounts.prefix(2)), to: "first.csv")
            try plane.write(plane.feed(ending: accounts.suffix(1)), to: "second.csv")
            #expect(try plane.program("run", "first.csv", ["--no-apply", "--max-removals", "2"]).status == 0)
            #expect(try plane.program("run", "second.csv", ["--no-apply", "--max-removals", "2"]).status == 2)
            #expect(try plane.program("run", "second.csv", ["--no-apply", "--max-removals", "3"]).status == 0)
        }
    }

    // MARK: What is said

    @Test func `one line has the digest and the command, and the command removes what was stopped`() throws {
        try withControlPlane { plane throws in
            let accounts = Array(plane.bystanders.prefix(3))
            try plane.makeInbox([("it's big.csv", plane.feed(ending: accounts))])
            let result = try plane.runInbox(["--max-removals", "2", "--log-format", "json"])
            #expect(result.status == 2)
            let lines = try result.log.map { try JSONObject($0) }.filter { $0.members["command"] != nil }
            let line = try #require(lines.only)
            let (digest, command): (String, String) = (try line.value("digest"), try line.value("command"))
            #expect(result.log.count { $0.contains("unprocessed") } == 0)
            #expect(command.hasSuffix("--approve \(digest)"))

            let typed = try ProgramProcess("/bin/sh", ["-c", command]).end()
            #expect(typed.status == 0, "\(typed.stderr)")
            #expect(try accounts.allSatisfy { try !plane.hasInstance($0.email) })
        }
    }

    @Test func `the page shows counts, share and the first accounts, and no sentence twice`() throws {
        try withControlPlane { plane throws in
            try plane.write(plane.feed(ending: plane.bystanders.prefix(12)), to: "big.csv")
            #expect(try plane.program("run", "big.csv", ["--max-removals", "2", "--no-apply"]).status == 2)
            let page = try plane.read("reports/latest/report.html")
            #expect(page.components(separatedBy: "--max-removals").count == 2)
            #expect(page.contains("It would remove 12 accounts and 12 instances of "))
            #expect(page.contains(" percent of the instances."))
            #expect(page.contains(plane.bystanders[9].email))
            #expect(!page.contains(plane.bystanders[10].email))
            #expect(page.contains("… and 2 more"))
            #expect(try plane.report().outcomes == Array(repeating: "unprocessed", count: 12))
        }
    }

    @Test func `plan takes every option that run takes`() throws {
        try withControlPlane { plane throws in
            let run = try Program.run(["run", "--help"]).stdout
            let options = run.matches(of: #/^  (--[a-z-]+)/#.anchorsMatchLineEndings()).map { String($0.1) }
            #expect(options.count > 30)
            let plan = try Program.run(["plan", "--help"]).stdout
            #expect(options.filter { !plan.contains("  \($0)") } == [])

            let before = try plane.fingerprint()
            let given = ["--pause", "0", "--commit-every", "5", "--journal-days", "9", "--keep-reports", "9"]
            let result = try plane.program(
                "plan", "feed.csv", given + ["--summary", "--metrics-file", plane.path("job.prom")])
            #expect(result.status == 1)
            #expect(try plane.fingerprint() == before)
            #expect(!plane.exists("job.prom"))
        }
    }

    // MARK: What goes on

    @Test func `an inbox in which a guard holds the only feed still catches up with the configs`() throws {
        try withControlPlane { plane throws in
            try plane.makeInbox([("big.csv", plane.feed(ending: plane.bystanders.prefix(3)))])
            try plane.write("# edited by hand\n", to: "wireguard/wg0.conf")
            #expect(try plane.runInbox(["--max-removals", "2"]).status == 2)
            #expect(try plane.read("wireguard/wg0.conf").contains("[Interface]"))
            #expect(try plane.inboxContent() == ["held/big.ID.csv"])
        }
    }

    @Test func `a broken feed and a busy database: the retry still says that the feed was broken`() throws {
        try withControlPlane { plane throws in
            try plane.makeInbox([
                ("a-broken.csv", "email,status\n\"never closed\n"),
                ("b-good.csv", plane.feed(ending: plane.bystanders.prefix(1))),
            ])
            let lock = try Locker(plane.database)
            #expect(try plane.runInbox(["--busy-timeout", "0"]).status == 75)
            lock.release()
            #expect(try plane.runInbox().status == 65)
            #expect(try plane.inboxContent() == ["done/b-good.ID.csv", "failed/a-broken.TIME.csv"])
        }
    }

    // MARK: Trust

    @Test func `a signature speaks for the feed, and not for the database`() throws {
        try withControlPlane { plane throws in
            let key = try plane.write("a key that billing and this host share", to: "key")
            #expect(try Program.run(["sign", plane.path("feed.csv"), "--api-key-file", key]).status == 0)
            chmod(plane.database, 0o666)
            let result = try plane.program("run", "feed.csv", ["--api-key-file", key, "--no-apply"])
            #expect(result.status == 77)
            #expect(result.stderr.contains("cannot trust the database"))
            chmod(plane.database, 0o600)
            #expect(try plane.program("run", "feed.csv", ["--api-key-file", key, "--no-apply"]).status == 1)
        }
    }

    @Test func `metrics take nothing from a database that no run would open`() throws {
        try withControlPlane { plane throws in
            try plane.write(plane.feed(ending: plane.bystanders.prefix(1)), to: "good.csv")
            #expect(try plane.program("run", "good.csv", ["--no-apply"]).status == 0)
            let options = ["--no-apply", "--metrics-file", plane.path("job.prom")]
            chmod(plane.database, 0o666)
            usleep(1_100_000)
            #expect(try plane.program("run", "feed-broken.csv", options).status == 65)
            #expect(try plane.metric("wg_reconcile_last_success_timestamp_seconds") == 0)
            chmod(plane.database, 0o600)
            #expect(try plane.program("run", "feed-broken.csv", options).status == 65)
            #expect(try plane.metric("wg_reconcile_last_success_timestamp_seconds") != 0)
        }
    }
}
