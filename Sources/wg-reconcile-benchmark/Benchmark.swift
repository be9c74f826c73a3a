import ArgumentParser

/// Measures wg-reconcile against what SQLite allows, and against what people would write instead. `jobs/bench.sh` builds
/// and runs it; nothing of it is installed.
///
/// Whatever is measured runs in a process of its own, which tells its own times and its own peak memory; this one only
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
