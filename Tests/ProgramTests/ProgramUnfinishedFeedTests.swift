import Foundation
import Glibc
import Testing

@Suite("Program: a feed that is still being written")
struct ProgramUnfinishedFeedTests {
    private static let rows = "email,status\nANNA,cancelled\n"

    @Test func `in an inbox it stays while a process has it open for writing`() throws {
        try withControlPlane { plane throws in
            try plane.drop([("a.csv", Self.rows), ("b.csv", "email,status\nBEN,cancelled\n")])
            let writer = try plane.openForWriting("inbox/a.csv")
            let result = try plane.runInbox()
            #expect(result.status == 0)
            #expect(result.stderr.contains("left alone in the inbox name=a.csv why=\"it is still being written\""))
            #expect(try plane.inboxContent() == ["a.csv", "done/b.ID.csv"])
            #expect(try plane.gone() == ["BEN"])

            try writer.close()
            #expect(try plane.runInbox().status == 0)
            #expect(try plane.inboxContent() == ["done/a.ID.csv", "done/b.ID.csv"])
            #expect(try plane.gone() == ["ANNA", "BEN"])
        }
    }

    @Test func `in an inbox it stays if it grows between two looks`() throws {
        try withControlPlane { plane throws in
            try plane.drop([("a.csv", Self.rows)])
            let process = try plane.startInbox()
            // A row at a time, each opened, written and closed: nothing is open when the inbox is looked at.
            var isLogged = false
            for _ in 0..<100 where !isLogged {
                let writer = try plane.openForWriting("inbox/a.csv", O_APPEND)
                try writer.write(contentsOf: Data("nobody@example.com,cancelled\n".utf8))
                try writer.close()
                // Not yet is no error here.
                isLogged = (try? process.waitUntilItLogs("still being written", within: 0.2)) != nil
            }
            let result = try process.end()
            #expect(result.status == 0)
            #expect(result.stderr.contains("left alone in the inbox name=a.csv why=\"it is still being written\""))
            #expect(try plane.inboxContent() == ["a.csv"] && plane.gone() == [])

            #expect(try plane.runInbox().status == 0)
            #expect(try plane.gone() == ["ANNA"])
        }
    }

    @Test func `a plan leaves it out as well`() throws {
        try withControlPlane { plane throws in
            try plane.drop([("a.csv", Self.rows)])
            let writer = try plane.openForWriting("inbox/a.csv")
            let plan = try Program.run(["plan", "--inbox", plane.inbox] + plane.places)
            #expect(plan.status == 0)
            #expect(plan.stderr.contains("it is still being written"))
            #expect(!plan.stdout.contains("a.csv"))
            try writer.close()
        }
    }

    @Test func `a feed that is named by itself is taken as it is, at once`() throws {
        try withControlPlane { plane throws in
            try plane.writeFeed(Self.rows, to: "feed.csv")
            let writer = try plane.openForWriting("feed.csv")
            #expect(try plane.program("run", "feed.csv").status == 0)
            #expect(try plane.gone() == ["ANNA"])
            try writer.close()
        }
    }
}

@Suite("Program: what is read as a feed")
struct ProgramFeedSourceTests {
    @Test(arguments: [("1k", 1_024), ("1500", 1_500)])
    func `a feed that is larger than --max-feed-size is refused`(size: String, bytes: Int) throws {
        try withControlPlane { plane throws in
            let row = "nobody@example.com,cancelled\n"
            try plane.write(
                "email,status\n" + String(repeating: row, count: 1 + bytes / row.utf8.count), to: "feed.csv")
            let before = try plane.fingerprint()
            for environment in [[:], ["WG_RECONCILE_MAX_FEED_SIZE": size]] {
                let options = environment.isEmpty ? ["--max-feed-size", size] : []
                let result = try plane.program("run", "feed.csv", options, environment: environment)
                #expect(result.status == 65)
                #expect(result.stderr.contains("it is larger than the \(bytes) bytes of --max-feed-size"))
            }
            let input = ProgramProcess.Input.text(try plane.read("feed.csv"))
            let piped = try plane.program("run", "-", ["--format", "csv", "--max-feed-size", size], input: input)
            #expect(piped.status == 65)
            #expect(try plane.fingerprint().changes(since: before) == [])
            #expect(try plane.program("run", "feed.csv", ["--max-feed-size", "1M"]).status == 0)
        }
    }

    @Test func `in an inbox it goes to failed, and the others run`() throws {
        try withControlPlane { plane throws in
            try plane.drop([
                ("big.csv", "email,status\n" + String(repeating: "ANNA,cancelled\n", count: 100)),
                ("small.csv", "email,status\nBEN,cancelled\n"),
            ])
            #expect(try plane.runInbox(["--max-feed-size", "1k"]).status == 65)
            #expect(try plane.inboxContent() == ["done/small.ID.csv", "failed/big.TIME.csv"])
            #expect(try plane.gone() == ["BEN"])
        }
    }

    @Test(arguments: ["lots", "-1", "0", "1.5G", "99999999999G"])
    func `a size that is none is wrong usage`(size: String) throws {
        try withControlPlane { plane throws in
            #expect(try plane.program("run", "feed.csv", ["--max-feed-size=" + size]).status == 64)
        }
    }

    @Test(arguments: ["run", "plan"])
    func `a pipe with a name is refused at once`(command: String) throws {
        try withControlPlane { plane throws in
            #expect(mkfifo(plane.path("pipe.csv"), 0o600) == 0)
            let process = try plane.start(command, "pipe.csv")
            // Nobody ever writes to it.
            let result = try process.end(within: 20)
            #expect(result.status == 66)
            #expect(
                result.stderr.contains("give a file; for standard input, give -: run - --format csv"),
                "\(result.stderr)")
        }
    }

    @Test func `an inbox leaves it alone`() throws {
        try withControlPlane { plane throws in
            try plane.drop([("a.csv", "email,status\nANNA,cancelled\n")])
            #expect(mkfifo(plane.path("inbox/pipe.csv"), 0o600) == 0)
            let result = try plane.runInbox()
            #expect(result.status == 0)
            #expect(result.stderr.contains("left alone in the inbox name=pipe.csv why=\"it is not a regular file\""))
            #expect(try plane.inboxContent() == ["done/a.ID.csv", "pipe.csv"])
        }
    }
}
