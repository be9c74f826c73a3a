import Report
import Support

/// How fast a long report is written.
struct ReportWriting {
    let bench: Bench
    let scale: Scale

    func table() throws -> Table {
        var times = SeriesByName()
        for round in 0..<bench.rounds {
            let folder = bench.path("reports-\(round)")
            times.add(try Child.measure("measure-report", folder, "--entries", "\(scale.reportEntries)"))
            try bench.remove(folder)
        }
        var table = Table("Report: JSON, CSV and page, synced and in place", at: scale)
        table.row(
            "\(scale.reportEntries.grouped) entries, every other a removal", times["time"].asTime,
            judged: times["time"] / Double(scale.reportEntries) * 1_000_000, atMost: 5_000)
        table.row("  peak memory", times["peak"].asMegabytes)
        table.note("10,000 results are made beforehand and come again and again.")
        return table
    }
}
