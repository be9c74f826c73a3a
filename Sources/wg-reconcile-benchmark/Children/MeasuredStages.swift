import ArgumentParser
import Foundation
import Reconcile
import Removal
import Report
import Support
import Synchronization
import WireGuard

/// Measures one run, stage by stage.
struct MeasuredStages: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "measure-stages", shouldDisplay: false)

    @Argument var feed: String
    @Argument var database: String
    @Argument var configs: String
    @Argument var reports: String
    /// How many accounts share a commit, without pauses between commits. If absent, the standard pace is used.
    @Option var commitEvery: Int?
    @Option var archiveDays = 0

    func run() throws {
        var options = Reconciliation.Options(
            .feed(feed), databasePath: database, wireguardDirectory: configs, reportDirectory: reports,
            programVersion: "benchmark")
        options.guards.massRemoval = MassRemovalGuard(maxRemovals: .max, maxShare: 100)
        options.archive.days = archiveDays
        if let commitEvery { options.pace = CommitPace(group: .accounts(commitEvery), pause: 0) }
        let times = StageTimes()
        let finished = try Reconciliation(options, times.surroundings).run()
        if let failure = finished.failure { throw failure }
        var figures = times.figures
        figures["peak"] = Machine.peakMemory
        figures["removed"] = Double(finished.summary[.removed] + finished.summary[.partiallyRemoved])
        try figures.send()
    }
}

/// Records the times of a run's stages while it runs. Pauses between commits are counted separately.
private final class StageTimes: Sendable {
    private struct Times {
        var stageBegan = Machine.uptime()
        var commitBegan = Machine.uptime()
        var figures: Figures = ["pauses": 0, "commits": 0, "committing": 0]
    }

    private let times = Mutex(Times())

    var figures: Figures {
        times.withLock { times in
            var figures = times.figures
            figures["removal", default: 0] -= figures["pauses"] ?? 0
            return figures
        }
    }

    var surroundings: Surroundings {
        Surroundings(
            now: { DatabaseMaking.time.adding(seconds: 3_600) }, uptime: Machine.uptime,
            pause: { [self] duration in pause(duration) }, randomNumber: { UInt32.random(in: .min ... .max) },
            hostName: "benchmark", observe: { [self] event in observe(event) })
    }

    private func pause(_ duration: Milliseconds) {
        let start = Machine.uptime()
        usleep(UInt32(duration * 1_000))
        let paused = Machine.uptime() - start
        times.withLock { $0.figures["pauses", default: 0] += paused }
    }

    private func observe(_ event: RunEvent) {
        let now = Machine.uptime()
        times.withLock { times in
            switch event {
            case .finished(let stage, _):
                times.figures[stage.rawValue] = now - times.stageBegan
                times.stageBegan = now
            case .checkpoint(.committing): times.commitBegan = now
            case .checkpoint(.committed):
                times.figures["commits", default: 0] += 1
                times.figures["committing", default: 0] += now - times.commitBegan
            default: break
            }
        }
    }
}
