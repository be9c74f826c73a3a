import ArgumentParser
import Reconcile
import SamplePlane

struct CheckCommand: FeedCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Try everything that a run would need, and remove nothing.",
        discussion: """
            Takes the options of `run`, except --dry-run and --summary. Run it as the nightly run does: as the same \
            user, in the same environment. It leaves nothing behind. Exits with 0, or with 78 if a run would have a \
            problem.
            """)

    @OptionGroup var source: SourceOptions
    @OptionGroup var database: DatabaseOptions
    @OptionGroup var wireguard: WireGuardOptions
    @OptionGroup var reports: ReportOptions
    @OptionGroup(title: "How feeds are laid out") var layout: FeedOptions
    @OptionGroup(title: "Guards") var removalGuards: RemovalGuardOptions
    @OptionGroup(title: "Guards") var feedGuards: FeedGuardOptions
    @OptionGroup(title: "Guards") var oneRun: OneRunOptions
    @OptionGroup(title: "Live interfaces") var live: LiveOptions
    @OptionGroup(title: "Removed accounts") var archive: ArchiveOptions
    @OptionGroup(title: "Removed accounts") var restoring: RestoreActiveOptions
    @OptionGroup var pace: PaceOptions

    @Flag(help: "Print the findings as JSON, for programs.")
    var json = false

    @OptionGroup var metrics: MetricsOptions
    @OptionGroup var finish: FinishOptions
    @OptionGroup var file: ConfigurationOptions
    @OptionGroup var logging: LoggingOptions

    /// Unlike other commands, goes on without what is wrong in the environment and the file.
    func run() throws {
        var found = CheckOptions()
        var command = self
        let console = try Console.open {
            command = try found.complete(self)
            return command.logging
        }
        try console.reportingErrors { try command.perform(found, console) }
    }

    func perform(_ console: Console) throws { try perform(CheckOptions(), console) }

    private func perform(_ found: CheckOptions, _ console: Console) throws {
        var found = found
        let resolved = try found.resolve(self)
        let check = ReadinessCheck(
            resolved, inboxDirectory: found.inboxDirectory, metrics: metrics.file, hook: finish.hook,
            now: SystemClock.now())
        let findings = found.findings + check.findings()
        try console.show(findings, asJSON: json)
        throw ExitCode(findings.exitStatus.rawValue)
    }
}
