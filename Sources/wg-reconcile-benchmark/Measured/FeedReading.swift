import Report
import Support
import WireGuard

/// How fast a large feed is read and planned.
struct FeedReading {
    let bench: Bench
    let scale: Scale

    func table() throws -> Table {
        let plane = try bench.controlPlane(
            Scale.ControlPlane(
                instances: scale.usual.instances, sessions: scale.usual.sessions, accounts: scale.knownEntries))
        _ = try Child.measure(
            "make-feed", bench.folder, "--known", plane.feed, "--entries", "\(scale.feedEntries)", "--seed",
            "\(bench.seed)")
        let copy = try plane.copy(withConfigs: false)
        let python = try Script.place(PackageResources.read_csv_py, as: "read_csv.py", in: bench)

        var times = SeriesByName()
        for _ in 0..<bench.rounds {
            // Subtracts Python's start-up time, which our own measurements do not include either.
            let start = try Child.run(["python3", "-c", "import csv, sys"]).milliseconds
            times.add(["python": try Child.run(["python3", python, bench.path("feed.csv")]).milliseconds - start])
            for format in ["csv", "json", "jsonl"] {
                let feed = bench.path("feed.\(format)")
                let read = try Child.measure("measure-feed", feed)
                times.add([format: read["time"] ?? .nan])
                let plan = try self.plan(feed, copy)
                times.add(["\(format) plan": plan.milliseconds, "\(format) plan peak": plan.peakMegabytes])
            }
        }
        for format in ["csv", "json", "jsonl"] { try bench.remove(bench.path("feed.\(format)")) }
        return table(times)
    }

    /// The program itself; its output is discarded.
    private func plan(_ feed: String, _ copy: WorkingCopy) throws -> Child.Result {
        try Child.run(
            [
                bench.program, "plan", feed, "--json", "--database", copy.database, "--wireguard-dir", copy.configs,
                "--report-dir", copy.reports, "--max-removals", "\(Int32.max)", "--max-share", "100",
            ], keepsOutput: false, okay: { $0 == 0 || $0 == 1 })
    }

    private func table(_ times: SeriesByName) -> Table {
        var table = Table(
            "Feed: \(scale.feedEntries.grouped) entries, of which the database knows \(scale.knownEntries.grouped)",
            at: scale)
        let share = Double(scale.feedEntries) / 1_000_000
        table.row("Python's csv module, rows read and dropped", times["python"].asTime, ratio: 1.0.asRatio)
        let ratio = times["csv"] / times["python"]
        table.row("CSV read and checked whole", times["csv"].asTime, ratio: ratio.asRatio, judged: ratio, atMost: 1)
        let goals = [("csv", "CSV", 2_000.0, 256.0), ("jsonl", "JSON Lines", 4_000, 512), ("json", "JSON", 4_000, 512)]
        for (format, name, time, memory) in goals {
            if format != "csv" { table.row("\(name) read and checked whole", times[format].asTime) }
            table.row(
                "\(name): plan --json, whole program", times["\(format) plan"].asTime,
                judged: times["\(format) plan"] / share, atMost: time)
            table.row(
                "  its peak memory", times["\(format) plan peak"].asMegabytes,
                judged: times["\(format) plan peak"], atMost: memory)
        }
        return table
    }
}
