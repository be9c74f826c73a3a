import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import Report
@testable import Support
@testable import WireGuard

@Suite("The guard against a mass removal")
struct MassRemovalGuardTests {
    private func emails(_ range: ClosedRange<Int>) -> [String] { range.map { "user\($0)@example.com" } }

    @Test(
        "lets the limit pass and nothing beyond",
        arguments: [
            // accounts in the database, entries, --max-removals, --max-share, whether the run is stopped
            (20, 4, 4, 20.0, false), (20, 4, 3, 20, true), (20, 5, 500, 20, true), (20, 4, 500, 19.9, true),
            (20, 20, 20, 100, false), (20, 1, 0, 100, true), (20, 1, 1, 0, true), (11, 2, 500, 18.18, true),
            (11, 2, 500, 18.19, false), (11, 3, 500, 20, true),
            // a share that was given applies to the smallest database, too
            (10, 2, 500, 20, false), (10, 3, 500, 20, true), (10, 10, 9, 100, true), (1, 1, 500, 99.9, true),
        ] as [(Int, Int, Int, Double, Bool)])
    func boundaries(accounts: Int, entries: Int, maxRemovals: Int, maxShare: Double, stopped: Bool) throws {
        try withBench { bench in
            try bench.work { plane in for email in emails(1...accounts) { try plane.account(email, peers: 0) } }
            let limits = MassRemovalGuard(maxRemovals: maxRemovals, maxShare: maxShare)
            let planned = try bench.plan(emails(1...entries)) { $0.guards.massRemoval = limits }
            #expect((planned.objection != nil) == stopped)
            #expect(planned.exitStatus == (stopped ? .stoppedByGuard : .success))
            let finished = try bench.run(emails(1...entries)) { $0.guards.massRemoval = limits }
            #expect(finished.exitStatus == (stopped ? .stoppedByGuard : .success))
            #expect(try bench.count("auth_user") == (stopped ? accounts : accounts - entries))
        }
    }

    @Test("counts what would be removed, not the lines of the feed")
    func countsRemovals() throws {
        try withBench { bench in
            try bench.work { plane in
                for email in emails(1...12) { try plane.account(email, peers: 0) }
                try plane.user("boss@example.com", isSuperuser: true)
            }
            let feed =
                emails(1...2) + emails(1...2) + emails(100...200) + [
                    "boss@example.com", "no email", "USER3@example.com",
                ]
            let finished = try bench.run(feed) {
                $0.guards.massRemoval = MassRemovalGuard(maxRemovals: 2, maxShare: 17)
            }
            #expect(finished.exitStatus == .attentionNeeded)
            #expect(finished.summary[.removed] == 2)
            #expect(finished.summary[.duplicate] == 2)
            #expect(finished.summary[.alreadyAbsent] == 101)
        }
    }

    @Test("counts all instances of a name, and accounts without one not towards the share")
    func countsInstances() throws {
        try withBench { bench in
            try bench.work { plane in
                for email in emails(1...9) { try plane.instance(email) }
                try plane.instance("twice@example.com")
                try plane.instance("twice@example.com")
                for email in emails(50...60) { try plane.user(email) }
            }
            let limits = MassRemovalGuard(maxRemovals: 500, maxShare: 10)
            #expect(try bench.plan(["twice@example.com"]) { $0.guards.massRemoval = limits }.objection != nil)
            #expect(try bench.plan(emails(50...60)) { $0.guards.massRemoval = limits }.objection == nil)
            #expect(try bench.plan(emails(1...1)) { $0.guards.massRemoval = limits }.objection == nil)
        }
    }

    @Test("stops the run before it changes anything, and reports every due entry as unprocessed")
    func stopped() throws {
        try withBench { bench in
            try bench.work { plane in for email in emails(1...12) { try plane.account(email) } }
            try bench.put("stale", at: "wg1.conf", mode: 0o644)
            try bench.put("stray", at: "wg99.conf")
            let before = try bench.image()
            let feed = emails(1...6) + ["absent@example.com", "no email", "user1@example.com"]
            let finished = try bench.run(feed) {
                $0.guards.massRemoval = MassRemovalGuard(maxRemovals: 5, maxShare: 100)
            }

            #expect(finished.exitStatus == .stoppedByGuard)
            #expect(finished.exitStatus.rawValue == 2)
            let due = [Outcome](repeating: .unprocessed, count: 6)
            #expect(finished.outcomes == due + [.unprocessed, .invalid, .duplicate])
            #expect(finished.results[0].errors.first?.contains("6 accounts") == true)
            #expect(finished.record.stop?.reason.contains("--max-removals") == true)
            #expect(try bench.image().withoutJournal.changes(since: before) == [])
            #expect(try bench.count("wg_reconcile_outcome") == 0)
            #expect(try bench.configNames() == ["wg1.conf", "wg99.conf"])
            #expect(try bench.config("wg1.conf") == "stale")
            #expect(!finished.record.configs.regenerated)
            #expect(try bench.responses().count == feed.count)

            let next = try bench.run(feed)
            #expect(next.record.id == finished.record.id)
            #expect(next.summary[.removed] == 6)
        }
    }
}
