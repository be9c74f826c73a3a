import Testing

@testable import Removal
@testable import Support

@Suite("The pace of commits")
struct CommitPaceTests {
    /// An account takes 1 ms, and a commit of 100 accounts 100 ms.
    private static var costs: RemovalCosts {
        var costs = RemovalCosts()
        for _ in 0..<50 { costs.noteRemoval(of: 100, taking: 100) }
        costs.noteCommit(of: 100, taking: 100)
        return costs
    }

    @Test(
        "lets as many accounts in as can be removed and committed while the lock is held",
        arguments: [
            // 220 take 220 ms, and their commit is expected to take 2.2 to the power of 3/4 times that of 100: 181 ms.
            (CommitPace.Group.holdingLock(401.5), 0, 0.0, 220), (.holdingLock(401.5), 100, 100, 120),
            (.holdingLock(401.5), 100, 200, 59), (.holdingLock(401.5), 200, 200, 20), (.holdingLock(400), 300, 200, 0),
            (.holdingLock(400), 50, 390, 0),
            // A commit of fewer than 100 may take as long as that of 100.
            (.holdingLock(151.5), 0, 0, 51),
            // A run has to get on, whatever a commit takes.
            (.holdingLock(0), 0, 0, 1), (.holdingLock(400), 0, 9_999, 1), (.holdingLock(0), 1, 0, 0),
            (.accounts(1), 0, 0, 1), (.accounts(1), 1, 0, 0), (.accounts(2), 1, 9_999, 1), (.accounts(2), 2, 0, 0),
            (.accounts(5_000), 0, 0, 5_000),
        ])
    func room(group: CommitPace.Group, removed: Int, lockedFor: Milliseconds, expected: Int) {
        let pace = CommitPace(group: group, pause: 0)
        #expect(pace.room(after: removed, lockedFor: lockedFor, Self.costs) == expected)
    }

    @Test("takes no more accounts than a machine of half the usual speed can remove, before it knows what they cost")
    func unknownCosts() {
        let room = CommitPace.standard.room(after: 0, lockedFor: 0, RemovalCosts())
        #expect((100...250).contains(room))
    }

    @Test(
        "leaves a quarter of the time to removals where the look at what others have changed takes long",
        arguments: [
            (CommitPace.Group.holdingLock(400), 0.0, 0.0), (.holdingLock(400), 300, 0), (.holdingLock(400), 900, 600),
            (.accounts(3), 900, 0),
        ])
    func longLook(group: CommitPace.Group, look: Milliseconds, expected: Milliseconds) {
        #expect(CommitPace(group: group, pause: 0).uncounted(ofLook: look) == expected)
    }
}
