import ArgumentParser
import Reconcile

extension FeedFormat: ExpressibleByArgument {}

/// What `run` and `plan` take.
struct RunOptions: ParsableArguments {
    @Argument(help: "The feed of ended accounts; - for standard input.")
    var feed: String?

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var wireguard: WireGuardOptions

    @Option(help: ArgumentHelp("The folder that gets a folder for each run.", valueName: "dir"))
    var reportDir: String?

    @Option(help: "The feed's format, where its name does not tell.")
    var format: FeedFormat?

    @OptionGroup(title: "Guards") var guards: GuardOptions

    @OptionGroup(title: "Live interfaces") var live: LiveOptions

    func resolved(_ environment: EnvironmentVariables) throws -> Reconciliation.Options {
        guard let feed = try feed ?? environment.value("feed") else { throw MissingOption(option: "FEED") }
        guard let reports = try reportDir ?? environment.value("report-dir") else {
            throw MissingOption(option: "--report-dir")
        }
        var options = Reconciliation.Options(
            feedPath: feed, databasePath: try database.path(environment),
            wireguardDirectory: try wireguard.directory(environment), reportDirectory: reports,
            programVersion: ProgramVersion.current)
        options.mtu = try wireguard.mtu(environment)
        options.busyTimeout = try database.timeout(environment)
        options.feedFormat = try format ?? environment.value("format")
        try guards.apply(to: &options, database, environment)
        options.live = try live.access(environment, trust: options.databaseTrust)
        return options
    }
}

/// What only `run` takes: how it goes about it and what it keeps.
struct PaceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            How many accounts share a commit; 1 gives each a transaction of its own. (default: as many as hold the \
            write lock for at most 400 ms)
            """, valueName: "n"))
    var commitEvery: PositiveNumber?

    @Option(
        help: ArgumentHelp(
            "How long to leave the database to the application after a commit; 0 in a maintenance window. (default: 110)",
            valueName: "ms"))
    var pause: Count?

    @Option(help: ArgumentHelp("How long the journal remembers a removal. (default: 400)", valueName: "days"))
    var journalDays: Days?

    @Option(help: ArgumentHelp("Drop reports that are older. (default: keep all)", valueName: "days"))
    var keepReports: Days?

    func apply(to options: inout Reconciliation.Options, _ environment: EnvironmentVariables) throws {
        if let number = try commitEvery ?? environment.value("commit-every") {
            options.pace.group = .accounts(number.value)
        }
        if let pause = try pause ?? environment.value("pause") { options.pace.pause = Milliseconds(pause.value) }
        if let days = try journalDays ?? environment.value("journal-days") { options.journalDays = days.value }
        options.keepReports = try (keepReports ?? environment.value("keep-reports"))?.value
    }
}
