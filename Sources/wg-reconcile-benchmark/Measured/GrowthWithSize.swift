/// How the time of an account's removal grows with the database, where everything grows alike.
struct GrowthWithSize {
    let bench: Bench
    let scale: Scale

    func table() throws -> Table {
        let small = try bench.controlPlane(scale.small)
        let large = try bench.controlPlane(scale.large)
        var times = (small: Series(), large: Series())
        var memory = (small: Series(), large: Series())
        for _ in 0..<bench.rounds {
            let smallRun = try run(small)
            let largeRun = try run(large)
            times.small.add((smallRun["removal"] ?? .nan) / Double(small.size.accounts))
            times.large.add((largeRun["removal"] ?? .nan) / Double(large.size.accounts))
            memory.small.add(smallRun["peak"] ?? .nan)
            memory.large.add(largeRun["peak"] ?? .nan)
        }
        var table = Table("Growth: removal of a quarter of all accounts, one commit, by account", at: scale)
        table.row(label(small), times.small.median.asTime, ratio: 1.0.asRatio)
        let ratio = times.large.median / times.small.median
        table.row(label(large), times.large.median.asTime, ratio: ratio.asRatio, judged: ratio, atMost: 1.2)
        table.row("  peak memory, \(grouped(small.instances)) instances", memory.small.median.asMegabytes)
        table.row("  peak memory, \(grouped(large.instances)) instances", memory.large.median.asMegabytes)
        return table
    }

    private func label(_ plane: PreparedControlPlane) -> String {
        "\(grouped(plane.size.accounts)) of \(grouped(plane.instances)) instances, "
            + "\(grouped(plane.size.sessions)) sessions"
    }

    /// Without configs on disk before or after: their cost is measured for itself.
    private func run(_ plane: PreparedControlPlane) throws -> Figures {
        try Child.measureStages(try plane.copy(), commitEvery: plane.size.accounts)
    }
}
