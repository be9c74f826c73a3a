import ArgumentParser
import Feed
import Reconcile
import Report
import Support

extension FeedFormat: ExpressibleByArgument {}

/// What `run`, `plan` and `check` take of a feed and where everything is.
struct RunOptions: ParsableArguments {
    @Argument(help: "The feed of ended accounts; - for standard input.")
    var feed: String?

    @Option(
        help: ArgumentHelp(
            """
            In place of FEED: a folder into which billing drops feeds. Each is worked on, the oldest first, and moved \
            to done/, failed/ or held/ in it.
            """, valueName: "dir"))
    var inbox: String?

    @OptionGroup var database: DatabaseOptions
    @OptionGroup var wireguard: WireGuardOptions

    @Option(help: ArgumentHelp("The folder that gets a folder for each run.", valueName: "dir"))
    var reportDir: String?

    @Option(help: "The feed's format, where its name does not tell.")
    var format: FeedFormat?

    @OptionGroup(title: "How feeds are laid out") var layout: FeedOptions

    @OptionGroup(title: "Guards") var guards: GuardOptions

    @OptionGroup(title: "Live interfaces") var live: LiveOptions

    /// Where the feed, or feeds, come from.
    enum Source {
        case feed(String)
        case inbox(String)
    }

    /// The command line goes first: an inbox there counts before a feed that the environment names, and that before an
    /// inbox that the configuration file names.
    func source(_ settings: Settings) throws -> Source {
        for level in try levels(settings) {
            switch (level.feed, level.inbox) {
            case (_?, _?): throw ConflictingOptions(option: .inbox, other: .feed)
            case (let feed?, nil): return .feed(feed)
            case (nil, let inbox?): return .inbox(inbox)
            case (nil, nil): continue
            }
        }
        throw MissingOption(option: .feed)
    }

    /// The format that the feed is said to have; nil where its name tells. A format that stands below an inbox, in the file
    /// while the command line names the inbox, is that of a feed there, and yields as that feed does.
    func feedFormat(_ settings: Settings) throws -> FeedFormat? {
        for level in try levels(settings) {
            if let format = level.format { return format }
            if level.feed != nil { break }
            if level.inbox != nil { return nil }
        }
        return try settings.value(.format)
    }

    private typealias Level = (feed: String?, inbox: String?, format: FeedFormat?)

    /// What the command line, the environment and the file each say of the feed, the strongest first.
    private func levels(_ settings: Settings) throws -> [Level] {
        try [(feed, inbox, format)] + settings.levels.map { try ($0.value(.feed), $0.value(.inbox), $0.value(.format)) }
    }

    /// What a run is given; of an inbox without the path of the feed, which each feed in it brings along.
    func resolved(_ settings: Settings) throws -> Reconciliation.Options {
        let feed: String? =
            switch try source(settings) {
            case .feed(let path): path
            case .inbox: nil
            }
        guard let reports = try reportDir ?? settings.value(.reportDir) else {
            throw MissingOption(option: .reportDir)
        }
        var options = Reconciliation.Options(
            feedPath: feed, databasePath: try database.path(settings),
            wireguardDirectory: try wireguard.directory(settings), reportDirectory: reports,
            programVersion: ProgramVersion.current)
        options.mtu = try wireguard.mtu(settings)
        options.keepsFirewall = try wireguard.keepsFirewall(settings)
        options.busyTimeout = try database.timeout(settings)
        options.acceptedColumns = try database.acceptedColumns(settings)
        options.feedFormat = try feedFormat(settings)
        try layout.apply(to: &options, database, settings)
        try guards.apply(to: &options, database, settings)
        options.live = try live.access(settings, trust: options.databaseTrust)
        options.workersTimeLimit = try live.workersTimeLimit(settings)
        return options
    }

    /// The inbox, and what each of its feeds is run with.
    func resolvedInbox(_ directory: String, _ settings: Settings) throws -> (
        Inbox, Reconciliation.Options
    ) {
        let options = try resolved(settings)
        let inbox = try Inbox(
            directory, wantsSignatures: try requireFitForInbox(options), trust: options.authentication.trust)
        return (inbox, options)
    }

    /// - Returns: whether feeds in an inbox are signed.
    /// - Throws: ``ConflictingOptions`` for what fits one feed alone.
    @discardableResult
    func requireFitForInbox(_ options: Reconciliation.Options) throws -> Bool {
        // A feed's name tells its format, and its signature lies beside it.
        if options.feedFormat != nil { throw ConflictingOptions(option: .format, other: .inbox) }
        return switch options.authentication.proof {
        case .signature(_, .some): throw ConflictingOptions(option: .hmac, other: .inbox)
        case .signature(_, nil): true
        case .permissions: false
        }
    }
}

/// How a run ends: with a plan, with a summary.
struct RunEndOptions: ParsableArguments {
    @Flag(help: "Make the plan, print it and touch nothing; the same as `plan`.")
    var dryRun = false

    @Flag(help: "Print the readable summary also where there is no terminal.")
    var summary = false
}

/// How a run goes about it, and what it keeps.
struct PaceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            How many accounts share a commit; 1 gives each a transaction of its own. A signal waits for the end of the \
            commit. (default: as many as hold the write lock for at most 400 ms)
            """, valueName: "n"))
    var commitEvery: PositiveNumber?

    @Option(
        help: ArgumentHelp(
            "How long to leave the database to the application after a commit; 0 in a maintenance window. (default: 110)",
            valueName: "ms"))
    var pause: Count?

    @Option(
        help: ArgumentHelp(
            """
            How long the journal remembers a removal, counted back from the last run before today, so that a clock that is \
            ahead drops nothing. (default: 400)
            """, valueName: "days"))
    var journalDays: Days?

    @Option(help: ArgumentHelp("Drop reports that are older. (default: keep all)", valueName: "days"))
    var keepReports: Days?

    func apply(to options: inout Reconciliation.Options, _ settings: Settings) throws {
        if let number = try commitEvery ?? settings.value(.commitEvery) {
            options.pace.group = .accounts(number.value)
        }
        if let pause = try pause ?? settings.value(.pause) { options.pace.pause = Milliseconds(pause.value) }
        if let days = try journalDays ?? settings.value(.journalDays) { options.journalDays = days.value }
        options.keepReports = try (keepReports ?? settings.value(.keepReports))?.value
    }
}
