import ArgumentParser
import Reconcile

struct MetricsOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file for node_exporter's textfile collector, which gets what the run came to.", valueName: "path"))
    var metricsFile: String?

    func file(_ settings: Settings) throws -> MetricsFile? {
        try (metricsFile ?? settings.value(.metricsFile)).map(MetricsFile.init)
    }
}
