import Foundation
import GRDB
import TestSupport
import Testing

/// The power goes at some moment of a run, and of what was not synced the disk has kept some and lost the rest: running
/// the feed again ends as if nothing had happened.
///
/// A run is recorded call by call. A state is what its first calls may have left on a ``LosingDisk``; the comment of a
/// failure names their number and the seed by which the loss was drawn.
@Suite(.enabled(if: DiskRecorder.library != nil, "needs a C compiler"))
struct InterruptionPowerLossTests {
    enum JournalMode: String, CaseIterable {
        case rollback
        case wal = "WAL"

        func undisturbed() throws -> UndisturbedRun {
            switch self {
            case .rollback: try UndisturbedRun.standard.get()
            case .wal: try UndisturbedRun.inWriteAheadMode.get()
            }
        }
    }

    /// What the states were like.
    private struct Figures: CustomStringConvertible {
        var states = 0
        var hotJournals = 0
        var writeAheadFrames = 0
        /// Runs that the journal knew of and that were not complete.
        var continued = 0
        var complete = 0
        private let began = Date()

        mutating func count(_ bench: BrokenBench, _ now: BrokenImage) {
            states += 1
            if bench.hasHotJournal { hotJournals += 1 }
            if bench.hasWriteAheadFrames { writeAheadFrames += 1 }
            if now.runs.contains(where: { $0.hasSuffix(" complete") }) {
                complete += 1
            } else {
                continued += now.runs.count
            }
        }

        var description: String {
            "\(states) states, \(hotJournals) with a hot journal, \(writeAheadFrames) with frames in a write-ahead log,"
                + " \(continued) of a run that was continued, \(complete) of a complete one;"
                + " \(Int(Date().timeIntervalSince(began))) s"
        }
    }

    private static let pace = ["--pause", "0", "--commit-every", "3"]

    private static let recordings = Result {
        try Dictionary(uniqueKeysWithValues: JournalMode.allCases.map { ($0, try record($0)) })
    }

    private static func record(_ mode: JournalMode) throws -> RecordedRun {
        let undisturbed = try mode.undisturbed()
        var recorded: RecordedRun?
        try withBrokenBench(undisturbed.template) { recorded = try RecordedRun(on: $0, pace) }
        let run = try #require(recorded)
        try #require(run.operations.count { $0.isSync } > 20)
        return run
    }

    /// Made once for each journal mode.
    private static func recording(_ mode: JournalMode) throws -> RecordedRun {
        try #require(try recordings.get()[mode])
    }

    /// Expects that a power loss left nothing half done, and that the next run heals it.
    private static func expectHealed(
        _ tree: DiskTree, _ undisturbed: UndisturbedRun, _ figures: inout Figures, _ comment: Comment
    ) throws {
        try withBrokenBench(tree) { bench in
            let now = try bench.image()
            figures.count(bench, now)
            let faults = try undisturbed.faults(on: bench, now)
            #expect(faults == [], comment)
            // More would only say the same of every row.
            guard faults.isEmpty else { return }
            try undisturbed.expectWholeConfigs(bench)
            try undisturbed.expectHealed(bench, with: pace, comment)
        }
    }

    @Test(arguments: JournalMode.allCases)
    func `a run that a power loss ended is continued to the same end`(mode: JournalMode) throws {
        let undisturbed = try mode.undisturbed()
        let run = try Self.recording(mode)
        var figures = Figures()
        try run.forEachDisk(after: run.moments(runsLongTests ? 400 : 10)) { index, moment, disk in
            let seed = UInt64(index)
            try Self.expectHealed(
                disk.tree(afterLoss: seed), undisturbed, &figures, "\(mode.rawValue), call \(moment), seed \(seed)")
        }
        print("power loss, \(mode.rawValue), in \(run.operations.count) calls: \(figures)")
    }

    /// The second loss comes while the run is continued that the first one ended.
    @Test(arguments: JournalMode.allCases)
    func `so is one that two power losses ended`(mode: JournalMode) throws {
        let undisturbed = try mode.undisturbed()
        let run = try Self.recording(mode)
        var figures = Figures()
        // A run that is continued after its report was in place puts another in its place.
        let published = try #require(
            run.operations.lastIndex {
                if case .rename(_, let name, _) = $0 { name.hasSuffix(".partial") } else { false }
            })
        let firsts = [published + 1] + (runsLongTests ? run.moments(12).dropLast() : [])
        for first in firsts {
            let isPublished = first == published + 1
            let disk = run.disk(after: first)
            try withBrokenBench(isPublished ? disk.tree : disk.tree(afterLoss: UInt64(first))) { bench in
                if try bench.image().runs.contains(where: { $0.hasSuffix(" complete") }) { return }
                let second = try RecordedRun(on: bench, Self.pace)
                let samples = isPublished ? (runsLongTests ? 60 : 3) : 10
                try second.forEachDisk(after: second.moments(samples)) { index, moment, disk in
                    let seed = UInt64(1_000 * first + index)
                    try Self.expectHealed(
                        disk.tree(afterLoss: seed), undisturbed, &figures,
                        "\(mode.rawValue), calls \(first) and \(moment), seed \(seed)")
                }
            }
        }
        print("power loss, \(mode.rawValue), twice: \(figures)")
    }

    /// A report that has become too old is deleted after the run.
    @Test func `an old report is whole or gone`() throws {
        let undisturbed = try UndisturbedRun.standard.get()
        try withBrokenBench(undisturbed.template) { bench in
            let id = "20200101T000000Z-00000001"
            let old = DiskTree.folder(
                ["report.json": .file(Data("{}".utf8), 0o640), "accounts.csv": .file(Data("email".utf8), 0o640)], 0o750)
            // What is old is reckoned from a run that is not of today.
            let absent = bench.folder + "/absent.csv"
            try bench.put(Data("email,status\nabsent@example.com,cancelled\n".utf8), at: absent)
            try bench.startProgram(["run", absent] + bench.arguments().dropFirst(2)).wait()
            let queue = try DatabaseQueue(path: bench.database)
            try queue.write { try $0.execute(sql: "UPDATE wg_reconcile_run SET started_at = '2026-01-01T00:00:00Z'") }
            try queue.close()
            try old.write(to: bench.reports + "/" + id)
            let run = try RecordedRun(on: bench, Self.pace + ["--keep-reports", "30"])
            #expect(run.disk(after: run.operations.count).tree["reports"]?[id] == nil)
            var half: String?
            let last = (run.operations.count - 8)...run.operations.count
            run.forEachDisk(after: Array(last)) { _, moment, disk in
                for seed in UInt64(0)..<50 where half == nil {
                    let left = disk.tree(afterLoss: seed)["reports"]?[id]
                    if let left, left != old { half = "call \(moment), seed \(seed)" }
                }
            }
            #expect(half == nil)
        }
    }

    /// Without its syncs, or those of folders alone, the same run does not outlast a power loss, which shows that these
    /// losses find what is missing.
    @Test(arguments: JournalMode.allCases, [true, false])
    func `a disk that ignores syncs is found out`(mode: JournalMode, ofFoldersAlone: Bool) throws {
        let undisturbed = try mode.undisturbed()
        let run = try Self.recording(mode)
        let disk = run.disk(after: run.operations.count) { operation, disk in
            if case .sync(let inode, _) = operation { !ofFoldersAlone || disk.isFolder(inode) } else { false }
        }
        var isFound = false
        for seed in UInt64(0)..<20 where !isFound {
            try withBrokenBench(disk.tree(afterLoss: seed)) { isFound = !undisturbed.faults(on: $0).isEmpty }
        }
        #expect(isFound)
    }
}
