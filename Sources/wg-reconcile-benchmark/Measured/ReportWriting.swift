/// How fast a long report is written.
struct ReportWriting {
    let bench: Bench
    let scale: Scale

    func table() throws -> Table {
        var times = Series()
        for round in 0..<bench.rounds {
            let folder = bench.path("reports-\(round)")
            times.add(
                try Child.measure("measure-report", folder, "--entries", "\(scale.reportEntries)")["time"] ?? .nan)
            try bench.remove(folder)
        }
        var table = Table("Report: JSON, CSV and page, synced and in place", at: scale)
        table.row(
            "\(grouped(scale.reportEntries)) entries, every other a removal", times.median.asTime,
            judged: times.median / Double(scale.reportEntries) * 1_000_000, atMost: 5_000)
        return table
    }
}
