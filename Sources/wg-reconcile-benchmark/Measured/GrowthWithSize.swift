import Report
import Support

/// How the time to remove an account grows with the database, if everything in it grows in proportion.
struct GrowthWithSize {
    let bench: Bench
    let scale: Scale

    func table() throws -> Table {
        let small = try bench.controlPlane(scale.small)
        let large = try bench.controlPlane(scale.large)
        let limits = (small: try SQLiteLimit(for: small, in: bench), large: try SQLiteLimit(for: large, in: bench))
        var times = SeriesByName()
        for _ in 0..<bench.rounds {
            let smallRun = try run(small)
            let largeRun = try run(large)
            times.add([
                "small": (smallRun["removal"] ?? .nan) / Double(small.size.accounts),
                "large": (largeRun["removal"] ?? .nan) / Double(large.size.accounts),
                "small peak": smallRun["peak"] ?? .nan, "large peak": largeRun["peak"] ?? .nan,
                "small limit": try limits.small.milliseconds() / Double(small.size.accounts),
                "large limit": try limits.large.milliseconds() / Double(large.size.accounts),
            ])
        }
        var table = Table("Growth: removal of a quarter of all accounts, one commit, by account", at: scale)
        table.row(label(small), times["small"].asTime, ratio: 1.0.asRatio)
        let ratio = times["large"] / times["small"]
        table.row(label(large), times["large"].asTime, ratio: ratio.asRatio, judged: ratio, atMost: 1.2)
        table.row("  the limit, \(small.instances.grouped) instances", times["small limit"].asTime, ratio: 1.0.asRatio)
        table.row(
            "  the limit, \(large.instances.grouped) instances", times["large limit"].asTime,
            ratio: (times["large limit"] / times["small limit"]).asRatio)
        table.row("  peak memory, \(small.instances.grouped) instances", times["small peak"].asMegabytes)
        table.row("  peak memory, \(large.instances.grouped) instances", times["large peak"].asMegabytes)
        return table
    }

    private func label(_ plane: PreparedControlPlane) -> String {
        "\(plane.size.accounts.grouped) of \(plane.instances.grouped) instances, "
            + "\(plane.size.sessions.grouped) sessions"
    }

    private func run(_ plane: PreparedControlPlane) throws -> Figures {
        try Child.measureStages(try plane.copy(), commitEvery: plane.size.accounts)
    }
}
