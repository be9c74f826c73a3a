import ArgumentParser
import Reconcile

struct MetricsOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The file for the metrics of the run, for node_exporter's textfile collector.", valueName: "path"))
    var metricsFile: String?

    var file: MetricsFile? { metricsFile.map(MetricsFile.init) }
}
