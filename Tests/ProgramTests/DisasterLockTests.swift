import Foundation
import Support
import Testing

/// Other processes that hold locks for longer than the timeout.
@Suite(.enabled(if: BrokenBench.python != nil, "needs python3"))
struct DisasterLockTests {
    private static let impatient = ["--pause", "0", "--commit-every", "3", "--busy-timeout", "0.5"]
    private static let hint = "run it again"

    @Test(arguments: ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE", "BEGIN; SELECT * FROM auth_user"])
    func `somebody holds a lock from the start`(lock: String) throws {
        let undisturbed = try UndisturbedRun.standard.get()
        try withBrokenBench(undisturbed.template) { bench in
            let holder = try bench.holdLock(lock)
            let child = try bench.run(Self.impatient)
            #expect(child.state == .exited(75), "\(child.errors)")
            #expect(child.errors.contains(Self.hint))
            holder.kill()
            #expect(try bench.image() == undisturbed.original)
            // Where readers are shut out too, there is no plan and so no report; else it says that nothing was done.
            let isReported = lock != "BEGIN EXCLUSIVE"
            #expect(try bench.publishedReports().count == (isReported ? 1 : 0))
            if isReported { #expect(try bench.latestReport().count("unprocessed") > 3) }
            try undisturbed.expectHealed(bench, reports: isReported ? 2 : 1, "lock from the start")
        }
    }

    @Test(arguments: ["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"])
    func `somebody takes the lock between two commits`(lock: String) throws {
        let undisturbed = try UndisturbedRun.standard.get()
        try withBrokenBench(undisturbed.template) { bench in
            let child = try #require(try bench.runUntil(.committed, 2, Self.impatient))
            let holder = try bench.holdLock(lock)
            child.resume()
            try child.wait()
            #expect(child.state == .exited(75), "\(child.errors)")
            #expect(child.errors.contains(Self.hint))
            holder.kill()

            try undisturbed.expectNothingHalf(bench, ofReports: false, "lock")
            let report = try bench.latestReport()
            let committed = try bench.image().outcomes.count
            // While a reader is shut out as well, the journal cannot be read; it is from memory that these are known.
            #expect(report.gone == committed && committed >= 4)
            #expect(report.count("unprocessed") > 3)
            #expect(report.stoppedBy?.contains("locked") == true)
            // The journal could not be read where the holder's lock was exclusive, and so no config could be rendered.
            #expect(report.regenerated == (lock == "BEGIN IMMEDIATE"))
            try undisturbed.expectHealed(bench, "lock between commits")
        }
    }

    /// In a rollback journal a writer cannot commit while somebody reads.
    @Test(arguments: [1, 2])
    func `somebody reads while a commit is due`(visit: Int) throws {
        let undisturbed = try UndisturbedRun.standard.get()
        try withBrokenBench(undisturbed.template) { bench in
            let child = try #require(try bench.runUntil(.committing, visit, Self.impatient))
            let reader = try bench.holdLock("BEGIN; SELECT * FROM auth_user")
            child.resume()
            try child.wait()
            #expect(child.state == .exited(75), "\(child.errors)")
            reader.kill()

            try undisturbed.expectNothingHalf(bench, ofReports: false, "reader")
            let report = try bench.latestReport()
            #expect(report.gone == (try bench.image().outcomes.count))
            #expect(report.gone == (visit == 1 ? 0 : 3))
            #expect(report.regenerated)
            try undisturbed.expectHealed(bench, "reader")
        }
    }

    /// A reader that is done in time costs a wait and nothing else.
    @Test func `somebody reads for less than the timeout`() throws {
        let undisturbed = try UndisturbedRun.standard.get()
        try withBrokenBench(undisturbed.template) { bench in
            let child = try #require(try bench.runUntil(.committing, 2, ["--pause", "0", "--commit-every", "3"]))
            let reader = try bench.holdLock("BEGIN; SELECT * FROM auth_user")
            child.resume()
            usleep(300_000)
            reader.kill()
            try child.wait()
            try undisturbed.expectSameEnd(bench, child, "short reader")
        }
    }
}
