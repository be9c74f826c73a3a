import Foundation
import Glibc
import SamplePlane
import Testing

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
            #expect(
                plan.stderr.contains("it would remove 2 accounts, 4 with the rest of this call and the 12 hours before")
            )

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

    @Test(arguments: ["text", "json"])
    func `one line has digest and command, and the command removes what was stopped`(format: String) throws {
        try withControlPlane { plane throws in
            let accounts = Array(plane.bystanders.prefix(3))
            try plane.makeInbox([(#"it's "big" $1.csv"#, plane.feed(ending: accounts))])
            let result = try plane.runInbox(["--max-removals", "2", "--log-format", format])
            #expect(result.status == 2)
            #expect(result.log.count { $0.contains("unprocessed") } == 0)
            let line = try #require(result.log.filter { $0.contains("command") }.only)
            let stoppedBy = try #require(try plane.report().stoppedBy)
            #expect(try !plane.report().wasHeld && !plane.report().continued)
            let digest = try #require(stoppedBy.firstMatch(of: #/--approve ([0-9a-f]{32})$/#)?.1)
            #expect(line.contains("--approve \(digest) "))
            let command: String =
                try format == "json"
                ? JSONObject(line).value("command")
                : #require(line.split(separator: " command: ").last.map(String.init))
            // What it says to look at shows this very plan: the feed is where it was moved to.
            let look = try #require(
                line.firstMatch(of: #/look at what `(.*?)` shows; if it is right, run the command/#)
            ).1
            let shown = try ProgramProcess("/bin/sh", ["-c", Self.unquoted(String(look))]).end()
            #expect(shown.status == 2 && shown.stdout.contains("plan \(digest)"), "\(look) \(shown.stderr)")
            #expect(look.contains("/held/"))
            let typed = try ProgramProcess("/bin/sh", ["-c", command]).end()
            #expect(typed.status == 0, "\(typed.stderr)")
            // Nothing was cut short: a guard had stopped it.
            #expect(try plane.report().wasHeld && !plane.report().continued)
            #expect(try accounts.allSatisfy { try !plane.hasInstance($0.email) })
        }
    }

    /// A command within a value of the log, as a shell reads it.
    private static func unquoted(_ text: String) -> String {
        text.replacing(#"\\"#, with: "\u{0}").replacing(#"\""#, with: "\"").replacing("\u{0}", with: #"\"#)
    }

    @Test func `the command has the options of the environment, too`() throws {
        try withControlPlane { plane throws in
            try plane.write(plane.feed(ending: plane.bystanders.prefix(3)), to: "-big feed.csv")
            let environment = [
                "WG_RECONCILE_DATABASE": plane.database, "WG_RECONCILE_WIREGUARD_DIR": plane.wireguard,
                "WG_RECONCILE_REPORT_DIR": plane.reports, "WG_RECONCILE_MAX_REMOVALS": "2",
            ]
            let result = try Program.run(
                ["run", "--no-apply", "--", plane.path("-big feed.csv")], environment: environment)
            #expect(result.status == 2)
            let line = try #require(result.log.filter { $0.contains(" command: ") }.only)
            let command = try #require(line.split(separator: " command: ").last.map(String.init))
            #expect(try ProgramProcess("/bin/sh", ["-c", command]).end().status == 0)
        }
    }

    @Test func `a feed that was held is read with its profile, by its path and back in the inbox`() throws {
        try withControlPlane { plane throws in
            let accounts = Array(plane.bystanders.prefix(3))
            let rows = accounts.map { $0.email + ",closed\n" }.joined()
            try plane.makeInbox([("shop.csv", "mail,state\n" + rows)])
            let profiles = [
                #"{"columns":{"email":"mail","status":"state"},"removal-status":["closed"],"files":["shop.csv"]}"#,
                #"{"columns":{"email":"E"},"files":["other-*.csv"]}"#,
            ]
            let options = try profiles.enumerated().flatMap {
                ["--feed-profile", try plane.write($1, to: "profile\($0).json")]
            }
            #expect(try plane.runInbox(["--max-removals", "2"] + options).status == 2)
            let name = try #require(try FileManager.default.contentsOfDirectory(atPath: plane.inbox + "/held").first)
            let held = "\(plane.inbox)/held/\(name)"
            let plan = try plane.program("plan", held, ["--max-removals", "2"] + options)
            #expect(plan.status == 2)
            try FileManager.default.moveItem(atPath: held, toPath: plane.inbox + "/" + name)
            #expect(try plane.runInbox(options).status == 0)
            #expect(try accounts.allSatisfy { try !plane.hasInstance($0.email) })
        }
    }

    @Test func `the summary of a stop shows what would have gone, and no entry`() throws {
        try withControlPlane { plane throws in
            try plane.write(plane.feed(ending: plane.bystanders.prefix(12)), to: "big.csv")
            let result = try plane.program("run", "big.csv", ["--max-removals", "2", "--no-apply", "--summary"])
            #expect(result.status == 2)
            #expect(result.stdout.contains("It would remove 12 accounts and 12 instances of "))
            #expect(result.stdout.contains("Configs: not checked, because a guard stopped the run"))
            #expect(!result.stdout.contains("unprocessed:"))
        }
    }

    @Test func `the plans of an inbox are those of its run, feed after feed`() throws {
        try withControlPlane { plane throws in
            let accounts = Array(plane.bystanders.prefix(4))
            try plane.makeInbox([
                ("a.csv", plane.feed(ending: accounts[..<2])), ("b.csv", plane.feed(ending: accounts[1...])),
            ])
            let plan = try Program.run(
                ["plan", "--inbox", plane.inbox] + plane.places + ["--max-removals", "4", "--no-apply", "--json"])
            #expect(plan.status == 0)
            let planned = try #require(
                try JSONSerialization.jsonObject(with: Data(plan.stdout.utf8)) as? [[String: Any]])
            #expect(planned.map { $0["accounts_to_remove"] as? Int } == [2, 2])
            #expect(try plane.runInbox(["--max-removals", "4"]).status == 0)
            let digests = try plane.strings("SELECT plan_digest FROM wg_reconcile_run ORDER BY rowid")
            #expect(digests == planned.map { $0["plan_digest"] as? String ?? "" })
            // Run ids of the same second are in no order.
            let second = try #require(try plane.allReports().first { $0.accounts.count == 3 })
            #expect(second.outcomes == ["already_absent", "removed", "removed"])
        }
    }

    @Test func `the page shows counts, share and the first accounts, and no sentence twice`() throws {
        try withControlPlane { plane throws in
            try plane.write(plane.feed(ending: plane.bystanders.prefix(12)), to: "big.csv")
            #expect(try plane.program("run", "big.csv", ["--max-removals", "2", "--no-apply"]).status == 2)
            // Without the data for the search, which has every entry.
            let page = try plane.read("reports/latest/report.html").components(separatedBy: #"id="data""#)[0]
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
