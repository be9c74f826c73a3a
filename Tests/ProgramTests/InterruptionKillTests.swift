import Foundation
import SamplePlane
import Support
import TestSupport
import Testing

/// SIGKILL at every stage and boundary: running the feed again ends as if nothing had happened.
@Suite struct InterruptionKillTests {
    /// A kill at a point of the run.
    struct Point: CustomTestStringConvertible, Sendable {
        var checkpoint: RunCheckpoint
        var visit: Int
        /// Accounts in a commit; nil for the default pace.
        var commitEvery: Int?

        var arguments: [String] {
            ["--pause", "0"] + (commitEvery.map { ["--commit-every", "\($0)"] } ?? [])
        }
        var testDescription: String {
            "\(checkpoint.rawValue):\(visit), commit every \(commitEvery.map { "\($0)" } ?? "400 ms")"
        }
    }

    static let points: [Point] = RunCheckpoint.allCases.flatMap { checkpoint in
        [1, 3, nil].flatMap { commitEvery in
            visits(of: checkpoint, commitEvery).map {
                Point(checkpoint: checkpoint, visit: $0, commitEvery: commitEvery)
            }
        }
    }

    private static func visits(of checkpoint: RunCheckpoint, _ commitEvery: Int?) -> [Int] {
        let commits =
            commitEvery == 1 ? (runsLongTests ? Array(1...16) : [1, 9, 16]) : commitEvery == 3 ? [1, 3, 6] : [1]
        return switch checkpoint {
        case .accountRemoved: runsLongTests ? Array(1...16) : [1, 8, 16]
        case .committing, .committed: commits
        case .configVisited: commitEvery == 3 ? (runsLongTests ? Array(1...20) : [1, 2, 12]) : []
        case .configDeleted: commitEvery == 3 ? (runsLongTests ? Array(1...10) : [1, 5]) : []
        // There is no cluster here, and no copy of the database; see ClusterTests and ProgramBackupTests.
        case .versionRaised, .backedUp: []
        // The pace makes no difference to these.
        default: commitEvery == nil ? [1] : []
        }
    }

    @Test(arguments: points)
    func `a run killed at a checkpoint is continued to the same end`(point: Point) throws {
        let undisturbed = try UndisturbedRun.standard.get()
        try withBrokenBench(undisturbed.template) { bench in
            let child = try #require(try bench.runUntil(point.checkpoint, point.visit, point.arguments))
            child.kill()
            try undisturbed.expectNothingHalf(bench, "\(point.testDescription)")
            try undisturbed.expectHealed(bench, with: point.arguments, "\(point.testDescription)")
        }
    }

    /// The second run is killed as well, somewhere else.
    @Test(
        arguments: zip(
            [RunCheckpoint.journaled, .committed, .committing, .configVisited, .published, .configDeleted],
            [RunCheckpoint.committed, .configDeleted, .published, .planned, .configsDone, .published]))
    func `so is one that is killed twice`(first: RunCheckpoint, second: RunCheckpoint) throws {
        let undisturbed = try UndisturbedRun.standard.get()
        try withBrokenBench(undisturbed.template) { bench in
            let pace = ["--commit-every", "3", "--pause", "0"]
            for checkpoint in [first, second] {
                let child = try #require(try bench.runUntil(checkpoint, checkpoint == .committed ? 2 : 1, pace))
                child.kill()
                try undisturbed.expectNothingHalf(bench, "\(first), \(second)")
            }
            try undisturbed.expectHealed(bench, with: pace, "\(first), \(second)")
        }
    }

    @Test func `so is one that is killed at any instant`() throws {
        let undisturbed = try UndisturbedRun.standard.get()
        let kills = runsLongTests ? 200 : 6
        var random = SplitMix64(seed: 20_261_123)
        var hot = 0
        let began = Date()
        for kill in 1...kills {
            let pace = ["--pause", "0"] + [["--commit-every", "1"], ["--commit-every", "3"], []][kill % 3]
            try withBrokenBench(undisturbed.template) { bench in
                for _ in 0...kill % 2 {
                    let child = try bench.start(pace)
                    usleep(UInt32(random.number(in: 0...Int(undisturbed.seconds * 1_100_000))))
                    child.kill()
                    if bench.hasHotJournal { hot += 1 }
                    if try bench.image().runs.contains(where: { $0.hasSuffix(" complete") }) { break }
                    try undisturbed.expectNothingHalf(bench, "kill \(kill)")
                }
                try undisturbed.expectHealed(bench, with: pace, "kill \(kill)")
            }
        }
        print(
            "random instants: \(kills) runs killed, every second one twice; \(hot) times a hot journal was left;"
                + " \(Int(Date().timeIntervalSince(began))) s")
    }
}
