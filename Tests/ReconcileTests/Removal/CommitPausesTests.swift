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
            (.accounts(50), 0), (.holdingLock(0), 9),
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
}
