import ArgumentParser
import Reconcile
import SamplePlane

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Try everything that a run would need, and remove nothing.",
        discussion: """
            Takes what `run` takes, but for --dry-run and --summary, and tells most as the night runs it: by the same \
            user, in the same environment. Leaves nothing behind. Ends with status 0, or with 78 if a run would meet a \
            problem.
            """)

    @OptionGroup var options: RunOptions
    @OptionGroup var pace: PaceOptions

    @Flag(help: "Print the findings as JSON, for programs.")
    var json = false

    @OptionGroup var metrics: MetricsOptions
    @OptionGroup var file: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    func run() throws {
        var found: CheckOptions?
        let (console, settings) = try Console.open(logging) {
            let options = try CheckOptions(file)
            found = options
            return options.settings
        }
        try console.reportingErrors {
            guard var found else { return }
            let resolved = try found.resolve(options, pace)
            let check = try ReadinessCheck(
                resolved, inboxDirectory: found.inboxDirectory, metrics: metrics.file(settings),
                now: SystemClock.now())
            let findings = found.findings + check.findings()
            try console.show(findings, asJSON: json || settings.flag(.json))
            throw ExitCode(findings.exitStatus.rawValue)
        }
    }
}
