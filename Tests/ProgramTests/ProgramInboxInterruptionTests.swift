import Foundation
import Glibc
import SamplePlane
import Support
import Testing

/// What cuts the work on an inbox short leaves it so that the next call ends it.
@Suite("Program: an inbox whose work is cut short")
struct ProgramInboxInterruptionTests {
    /// Two feeds of two accounts each.
    private func withTwoFeeds(_ body: (ControlPlaneFolder, [SampleAccount]) throws -> Void) throws {
        try withControlPlane { plane throws in
            let accounts = Array(plane.bystanders.prefix(4))
            try plane.makeInbox([
                ("a.csv", plane.feed(ending: accounts[..<2])), ("b.csv", plane.feed(ending: accounts[2...])),
            ])
            try body(plane, accounts)
        }
    }

    private func outcomes(_ plane: ControlPlaneFolder) throws -> [String: [String]] {
        var outcomes: [String: [String]] = [:]
        for run in try plane.runs() {
            let report = try ReportRead(at: plane.reports + "/\(run)/report.json")
            for account in report.accounts { outcomes[account.email, default: []].append(account.outcome) }
        }
        return outcomes
    }

    @Test(arguments: [
        RunCheckpoint.planned, .reportPrepared, .journaled, .accountRemoved, .committed, .configsWritten, .published,
    ])
    func `killed within a run: the feed stays, and the next call continues it`(checkpoint: RunCheckpoint) throws {
        try withTwoFeeds { plane, accounts throws in
            let process = try plane.startInbox(
                ["--commit-every", "1"], environment: ["WG_RECONCILE_TEST_PAUSE": checkpoint.rawValue])
            try #require(try process.waitUntilStopped())
            process.send(SIGKILL)
            #expect(try process.end().ending == .signal(SIGKILL))
            #expect(try plane.inboxContent() == ["a.csv", "b.csv"])

            #expect(try plane.runInbox().status == 0)
            #expect(try plane.inboxContent() == ["done/a.ID.csv", "done/b.ID.csv"])
            let outcomes = try outcomes(plane)
            #expect(accounts.allSatisfy { outcomes[$0.email] == ["removed"] }, "one report of each, as it happened")
        }
    }

    @Test func `killed between a complete run and the move: one more run, which finds nothing to do`() throws {
        try withTwoFeeds { plane, accounts throws in
            let process = try plane.startInbox(environment: ["WG_RECONCILE_TEST_PAUSE": "completed"])
            try #require(try process.waitUntilStopped())
            process.send(SIGKILL)
            #expect(try process.end().ending == .signal(SIGKILL))
            #expect(try plane.runInbox().status == 0)
            #expect(try plane.inboxContent() == ["done/a.ID.csv", "done/b.ID.csv"])
            #expect(try Set(outcomes(plane)[accounts[0].email] ?? []) == ["removed", "already_absent"])
        }
    }

    @Test func `an inbox that is replaced within a run: the next feed is not begun`() throws {
        try withTwoFeeds { plane, accounts throws in
            let process = try plane.startInbox(environment: ["WG_RECONCILE_TEST_PAUSE": "committed"])
            try #require(try process.waitUntilStopped())
            let moved = plane.inbox + ".moved"
            try FileManager.default.moveItem(atPath: plane.inbox, toPath: moved)
            try FileManager.default.createDirectory(atPath: plane.inbox, withIntermediateDirectories: false)
            process.send(SIGCONT)
            let result = try process.end()
            #expect(result.status == 74)
            #expect(result.stderr.contains("cannot move the feed \(plane.inbox)/a.csv"))
            #expect(!result.stderr.contains("feed moved to"))
            let outcomes = try outcomes(plane)
            #expect(accounts[..<2].allSatisfy { outcomes[$0.email] == ["removed"] })
            #expect(accounts[2...].allSatisfy { outcomes[$0.email] == nil }, "the second feed was not begun")
        }
    }

