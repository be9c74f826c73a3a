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
            (CommitPace.Group.holdingLock(401.5, whenQuiet: 2_000), 0, 0.0, 220),
            (.holdingLock(401.5, whenQuiet: 2_000), 100, 100, 120),
            (.holdingLock(401.5, whenQuiet: 2_000), 100, 200, 59),
            (.holdingLock(401.5, whenQuiet: 2_000), 200, 200, 20), (.holdingLock(400, whenQuiet: 2_000), 300, 200, 0),
            (.holdingLock(400, whenQuiet: 2_000), 50, 390, 0),
            // A commit of fewer than 100 may take as long as that of 100.
            (.holdingLock(151.5, whenQuiet: 2_000), 0, 0, 51),
            // A run has to get on, whatever a commit takes.
            (.holdingLock(0, whenQuiet: 2_000), 0, 0, 1), (.holdingLock(400, whenQuiet: 2_000), 0, 9_999, 1),
            (.holdingLock(0, whenQuiet: 2_000), 1, 0, 0),
            (.accounts(1), 0, 0, 1), (.accounts(1), 1, 0, 0), (.accounts(2), 1, 9_999, 1), (.accounts(2), 2, 0, 0),
            (.accounts(5_000), 0, 0, 5_000),
        ])
    func room(group: CommitPace.Group, removed: Int, lockedFor: Milliseconds, expected: Int) {
        let pace = CommitPace(group: group, pause: 0)
        #expect(pace.room(after: removed, lockedFor: lockedFor, isQuiet: false, Self.costs) == expected)
    }

    @Test(
        "takes no more accounts than a machine of half the usual speed can remove, before it knows what they cost",
        arguments: [false, true])
    func unknownCosts(isQuiet: Bool) {
        let room = CommitPace.standard.room(after: 0, lockedFor: 0, isQuiet: isQuiet, RemovalCosts())
        #expect((100...250).contains(room))
    }

    /// 1,100 accounts take 1.1 s, and their commit 11 to the power of 3/4 times as long as that of 100: 604 ms.
    @Test func `holds the lock for longer while nobody else writes`() {
        let pace = CommitPace(group: .holdingLock(400, whenQuiet: 1_705), pause: 0)
        #expect(pace.room(after: 0, lockedFor: 0, isQuiet: true, Self.costs) == 1_100)
        #expect(pace.room(after: 0, lockedFor: 0, isQuiet: false, Self.costs) < 250)
    }

    @Test(
        "a database is quiet once nobody has written for five seconds",
        arguments: [(0.0, 5_000.0), (1, 4_000), (4.5, 500), (5, 0), (86_400, 0), (-1, 5_000), (-86_400, 5_000)])
    func quiet(age: Double, expected: Milliseconds) {
        let now = UTCTime(seconds: 1_795_478_400, nanoseconds: 250_000_000)
        let written = UTCTime(
            seconds: now.seconds - Int64(age.rounded(.up)),
            nanoseconds: now.nanoseconds + Int32((age.rounded(.up) - age) * 1_000_000_000))
        #expect(CommitPace.quietIn(after: written, at: now) == expected)
        #expect(CommitPace.quietIn(after: nil, at: now) == 5_000)
    }

    @Test(
        "leaves a quarter of the time to removals where the look at what others have changed takes long",
        arguments: [
            (CommitPace.Group.holdingLock(400, whenQuiet: 2_000), 0.0, 0.0),
            (.holdingLock(400, whenQuiet: 2_000), 300, 0), (.holdingLock(400, whenQuiet: 2_000), 900, 600),
            (.accounts(3), 900, 0),
        ])
    func longLook(group: CommitPace.Group, look: Milliseconds, expected: Milliseconds) {
        #expect(CommitPace(group: group, pause: 0).uncounted(ofLook: look) == expected)
    }
}
