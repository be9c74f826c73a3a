import Foundation
import Glibc
import Support
import Testing

/// What a later feed says of an account stands, in one call and from one night to the next.
@Suite("Program: several feeds of one account")
struct ProgramSeveralFeedsTests {
    private static let header = "email,status,effective_at\n"

    // MARK: In one inbox

    @Test(arguments: [
        ("ANNA,active,\n", "that the account stays on line 2"),
        ("ANNA,cancelled,2099-01-01\n", "that the account is removed later, effective 2099-01-01 on line 2"),
        ("ANNA,unheard-of,\n", "something about the account that cannot be read on line 2"),
    ])
    func `two nights in the inbox: the later one stands`(row: String, says: String) throws {
        try withControlPlane { plane throws in
            // The names are in the other order.
            try plane.drop([
                ("b-tuesday.csv", Self.header + "ANNA,cancelled,AGO\nBEN,cancelled,\n"),
                ("a-wednesday.csv", Self.header + row),
            ])
            #expect(try plane.runInbox().status == (row.contains("unheard-of") ? 1 : 0))
            let tuesday = try #require(try plane.allReports().first { $0.accounts.count == 2 })
            #expect(tuesday.outcomes == ["skipped", "removed"])
            let error = "the later feed \(plane.inbox)/a-wednesday.csv says \(says)"
            #expect(tuesday.accounts[0].errors == [error])
            #expect(try plane.gone() == ["BEN"])
            #expect(try plane.inboxContent() == ["done/a-wednesday.ID.csv", "done/b-tuesday.ID.csv"])
        }
    }

    @Test func `an earlier "stays" does not hold against a later removal`() throws {
        try withControlPlane { plane throws in
            try plane.drop([
                ("b.csv", Self.header + "ANNA,active,\n"), ("a.csv", Self.header + "ANNA,cancelled,\n"),
            ])
            #expect(try plane.runInbox().status == 0)
            #expect(try plane.gone() == ["ANNA"])
        }
    }

    @Test func `generated_at tells which is later, before the files' times do`() throws {
        try withControlPlane { plane throws in
            let documents = [("cancelled", "2026-03-02"), ("active", "2026-03-01")].map { status, day in
                #"{"generated_at":"\#(day)T00:00:00Z","accounts":[{"email":"ANNA","status":"\#(status)"}]}"#
            }
            for name in ["wireguard_wireguardinstance", "auth_user"] {
                let column = name == "auth_user" ? "date_joined" : "created"
                try plane.execute("UPDATE \(name) SET \(column) = '2025-01-01 00:00:00'")
            }
            try plane.drop([("first.json", documents[0]), ("second.json", documents[1])])
            #expect(try plane.runInbox().status == 0)
            #expect(try plane.gone() == ["ANNA"])
        }
    }

    // MARK: An old feed

    /// Monday's feed was stopped, on Tuesday the account was said to stay; then Monday's is laid down again.
    private func withOldFeed(
        tuesday: String = "ANNA,active,\n",
        _ body: (ControlPlaneFolder, _ run: ([String], [String: String]) throws -> ProgramResult) throws -> Void
    ) throws {
        try withControlPlane { plane throws in
            try plane.writeFeed(Self.header + "ANNA,cancelled,\nBEN,cancelled,\n", to: "monday.csv")
            #expect(try plane.program("run", "monday.csv", ["--max-removals", "1", "--no-apply"]).status == 2)
            usleep(1_100_000)
            try plane.writeFeed(Self.header + tuesday, to: "tuesday.csv")
            #expect(try plane.program("run", "tuesday.csv", ["--no-apply"]).status == 0)
            // A new file time, as a copy has it.
            try plane.write(plane.read("monday.csv"), to: "again.csv")
            plane.touch("again.csv", UTCTime(seconds: Int64(Date().timeIntervalSince1970)))
            try body(plane) { try plane.program("run", "again.csv", ["--no-apply"] + $0, environment: $1) }
        }
    }

