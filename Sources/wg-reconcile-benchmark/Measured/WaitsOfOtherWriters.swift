import Foundation
import Glibc

/// How long another process waits for each of its writes while a run goes on: the application, which writes the status of
/// a peer every 20 ms and gives up after five seconds, Python's and Django's default.
struct WaitsOfOtherWriters {
    let bench: Bench
    let scale: Scale

    func table() throws -> Table {
        let plane = try bench.controlPlane(scale.large)
        let script = try Script.place(PackageResources.write_meanwhile_py, as: "write_meanwhile.py", in: bench)
        let copy = try plane.copy()
        let ending = copy.folder + "/ended"
        let output = copy.folder + "/waits"
        let writer = try Child.spawn(["python3", script, copy.database, ending], output: output)
        // Until it has written for the first time.
        while FileManager.default.contents(atPath: output)?.isEmpty != false { usleep(10_000) }
        let run = try Child.measureStages(copy, commitEvery: nil)
        try Data().write(to: URL(fileURLWithPath: ending))
        var status: Int32 = 0
        while waitpid(writer, &status, 0) < 0 && errno == EINTR {}
        let lines = try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n").dropFirst()
        let waits = Series(lines.compactMap { Double($0) })

        var table = Table(
            "Another writer, while a run of \(grouped(plane.size.accounts)) accounts of \(grouped(plane.instances)) "
                + "instances goes on", at: scale)
        table.row("its writes", grouped(waits.values.count))
        for (name, share) in [("half of them waited less than", 0.5), ("90 percent", 0.9), ("99 percent", 0.99)] {
            table.row("  \(name)", waits.quantile(share).asTime)
        }
        table.row("  the longest wait", waits.largest.asTime, judged: waits.largest, atMost: 700)
        table.row("  gave up after their 5 s", "\(lines.count - waits.values.count)")
        table.row("the run, with its \(Int(run["commits"] ?? 0)) commits", (run["removal"] ?? .nan).asTime)
        table.row("  and its pauses", (run["pauses"] ?? .nan).asTime)
        return table
    }
}
