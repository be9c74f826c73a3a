import Testing

@testable import Reconcile

@Suite("The pace of commits")
struct CommitPaceTests {
    @Test(
        "lets another account in while lock and commit together stay under the limit",
        arguments: [
            (CommitPace.Group.holdingLock(400), 1, 0.0, 100.0, true), (.holdingLock(400), 1, 299.9, 100, true),
            (.holdingLock(400), 1, 300, 100, false), (.holdingLock(400), 9_999, 0, 0, true),
            (.holdingLock(0), 1, 0, 0, false), (.accounts(1), 1, 0, 0, false), (.accounts(2), 1, 9_999, 9_999, true),
            (.accounts(2), 2, 0, 0, false),
        ])
    func allows(
        group: CommitPace.Group, removed: Int, lockedFor: Milliseconds, commitTakes: Milliseconds, expected: Bool
    ) {
        let pace = CommitPace(group: group, pause: 0)
        #expect(pace.allowsAnother(after: removed, lockedFor: lockedFor, commitTakes: commitTakes) == expected)
    }

    @Test(
        "leaves the database to others between two commits, and not after the last",
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