    @Test(arguments: ["ANNA,active,\n", "ANNA,cancelled,2099-01-01\n"])
    func `laid down again with a new time of its file, it stays old, and a guard stops it`(tuesday: String) throws {
        try withOldFeed(tuesday: tuesday) { plane, run throws in
            let stopped = try run([], [:])
            #expect(stopped.status == 2)
            #expect(stopped.stderr.contains("that the account stays or goes later; nothing was removed"))
            #expect(stopped.stderr.contains("run it once with --allow-older-feed or --approve "))
            #expect(stopped.stderr.contains(try plane.email("ANNA")))
            #expect(try plane.report().outcomes == ["unprocessed", "unprocessed"])
            #expect(try plane.gone() == [])
            #expect(try plane.program("plan", "again.csv").status == 2)
        }
    }

    @Test func `--allow-older-feed lets it pass`() throws {
        try withOldFeed { plane, run throws in
            #expect(try run(["--allow-older-feed"], [:]).status == 0)
            #expect(try plane.gone() == ["ANNA", "BEN"])
        }
    }

    @Test func `so does the approval of this very plan, and of no other`() throws {
        try withOldFeed { plane, run throws in
            let stopped = try run([], [:])
            let digest = String(try #require(stopped.stderr.firstMatch(of: #/--approve ([0-9a-f]{32})/#)).1)
            #expect(try run(["--approve", String(digest.reversed())], [:]).status == 2)
            #expect(try plane.gone() == [])
            #expect(try run(["--approve", digest], [:]).status == 0)
            #expect(try plane.gone() == ["ANNA", "BEN"])
        }
    }

    @Test func `--allow-older-feed is for the command line only`() throws {
        try withOldFeed { plane, run throws in
            #expect(try run([], ["WG_RECONCILE_ALLOW_OLDER_FEED": "1"]).status == 78)
            let file = try plane.configure(#""allow-older-feed": true"#)
            #expect(try run(["--config", file], [:]).status == 78)
            #expect(try plane.gone() == [])
        }
    }

    @Test func `a signature makes no old feed new`() throws {
        try withOldFeed { plane, run throws in
            let key = try plane.write("correct horse battery staple", to: "key")
            #expect(try Program.run(["sign", plane.path("again.csv"), "--api-key-file", key]).status == 0)
            #expect(try run(["--api-key-file", key], [:]).status == 2)
        }
    }

    @Test func `in an inbox it is held`() throws {
        try withOldFeed { plane, _ throws in
            try plane.makeInbox([("again.csv", plane.read("again.csv"))])
            plane.touch("inbox/again.csv", UTCTime(seconds: Int64(Date().timeIntervalSince1970)))
            #expect(try plane.runInbox().status == 2)
            #expect(try plane.inboxContent() == ["held/again.ID.csv"])
            #expect(try plane.gone() == [])
        }
    }

    @Test func `an old feed that removes nobody of whom that was said may run`() throws {
        try withControlPlane { plane throws in
            for (name, rows) in [("monday", "ANNA,cancelled,\n"), ("tuesday", "BEN,cancelled,\nCLARA,active,\n")] {
                try plane.writeFeed(Self.header + rows, to: name + ".csv")
                #expect(try plane.program("run", name + ".csv").status == 0)
            }
            #expect(try plane.program("run", "monday.csv").status == 0)
            #expect(try plane.report().outcomes == ["already_absent"])
            #expect(try plane.gone() == ["ANNA", "BEN"])
        }
    }

    @Test func `a run that was cut short is continued, whatever was said since`() throws {
        try withControlPlane { plane throws in
            try plane.writeFeed(Self.header + "ANNA,cancelled,\nBEN,cancelled,\n", to: "monday.csv")
            let process = try plane.start(
                "run", "monday.csv", ["--commit-every", "1", "--no-apply"],
                environment: ["WG_RECONCILE_TEST_PAUSE": "committed"])
            try #require(try process.waitUntilStopped())
            process.send(SIGKILL)
            _ = try process.end()
            #expect(try plane.gone() == ["ANNA"])

            usleep(1_100_000)
            try plane.writeFeed(Self.header + "BEN,active,\n", to: "tuesday.csv")
            #expect(try plane.program("run", "tuesday.csv", ["--no-apply"]).status == 0)
            #expect(try plane.program("run", "monday.csv", ["--no-apply"]).status == 0)
            #expect(try plane.report().continued)
            #expect(try plane.report().outcomes == ["removed", "removed"])
        }
    }
}
