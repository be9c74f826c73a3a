import Foundation
import Glibc
import SamplePlane
import Testing

/// `run --inbox`: each feed that is complete is worked on once, the oldest first, and moved to where it belongs.
@Suite("Program: an inbox of feeds")
struct ProgramInboxTests {
    @Test func `feeds are worked on in order and moved under their run's id`() throws {
        try withControlPlane { plane throws in
            let accounts = Array(plane.bystanders.prefix(2))
            try plane.makeInbox([
                ("z.csv", plane.feed(ending: accounts)), ("a.csv", plane.feed(ending: accounts[1...])),
            ])
            #expect(try plane.runInbox().status == 0)
            #expect(try plane.inboxContent() == ["done/a.ID.csv", "done/z.ID.csv"])
            let runs = try plane.runs()
            #expect(runs.count == 2)
            for run in runs {
                let report = try ReportRead(at: plane.reports + "/\(run)/report.json")
                let isFirst = report.accounts.count == 2
                #expect(plane.exists("inbox/done/\(isFirst ? "z" : "a").\(run).csv"))
                #expect(report.outcomes == (isFirst ? ["removed", "removed"] : ["already_absent"]))
            }
            #expect(try plane.report().accounts.count == 1, "latest is the last")
        }
    }

    @Test func `what is wrong with a feed keeps no other from its turn`() throws {
        try withControlPlane { plane throws in
            let account = Array(plane.bystanders.prefix(1))
            try plane.makeInbox([
                ("broken.csv", "email,status\n\"never closed\n"), ("open.csv", plane.feed(ending: [])),
                ("good.csv", plane.feed(ending: account)), ("notes.txt", "by hand"),
            ])
            chmod(plane.path("inbox/open.csv"), 0o666)
            let result = try plane.runInbox()
            #expect(result.status == 65, "the first feed that failed")
            #expect(
                try plane.inboxContent() == [
                    "done/good.ID.csv", "failed/broken.TIME.csv", "failed/open.TIME.csv", "notes.txt",
                ])
            #expect(try !plane.hasInstance(account[0].email))
            #expect(result.stderr.contains("left alone in the inbox name=notes.txt"))
            #expect(try plane.runInbox().status == 0, "the next night it is settled")
        }
    }

    @Test func `an entry that needs attention is no reason to keep a feed`() throws {
        try withControlPlane { plane throws in
            try plane.makeInbox([("a.csv", "email,status\nadmin@example.org,cancelled\nno-at,cancelled\n")])
            #expect(try plane.runInbox().status == 1)
            #expect(try plane.inboxContent() == ["done/a.ID.csv"])
        }
    }

    @Test func `a feed that a guard stopped is held, the next ones go on, and an approval continues it`() throws {
        try withControlPlane { plane throws in
            let accounts = Array(plane.bystanders.prefix(3))
            try plane.makeInbox([
                ("big.csv", plane.feed(ending: accounts[..<2])), ("small.csv", plane.feed(ending: accounts[2...])),
            ])
            let stopped = try plane.runInbox(["--max-removals", "1"])
            #expect(stopped.status == 2)
            #expect(stopped.stderr.contains("/inbox/held/big."), "the command names the feed where it lies now")
            #expect(try plane.inboxContent() == ["done/small.ID.csv", "held/big.ID.csv"])
            #expect(try plane.hasInstance(accounts[0].email) && !plane.hasInstance(accounts[2].email))

            let name = try #require(try FileManager.default.contentsOfDirectory(atPath: plane.inbox + "/held").first)
            let stoppedID = String(name.dropFirst(4).dropLast(4))
            let stoppedBy = try ReportRead(at: plane.reports + "/\(stoppedID)/report.json").stoppedBy
            let digest = try #require(stoppedBy?.firstMatch(of: #/--approve ([0-9a-f]{32})$/#)?.1)
            try FileManager.default.moveItem(atPath: plane.inbox + "/held/" + name, toPath: plane.inbox + "/" + name)
            #expect(try plane.runInbox(["--max-removals", "1", "--approve", String(digest)]).status == 0)
            #expect(plane.exists("inbox/done/big.\(stoppedID).csv"), "under the id of the run that was continued")
            #expect(try !plane.hasInstance(accounts[0].email))
        }
    }

    // MARK: Signatures

    @Test func `where feeds are signed, a feed waits for its signature and takes it along`() throws {
        try withControlPlane { plane throws in
            let key = try plane.write("a key\n", to: "key")
            let accounts = Array(plane.bystanders.prefix(2))
            try plane.makeInbox([
                ("signed.csv", plane.feed(ending: accounts[..<1])), ("early.csv", plane.feed(ending: accounts[1...])),
                ("forged.csv", plane.feed(ending: accounts[1...])),
            ])
            for name in ["signed", "forged"] {
                let feed = plane.path("inbox/\(name).csv")
                #expect(try Program.run(["sign", feed, "--api-key-file", key]).status == 0)
            }
            try plane.write("email,status\nadded@example.com,cancelled\n", to: "inbox/forged.csv")
            let result = try plane.runInbox(["--api-key-file", key])
            #expect(result.status == 77)
            #expect(
                try plane.inboxContent() == [
                    "done/signed.ID.csv", "done/signed.ID.csv.hmac", "early.csv", "failed/forged.TIME.csv",
                    "failed/forged.TIME.csv.hmac",
                ])
            #expect(result.stderr.contains("its signature early.csv.hmac is not there yet"))
            #expect(try plane.hasInstance(accounts[1].email))

            let early = plane.path("inbox/early.csv")
            #expect(try Program.run(["sign", early, "--api-key-file", key]).status == 0)
            #expect(try plane.runInbox(["--api-key-file", key]).status == 0)
            #expect(try !plane.hasInstance(accounts[1].email))
        }
    }

    // MARK: Names

    @Test func `feeds of one name that never got a run do not overwrite each other`() throws {
        try withControlPlane { plane throws in
            for _ in 1...3 {
                try plane.makeInbox([("a.csv", "")])
                #expect(try plane.runInbox().status == 65)
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: plane.inbox + "/failed")
            #expect(names.count == 3)
        }
    }

    // MARK: Usage

    @Test(arguments: [
        ["feed.csv", "--inbox", "inbox"], ["--inbox", "inbox", "--format", "csv"],
        ["--inbox", "inbox", "--hmac", "00", "--api-key-file", "key"],
    ])
    func `options that an inbox excludes are wrong usage`(arguments: [String]) throws {
        try withControlPlane { plane throws in
            try plane.makeInbox([])
            let result = try Program.run(["run"] + arguments + plane.places)
            #expect(result.status == 64)
        }
    }

    @Test func `an inbox on the command line goes before a feed in the environment`() throws {
        try withControlPlane { plane throws in
            try plane.makeInbox([("a.csv", "email,status\nnobody@example.com,cancelled\n")])
            #expect(try plane.runInbox(environment: ["WG_RECONCILE_FEED": "/absent.csv"]).status == 0)
        }
    }

    @Test func `where feeds could not be moved, nothing is begun`() throws {
        try withControlPlane { plane throws in
            let account = Array(plane.bystanders.prefix(1))
            try plane.makeInbox([("a.csv", plane.feed(ending: account)), ("done", "in the way")])
            let result = try plane.runInbox()
            #expect(result.status == 78)
            #expect(try plane.hasInstance(account[0].email) && plane.exists("inbox/a.csv"))
        }
    }

    // MARK: Plan

    @Test func `plan shows a plan of each feed and touches nothing`() throws {
        try withControlPlane { plane throws in
            let accounts = Array(plane.bystanders.prefix(2))
            try plane.makeInbox([
                ("a.csv", plane.feed(ending: accounts[..<1])), ("b.csv", plane.feed(ending: accounts[1...])),
                ("c.csv", ""),
            ])
            let before = try plane.fingerprint()
            let table = try Program.run(["plan", "--inbox", plane.inbox] + plane.places)
            #expect(table.status == 65)
            for (name, account) in zip(["a", "b"], accounts) {
                #expect(table.stdout.contains("\(plane.inbox)/\(name).csv:\n"))
                #expect(table.stdout.contains(account.email))
            }
            let json = try Program.run(["plan", "--inbox", plane.inbox, "--json"] + plane.places)
            let documents = try JSONSerialization.jsonObject(with: Data(json.stdout.utf8)) as? [[String: Any]]
            #expect(documents?.count == 2)
            #expect(try Program.run(["run", "--dry-run", "--inbox", plane.inbox] + plane.places).status == 65)
            #expect(try plane.fingerprint().changes(since: before) == [])
        }
    }
}
