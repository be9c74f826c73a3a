import ArgumentParser

/// Measures wg-reconcile against what SQLite allows, and against what people would write instead. `jobs/bench.sh`
/// builds and runs it. It is not installed.
///
/// Everything that is measured runs in its own process, which reports its times and its peak memory. This process only
/// starts them, one after the other, and prints tables.
@main
struct Benchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wg-reconcile-benchmark", abstract: "Measure wg-reconcile on this machine.",
        subcommands: [
            Comparison.self, DatabaseMaking.self, FeedMaking.self, MeasuredStages.self, MeasuredSessions.self,
            MeasuredFeed.self, MeasuredConfigs.self, MeasuredReport.self,
        ],
        defaultSubcommand: Comparison.self)
}