    @Test func `told to stop, it reports what it did and leaves the rest, in order`() throws {
        try withTwoFeeds { plane, accounts throws in
            let process = try plane.startInbox(
                ["--commit-every", "1", "--pause", "200"], environment: ["WG_RECONCILE_TEST_PAUSE": "committed"])
            try #require(try process.waitUntilStopped())
            process.send(SIGTERM)
            process.send(SIGCONT)
            let result = try process.end()
            #expect(result.status == 1)
            #expect(result.stderr.contains("stays in the inbox feed=\(plane.inbox)/a.csv"))
            #expect(result.stderr.contains("stays in the inbox feed=\(plane.inbox)/b.csv"))
            #expect(try plane.inboxContent() == ["a.csv", "b.csv"])
            #expect(try plane.hasInstance(accounts[2].email))

            #expect(try plane.runInbox().status == 0)
            #expect(try plane.runs().count == 2, "the first was continued under its id")
            let outcomes = try outcomes(plane)
            #expect(accounts.allSatisfy { outcomes[$0.email] == ["removed"] })
        }
    }

    @Test func `told to stop between two feeds, it begins with no other`() throws {
        try withTwoFeeds { plane, accounts throws in
            // Behind all that a signal cuts short, and with enough left to do for it to be noticed on a busy machine.
            let process = try plane.startInbox(environment: ["WG_RECONCILE_TEST_PAUSE": "configs-done"])
            try #require(try process.waitUntilStopped())
            process.send(SIGTERM)
            process.send(SIGCONT)
            let result = try process.end()
            #expect(result.status == 1)
            #expect(try plane.inboxContent() == ["b.csv", "done/a.ID.csv"])
            #expect(try plane.hasInstance(accounts[2].email))
        }
    }

    @Test func `a busy database: the feed stays, and no later one overtakes it`() throws {
        try withTwoFeeds { plane, accounts throws in
            let other = try plane.startInbox(environment: ["WG_RECONCILE_TEST_PAUSE": "planned"])
            try #require(try other.waitUntilStopped())
            let second = try plane.runInbox()
            #expect(second.status == 75)
            #expect(second.stderr.contains("cannot use the inbox \(plane.inbox): another run is in progress"))
            other.send(SIGKILL)
            _ = try other.end()

            // The database itself, which a run of another feed has.
            try plane.write("email,status\nnobody@example.com,cancelled\n", to: "other.csv")
            let run = try plane.start("run", "other.csv", environment: ["WG_RECONCILE_TEST_PAUSE": "planned"])
            try #require(try run.waitUntilStopped())
            let third = try plane.runInbox()
            #expect(third.status == 75)
            #expect(try plane.inboxContent() == ["a.csv", "b.csv"])
            run.send(SIGKILL)
            _ = try run.end()

            #expect(try plane.runInbox().status == 0)
            #expect(try !plane.hasInstance(accounts[3].email))
        }
    }

    @Test(.enabled(if: SmallDisk.obstacle == nil, Comment(rawValue: SmallDisk.obstacle ?? "")))
    func `a full disk: the feeds stay until there is room`() throws {
        try withTwoFeeds { plane, accounts throws in
            try SmallDisk.with(kilobytes: 1_024) { disk throws in
                try disk.fill()
                let reports = ["--report-dir", disk.path + "/reports"]
                let full = try plane.runInbox(reports)
                #expect(full.status == 73)
                #expect(try plane.inboxContent() == ["a.csv", "b.csv"])
                #expect(try plane.hasInstance(accounts[0].email))
                try disk.makeRoom()
                #expect(try plane.runInbox(reports).status == 0)
                #expect(try plane.inboxContent() == ["done/a.ID.csv", "done/b.ID.csv"])
            }
        }
    }

    @Test func `a feed that billing replaces while its run is under way is not lost`() throws {
        try withTwoFeeds { plane, accounts throws in
            let later = Array(plane.bystanders.dropFirst(4).prefix(1))
            let process = try plane.startInbox(environment: ["WG_RECONCILE_TEST_PAUSE": "published"])
            try #require(try process.waitUntilStopped())
            try plane.write(plane.feed(ending: later), to: "inbox/.a.csv")
            #expect(rename(plane.path("inbox/.a.csv"), plane.path("inbox/a.csv")) == 0)
            process.send(SIGCONT)
            let result = try process.end()
            #expect(result.status == 75, "try again")
            #expect(result.stderr.contains("cannot move \(plane.inbox)/a.csv: another file was put in its place"))
            #expect(try plane.inboxContent() == ["a.csv", "done/b.ID.csv"])

            #expect(try plane.runInbox().status == 0)
            #expect(try !plane.hasInstance(later[0].email))
        }
    }
}
