import Report
import Support

/// A run, stage by stage, compared with the least time that SQLite needs for the same rows.
struct RemovalAgainstLimit {
    let bench: Bench
    let scale: Scale

    func table() throws -> Table {
        let plane = try bench.controlPlane(scale.usual)
        let limit = try SQLiteLimit(for: plane, in: bench)
        var limits = Series()
        var standard = SeriesByName()
        var single = SeriesByName()
        var program = SeriesByName()
        var archived = SeriesByName()
        for _ in 0..<bench.rounds {
            limits.add(try limit.milliseconds())
            standard.add(try run(plane))
            single.add(try run(plane, commitEvery: scale.usual.accounts))
            program.add(try runProgram(plane))
            archived.add(try runArchiving(plane))
        }
        return table(plane, limits.median, standard, single, program, archived)
    }

    private func run(_ plane: PreparedControlPlane, commitEvery: Int? = nil) throws -> Figures {
        let copy = try plane.copy()
        return try Child.measureStages(copy, commitEvery: commitEvery)
    }

    /// The same with the archive, and then a restore of the first accounts of the feed.
    private func runArchiving(_ plane: PreparedControlPlane) throws -> Figures {
        let copy = try plane.copy()
        let figures = try Child.measureStages(copy, commitEvery: scale.usual.accounts, archiveDays: 30)
        let feed = try String(contentsOfFile: copy.feed, encoding: .utf8).split(separator: "\n")
        let column = feed.first?.split(separator: ",").firstIndex(of: "email") ?? 0
        let emails = feed.dropFirst().prefix(Self.restored).map { line in
            String(line.split(separator: ",", omittingEmptySubsequences: false)[column])
        }
        let result = try Child.run(
            [bench.program, "restore", "--database", copy.database, "--wireguard-dir", copy.configs, "--no-apply"]
                + emails)
        return ["removal": figures["removal"] ?? .nan, "restore": result.milliseconds / Double(emails.count)]
    }

    private static let restored = 500

    /// The program itself, started as users start it.
    private func runProgram(_ plane: PreparedControlPlane) throws -> Figures {
        let copy = try plane.copy()
        let result = try Child.run(
            [
                bench.program, "run", copy.feed, "--database", copy.database, "--wireguard-dir", copy.configs,
                "--report-dir", copy.reports, "--no-apply", "--max-removals", "\(Int32.max)", "--max-share", "100",
                "--commit-every", "\(scale.usual.accounts)", "--pause", "0",
                "--archive-days", "0",
            ], okay: { $0 == 0 || $0 == 1 })
        return ["time": result.milliseconds, "peak": result.peakMegabytes]
    }

    private func table(
        _ plane: PreparedControlPlane, _ limit: Double, _ standard: SeriesByName, _ single: SeriesByName,
        _ program: SeriesByName, _ archived: SeriesByName
    ) -> Table {
        var table = Table(
            "Removal: \(scale.usual.accounts.grouped) accounts of \(plane.instances.grouped) instances with 5 peers "
                + "each, \(scale.usual.sessions.grouped) sessions", at: scale)
        table.row("the limit: set-based DELETEs, one transaction, sqlite3 shell", limit.asTime, ratio: 1.0.asRatio)
        let removal = standard["removal"] / limit
        table.row(
            "removal, default commits (\(Int(standard["commits"])))", standard["removal"].asTime,
            ratio: removal.asRatio, judged: removal, atMost: 2.2)
        table.row("  of this the commits themselves", standard["committing"].asTime)
        table.row("  the pauses between them, not counted above", standard["pauses"].asTime)
        let one = single["removal"] / limit
        table.row(
            "removal, one commit without pauses", single["removal"].asTime, ratio: one.asRatio, judged: one, atMost: 1.8
        )
        table.row("  of this the commit itself", single["committing"].asTime)
        let commits = standard["removal"] / single["removal"]
        table.row("  default commits against this", "", ratio: commits.asRatio, judged: commits, atMost: 1.3)
        for stage in ["feed", "plan", "configs", "report"] {
            table.row("  \(stage)", single[stage].asTime, ratio: (single[stage] / limit).asRatio)
        }
        let whole = program["time"] / limit
        table.row(
            "the whole program, one commit", program["time"].asTime, ratio: whole.asRatio, judged: whole, atMost: 2)
        table.row("  its peak memory", program["peak"].asMegabytes)
        let archive = archived["removal"] / single["removal"]
        table.row(
            "removal with the archive, one commit; against that without", archived["removal"].asTime,
            ratio: archive.asRatio, judged: archive, atMost: 1.6)
        table.row("a restore of \(Self.restored) accounts, by account", archived["restore"].asTime)
        table.note("Without the archive (--archive-days 0), but for the last two rows.")
        table.note("Removal includes the journal and the decoding of all sessions; the limit has neither.")
        return table
    }
}

extension Child {
    static func measureStages(_ copy: WorkingCopy, commitEvery: Int?, archiveDays: Int = 0) throws -> Figures {
        let arguments = [copy.feed, copy.database, copy.configs, copy.reports, "--archive-days", "\(archiveDays)"]
        let figures = try measure(
            "measure-stages", arguments + (commitEvery.map { ["--commit-every", "\($0)"] } ?? []))
        guard figures["removed"] == Double(copy.accounts) else {
            throw NotAllRemoved(of: copy.accounts, figures: figures)
        }
        return figures
    }
}

/// A run removed fewer accounts than its feed has, and would look too fast.
struct NotAllRemoved: Error, CustomStringConvertible {
    var of: Int
    var figures: Figures
    var description: String { "a run removed \(figures["removed"] ?? 0) of \(of) accounts" }
}
