import ArgumentParser
import Feed
import Reconcile
import Report
import Support

extension FeedFormat: ExpressibleByArgument {}

/// The options of `run`, `plan` and `check` for the feed and for all paths.
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

    /// Where the feed or feeds come from.
    enum Source {
        case feed(String)
        case inbox(String)
    }

    /// The command line comes first. An inbox given there overrides a feed from the environment, and a feed from the
    /// environment overrides an inbox from the configuration file.
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

    /// The format given for the feed; nil where the feed's name decides. If an inbox overrides a feed from a lower
    /// level, it also overrides the format from that level.
    func feedFormat(_ settings: Settings) throws -> FeedFormat? {
        for level in try levels(settings) {
            if let format = level.format { return format }
            if level.feed != nil { break }
            if level.inbox != nil { return nil }
        }
        return try settings.value(.format)
    }

    private typealias Level = (feed: String?, inbox: String?, format: FeedFormat?)

    /// What the command line, the environment and the file each set for the feed, in order of precedence.
    private func levels(_ settings: Settings) throws -> [Level] {
        try [(feed, inbox, format)] + settings.levels.map { try ($0.value(.feed), $0.value(.inbox), $0.value(.format)) }
    }

    /// The options for a run. With an inbox, the path of the feed is empty: each feed of the inbox sets its own.
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

    /// The inbox, and the options for each of its feeds.
    func resolvedInbox(_ directory: String, _ settings: Settings) throws -> (
        Inbox, Reconciliation.Options
    ) {
        let options = try resolved(settings)
        let inbox = try Inbox(
            directory, wantsSignatures: try requireFitForInbox(options), trust: options.authentication.trust)
        return (inbox, options)
    }

    /// - Returns: Whether feeds in an inbox are signed.
    /// - Throws: ``ConflictingOptions`` for options that fit only a single feed.
    @discardableResult
    func requireFitForInbox(_ options: Reconciliation.Options) throws -> Bool {
        // A feed's name shows its format, and its signature is next to it.
        if options.feedFormat != nil { throw ConflictingOptions(option: .format, other: .inbox) }
        return switch options.authentication.proof {
        case .signature(_, .some): throw ConflictingOptions(option: .hmac, other: .inbox)
        case .signature(_, nil): true
        case .permissions: false
        }
    }
}

/// What a run shows: the plan only, or a summary.
struct RunEndOptions: ParsableArguments {
    @Flag(help: "Make the plan, print it and touch nothing; the same as `plan`.")
    var dryRun = false

    @Flag(help: "Print the readable summary also where there is no terminal.")
    var summary = false
}

/// The pace of a run, and how long journal and reports are kept.
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
