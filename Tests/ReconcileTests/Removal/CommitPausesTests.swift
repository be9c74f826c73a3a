import Foundation
import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import Report
@testable import Support

@Suite("Pauses between commits")
struct CommitPausesTests {
    @Test(
        "leave the database to others between two commits, and not after the last",
        arguments: [
            (CommitPace.Group.accounts(1), 9), (.accounts(3), 3), (.accounts(9), 1), (.accounts(10), 0),
            (.accounts(50), 0), (.holdingLock(0, whenQuiet: 0), 9),
        ])
    func pauses(group: CommitPace.Group, expected: Int) throws {
        try withBench { bench in
            let emails = (0..<10).map { "user\($0)@example.com" }
            try bench.work { plane in for email in emails { try plane.account(email) } }
            let pauses = Shared<[Milliseconds]>([])
            let left = Shared<[Int]>([])
            let finished = try bench.run(
                emails,
                in: .still(pause: { duration in
                    pauses.change { $0.append(duration) }
                    // Another connection sees what is committed.
                    let count = (try? bench.count("auth_user")) ?? -1
                    left.change { $0.append(count) }
                })
            ) { $0.pace = CommitPace(group: group, pause: 110) }
            #expect(finished.summary[.removed] == 10)
            #expect(pauses.value == [Milliseconds](repeating: 110, count: expected))
            if case .accounts(let number) = group {
                #expect(left.value == (1...10).filter { $0 * number < 10 }.map { 10 - $0 * number })
            }
        }
    }

    /// How many commits 600 accounts of 5 ms each take.
    ///
    /// - Parameters:
    ///   - age: how long ago the database was written, in seconds.
    ///   - writesInPauses: whether somebody else writes between the commits.
    private func commits(age: Double, writesInPauses: Bool = false) throws -> Int {
        var commits = 0
        try withBench { bench in
            let emails = (0..<600).map { "user\($0)@example.com" }
            try bench.work { plane in for email in emails { try plane.account(email) } }
            let (clock, count) = (Shared<Milliseconds>(0), Shared(0))
            let start = UTCTime(seconds: 1_795_441_471)
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: Double(start.seconds) - age)],
                ofItemAtPath: bench.database)
            let surroundings = Surroundings(
                // Asked for each account.
                now: {
                    clock.change { $0 += 5 }
                    return start.adding(seconds: Int64(clock.value / 1_000))
                },
                uptime: { clock.value },
                pause: { duration in
                    clock.change { $0 += duration }
                    // Without it, the database stays quiet, which the test sees.
                    if writesInPauses {
                        try? bench.execute(
                            "UPDATE auth_user SET first_name = 'Ann' WHERE id = (SELECT max(id) FROM auth_user)")
                    }
                },
                randomNumber: { UInt32.random(in: .min ... .max) }, hostName: "test",
                observe: { event in
                    if case .checkpoint(.committed) = event { count.change { $0 += 1 } }
                })
            let run = try bench.run(emails, in: surroundings) { $0.pace = .standard }
            #expect(run.summary[.removed] == 600)
            commits = count.value
        }
        return commits
    }

    @Test func `while nobody else writes, a commit holds more accounts`() throws {
        let (quiet, busy) = (try commits(age: 60), try commits(age: 1))
        #expect(quiet * 2 < busy, "\(quiet), \(busy)")
    }

    @Test func `once somebody has written, commits are short`() throws {
        let (quiet, busy) = (try commits(age: 60), try commits(age: 60, writesInPauses: true))
        #expect(quiet * 2 < busy, "\(quiet), \(busy)")
    }
}
