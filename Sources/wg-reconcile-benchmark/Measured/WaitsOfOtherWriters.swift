import Foundation
import Glibc
import Report
import Support
import WireGuard

/// How long another process waits for each of its writes during a run. It acts as the application, which gives up after
/// five seconds, the default of Python and Django: once writing the status of a peer every 20 ms, and once so seldom that
/// the database is quiet before each write.
struct WaitsOfOtherWriters {
    let bench: Bench
    let scale: Scale

    func table() throws -> Table {
        let plane = try bench.controlPlane(scale.large)
        let script = try Script.place(PackageResources.write_meanwhile_py, as: "write_meanwhile.py", in: bench)
        var waits = Series()
        var longest = Series()
        var gaveUp = 0
        var runs = SeriesByName()
        for _ in 0..<bench.rounds {
            let (lines, run) = try waitsDuringRun(of: try plane.copy(), script, pause: 0.02)
            let round = Series(lines.compactMap { $0.split(separator: " ").first.flatMap { Double($0) } })
            waits.values += round.values
            longest.add(round.largest)
            gaveUp += lines.count { $0.hasSuffix("gave up") }
            runs.add(run)
        }
        var first = Series()
        var quietRuns = SeriesByName()
        for _ in 0..<bench.rounds {
            let (lines, run) = try waitsDuringRun(of: try plane.copy(), script, pause: 6)
            // The first comes before the run.
            first.values += lines.dropFirst().compactMap { $0.split(separator: " ").first.flatMap { Double($0) } }
            quietRuns.add(run)
        }
        var table = Table(
            "Another writer, while a run of \(plane.size.accounts.grouped) accounts of \(plane.instances.grouped) "
                + "instances goes on", at: scale)
        table.row("its writes, in \(bench.rounds) runs", waits.values.count.grouped)
        for (name, share) in [("half of them waited less than", 0.5), ("90 percent", 0.9)] {
            table.row("  \(name)", waits.quantile(share).asTime)
        }
        let most = waits.quantile(0.99)
        table.row("  99 percent", most.asTime, judged: most, atMost: 450)
        table.row("  the longest wait of a run, median", longest.median.asTime)
        table.row("  the longest wait of all", longest.largest.asTime, judged: longest.largest, atMost: 700)
        table.row("  gave up after their 5 s", "\(gaveUp)", judged: Double(gaveUp), atMost: 0)
        table.row("the run, with its \(Int(runs["commits"])) commits", runs["removal"].asTime)
        table.row("  and its pauses", runs["pauses"].asTime)
        table.row("writes of which each comes after a quiet time, in \(bench.rounds) runs", first.values.count.grouped)
        if !first.values.isEmpty {
            table.row("  the longest wait of all", first.largest.asTime, judged: first.largest, atMost: 2_200)
        }
        table.row("the run, with its \(Int(quietRuns["commits"])) commits", quietRuns["removal"].asTime)
        return table
    }

    /// Runs with default commits while the writer writes.
    ///
    /// - Parameter pause: between two writes, in seconds.
    /// - Returns: The writer's output, one line per write, and the figures of the run.
    private func waitsDuringRun(
        of copy: WorkingCopy, _ script: String, pause: Double
    ) throws -> ([Substring], Figures) {
        let ending = copy.folder + "/ended"
        let output = copy.folder + "/waits"
        let writer = try Child.spawn(["python3", script, copy.database, copy.feed, ending, "\(pause)"], output: output)
        var status: Int32 = -1
        let run: Figures
        do {
            defer {
                // The writer ends by itself once this file exists, also where the run has failed.
                if !FileManager.default.createFile(atPath: ending, contents: nil) { kill(writer, SIGKILL) }
                while waitpid(writer, &status, 0) < 0 && errno == EINTR {}
            }
            while FileManager.default.contents(atPath: output)?.isEmpty != false { usleep(10_000) }
            run = try Child.measureStages(copy, commitEvery: nil)
        }
        let text = try String(contentsOfFile: output, encoding: .utf8)
        guard status == 0 else { throw Child.Failed(command: script, status: status, output: text) }
        return (text.split(separator: "\n"), run)
    }
}
