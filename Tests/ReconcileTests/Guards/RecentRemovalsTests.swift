import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import Report
@testable import Support

/// What was removed within the last 12 hours counts towards the limits of the next feed.
@Suite("The guard against a mass removal, over several feeds")
struct RecentRemovalsTests {
    private static let start = UTCTime(seconds: 1_795_441_471)
    private static let hour: Int64 = 3_600

    private func emails(_ range: ClosedRange<Int>) -> [String] { range.map { "user\($0)@example.com" } }

    private func withAccounts(_ count: Int, _ body: (Bench) throws -> Void) throws {
        try withBench { bench throws in
            try bench.work { plane in for email in emails(1...count) { try plane.account(email, peers: 0) } }
            try body(bench)
        }
    }

    private func run(
        _ bench: Bench, _ range: ClosedRange<Int>, after seconds: Int64, maxRemovals: Int = 500,
        maxShare: Double? = nil,
        approve: String? = nil
    ) throws -> FinishedRun {
        try bench.run(emails(range), in: .still(at: Self.start.adding(seconds: seconds))) {
            $0.guards.massRemoval = MassRemovalGuard(maxRemovals: maxRemovals, maxShare: maxShare)
            $0.guards.approval = approve
        }
    }

    @Test func `accounts are counted together, and the feeds before have run`() throws {
        try withAccounts(20) { bench throws in
            #expect(try run(bench, 1...3, after: 0, maxRemovals: 5, maxShare: 100).exitStatus == .success)
            #expect(try run(bench, 4...5, after: 60, maxRemovals: 5, maxShare: 100).exitStatus == .success)
            let third = try run(bench, 6...7, after: 120, maxRemovals: 5, maxShare: 100)
            #expect(third.exitStatus == .stoppedByGuard)
            #expect(
                third.record.stop?.reason.contains(
                    "it would remove 2 accounts, 7 with the rest of this call and the 12 hours before")
                    == true)
            #expect(try bench.count("auth_user") == 15)
            let extent = third.record.planned.extent
            #expect((extent.accounts, extent.recentAccounts) == (2, 5))
            #expect((extent.instances, extent.recentInstances, extent.allInstances) == (2, 5, 20))
        }
    }

    @Test func `the share is of the instances at the beginning of the 12 hours`() throws {
        try withAccounts(20) { bench throws in
            #expect(try run(bench, 1...2, after: 0, maxShare: 20).exitStatus == .success)
            // 4 of 20 is 20 percent; of the 18 that are left it would be more.
            #expect(try run(bench, 3...4, after: 60, maxShare: 20).exitStatus == .success)
            #expect(try run(bench, 5...5, after: 120, maxShare: 20).exitStatus == .stoppedByGuard)
        }
    }

    @Test func `after 12 hours they count no more`() throws {
        try withAccounts(20) { bench throws in
            #expect(try run(bench, 1...4, after: 0, maxShare: 20).exitStatus == .success)
            #expect(try run(bench, 5...5, after: 12 * Self.hour, maxShare: 20).exitStatus == .stoppedByGuard)
            #expect(try run(bench, 5...5, after: 12 * Self.hour + 1, maxShare: 20).exitStatus == .success)
        }
    }

    @Test func `what somebody approved does not count`() throws {
        try withAccounts(20) { bench throws in
            let stopped = try run(bench, 1...10, after: 0)
            #expect(stopped.exitStatus == .stoppedByGuard)
            let digest = try #require(stopped.record.planDigest)
            #expect(!stopped.record.continued && !stopped.record.wasHeldByGuard)
            let approved = try run(bench, 1...10, after: 60, approve: digest)
            #expect(approved.exitStatus == .success)
            #expect(approved.record.id == stopped.record.id)
            // A guard had stopped it, which cut nothing short.
            #expect(approved.record.wasHeldByGuard && !approved.record.continued)
            #expect(try run(bench, 11...14, after: 120, maxShare: 20).exitStatus == .success)
            #expect(try run(bench, 15...15, after: 180, maxShare: 20).exitStatus == .stoppedByGuard)
        }
    }

    @Test func `a feed that removes nobody passes whatever was removed before`() throws {
        try withAccounts(20) { bench throws in
            #expect(try run(bench, 1...4, after: 0, maxRemovals: 4).exitStatus == .success)
            #expect(try run(bench, 1...4, after: 60, maxRemovals: 1, maxShare: 1).exitStatus == .success)
        }
    }

    @Test func `a continued run counts its own removals once, however long ago they were`() throws {
        try withAccounts(20) { bench throws in
            func run(after seconds: Int64, stopAfter count: Int) throws -> FinishedRun {
                let done = Shared(0)
                let surroundings = Surroundings.still(
                    at: Self.start.adding(seconds: seconds), isStopRequested: { done.value >= count },
                    observe: { if case .progress(let committed, _) = $0 { done.change { $0 = committed } } })
                return try bench.run(emails(1...6), in: surroundings) {
                    $0.pace = CommitPace(group: .accounts(1), pause: 0)
                    $0.guards.massRemoval = MassRemovalGuard(maxRemovals: 6, maxShare: 30)
                }
            }
            #expect(try run(after: 0, stopAfter: 2).summary[.removed] == 2)
            #expect(try run(after: 60, stopAfter: 2).summary[.removed] == 4)
            let last = try run(after: 24 * Self.hour, stopAfter: 6)
            #expect(last.record.continued)
            #expect(last.exitStatus == .success)
            #expect(last.summary[.removed] == 6)
            #expect(last.record.planned.extent.recentAccounts == 4)
        }
    }

    @Test func `a clock that was ahead keeps them counting until a later run is 12 hours old`() throws {
        try withAccounts(20) { bench throws in
            #expect(try run(bench, 1...4, after: 500 * 24 * Self.hour, maxShare: 20).exitStatus == .success)
            #expect(try run(bench, 5...5, after: 60, maxShare: 20).exitStatus == .stoppedByGuard)
            #expect(try run(bench, 5...5, after: 13 * Self.hour, maxShare: 20).exitStatus == .success)
        }
    }

    // MARK: The share that is usual

    @Test(arguments: [(10, 5, false), (10, 6, true), (1, 1, false), (30, 6, false), (29, 6, true)])
    func `the usual share applies where more than five instances would go`(all: Int, gone: Int, stopped: Bool) throws {
        try withAccounts(all) { bench throws in
            #expect(try run(bench, 1...gone, after: 0).exitStatus == (stopped ? .stoppedByGuard : .success))
        }
    }

    @Test func `the five are counted together, too`() throws {
        try withAccounts(10) { bench throws in
            #expect(try run(bench, 1...5, after: 0).exitStatus == .success)
            #expect(try run(bench, 6...6, after: 60).exitStatus == .stoppedByGuard)
        }
    }
}
