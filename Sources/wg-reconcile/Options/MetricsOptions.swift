import ArgumentParser
import Reconcile

struct MetricsOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A file for node_exporter's textfile collector, which gets what the run came to.", valueName: "path"))
    var metricsFile: String?

    var file: MetricsFile? { metricsFile.map(MetricsFile.init) }
}
