import Foundation
import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import Report
@testable import Support

/// The journal goes by what was written last. A clock that was set back, or ran ahead, changes nothing of that.
@Suite("The journal and the clock")
struct JournalClockTests {
    private static let start = UTCTime(seconds: 1_795_441_471)
    private static let day: Int64 = 86_400
    private static let emails = (1...3).map { "user\($0)@example.com" }

    private func withAccounts(_ body: (Bench) throws -> Void) throws {
        try withBench { bench throws in
            try bench.work { plane in for email in Self.emails { try plane.account(email) } }
            try body(bench)
        }
    }

    @Test func `a run that was cut short is continued though the clock was set back`() throws {
        try withAccounts { bench throws in
            _ = try bench.run(["absent@example.com"] + Self.emails, in: .still(at: Self.start.adding(seconds: 7_200))) {
                // Entered, and stopped: a run of this feed with a later time than the next.
                $0.guards.massRemoval.maxRemovals = 1
            }
            try bench.execute("UPDATE wg_reconcile_run SET completed_at = started_at")

            let done = Shared(0)
            let emails = ["absent@example.com"] + Self.emails
            let cut = try bench.run(
                emails,
                in: .still(
                    at: Self.start, isStopRequested: { done.value >= 1 },
                    observe: { if case .progress(let committed, _) = $0 { done.change { $0 = committed } } })
            ) { $0.pace = CommitPace(group: .accounts(1), pause: 0) }
            #expect(cut.outcomes == [.alreadyAbsent, .removed, .unprocessed, .unprocessed])

            let continued = try bench.run(emails, in: .still(at: Self.start.adding(seconds: -3_600)))
            #expect(continued.record.id == cut.record.id)
            #expect(continued.record.continued)
            #expect(continued.outcomes == [.alreadyAbsent, .removed, .removed, .removed])
        }
    }

    @Test func `the earlier removal of an account is the one that was written last`() throws {
        try withAccounts { bench throws in
            let first = try bench.run([Self.emails[0]], in: .still(at: Self.start.adding(seconds: 7_200)))
            try bench.work { _ = try $0.account(Self.emails[0]) }
            let second = try bench.run([Self.emails[0]], in: .still(at: Self.start))
            #expect(second.outcomes == [.removed])
            let third = try bench.run([Self.emails[0], "absent@example.com"], in: .still(at: Self.start))
            #expect(third.results[0].earlierRemoval?.runID == second.record.id)
            let history = try AccountHistory(
                of: Self.emails[0], inDatabaseAt: bench.database, busyTimeout: 5, now: UTCTime(seconds: 0))
            #expect(history.removals.map(\.runID) == [first.record.id, second.record.id])
        }
    }

    @Test func `runs of one night with the clock 500 days ahead drop nothing`() throws {
        try withAccounts { bench throws in
            func run(_ email: String, day: Int64, minute: Int64 = 0) throws -> FinishedRun {
                let time = Self.start.adding(seconds: day * Self.day + minute * 60)
                return try bench.run([email], in: .still(at: time)) { $0.keepReports = 30 }
            }
            _ = try run(Self.emails[0], day: 0)
            for minute in Int64(0)...2 { _ = try run("absent\(minute)@example.com", day: 500, minute: minute) }
            _ = try run(Self.emails[1], day: 1)
            _ = try run(Self.emails[2], day: 2)
            #expect(try bench.count("wg_reconcile_outcome") == 3)
            #expect(try bench.count("wg_reconcile_run") == 6)
            let reports = try FileManager.default.contentsOfDirectory(atPath: bench.reports)
            #expect(reports.filter { $0 != "latest" && $0 != "index.html" }.count == 6)
        }
    }
}
