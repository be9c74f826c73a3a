import ArgumentParser
import Feed
import Reconcile
import Removal
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
            Instead of FEED: a folder into which billing drops feeds. Each is processed, the oldest first, and moved \
            to done/, failed/ or held/ in the folder.
            """, valueName: "dir"))
    var inbox: String?

    @OptionGroup var controlPlane: ControlPlaneOptions

    @Option(help: "The feed's format, if its name does not show it.")
    var format: FeedFormat?

    @OptionGroup(title: "How feeds are laid out") var layout: FeedOptions

    @OptionGroup(title: "Guards") var guards: GuardOptions

    @OptionGroup(title: "Live interfaces") var live: LiveOptions

    /// Where the feed or feeds come from.
    enum Source {
        case feed(String)
        case inbox(String)
    }

    /// - Throws: ``MissingOptions``, ``ConflictingOptions``.
    func source() throws -> Source {
        switch (feed, inbox) {
        case (_?, _?): throw ConflictingOptions(option: "inbox", other: "feed")
        case (let feed?, nil): return .feed(feed)
        case (nil, let inbox?): return .inbox(inbox)
        case (nil, nil): throw MissingOptions("feed")
        }
    }

    /// - Parameter reports: Whether a report will be written.
    /// - Throws: ``MissingOptions`` with all that are missing.
    func requireGiven(reports: Bool = true) throws {
        try MissingOptions.require([("feed", feed ?? inbox)] + controlPlane.required(reports: reports))
    }

    /// The options for a run. With an inbox, there is no path of a feed: each feed of the inbox sets its own.
    ///
    /// - Throws: ``MissingOptions``, ``ConflictingOptions``, errors about the files of profiles.
    func resolved() throws -> Reconciliation.Options {
        var options = settled
        try apply(to: &options)
        return options
    }

    /// The options that can be taken as they are. A path that is missing is empty.
    var settled: Reconciliation.Options {
        var options = controlPlane.settled(feed.map { .feed($0) } ?? .deferred, live)
        options.feedFormat = format
        return options
    }

    /// Applies the options that depend on each other or on files.
    func apply(to options: inout Reconciliation.Options) throws {
        try layout.apply(to: &options, allowsUnsafePermissions: controlPlane.database.allowUnsafePermissions)
        try guards.apply(to: &options, allowsUnsafePermissions: controlPlane.database.allowUnsafePermissions)
    }

    /// The inbox, and the options for each of its feeds.
    func resolvedInbox(_ directory: String) throws -> (Inbox, Reconciliation.Options) {
        let options = try resolved()
        let inbox = try Inbox(
            directory, wantsSignatures: try requireFitForInbox(options), trust: options.authentication.trust)
        return (inbox, options)
    }

    /// - Returns: Whether feeds in an inbox are signed.
    /// - Throws: ``ConflictingOptions`` for options that fit only a single feed.
    @discardableResult
    func requireFitForInbox(_ options: Reconciliation.Options) throws -> Bool {
        // A feed's name shows its format, and its signature is next to it.
        if options.feedFormat != nil { throw ConflictingOptions(option: "format", other: "inbox") }
        return switch options.authentication.proof {
        case .signature(_, .some): throw ConflictingOptions(option: "hmac", other: "inbox")
        case .signature(_, nil): true
        case .permissions: false
        }
    }
}

/// What a run shows: the plan only, a summary, or its result for a program.
struct RunEndOptions: ParsableArguments {
    @Flag(help: "Print the plan and change nothing; the same as `plan`.")
    var dryRun = false

    @Flag(
        help: """
            Do everything but the removal: check, plan, guards, a report in rehearsals/ of the report folder, metrics. \
            Database, configs and inbox stay as they are.
            """)
    var rehearse = false

    @Flag(help: "Print the readable summary also where there is no terminal.")
    var summary = false

    @Flag(
        help: """
            Print JSON, for programs, and nothing else: the plan, or the report.json of each run, one after the other.
            """)
    var json = false

    var form: ResultForm { json ? .report : summary ? .summary : .summaryOnTerminal }

    /// - Throws: ``ConflictingOptions``.
    func requireOneForm() throws {
        if json && summary { throw ConflictingOptions(option: "json", other: "summary") }
    }
}

/// The pace of a run, and how long journal, reports and copies of the database are kept.
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
            "How long to leave the database to the application after a commit; 0 in a maintenance window.",
            valueName: "ms"))
    var pause = Count(Int(CommitPace.standard.pause))

    @Option(
        help: ArgumentHelp(
            """
            How long the journal keeps a removal, counted back from the last run before today, so that a clock that is \
            ahead drops nothing.
            """, valueName: "days"))
    var journalDays = Days(Reconciliation.Options.usualJournalDays)

    @Option(help: ArgumentHelp("Drop reports older than this. (default: keep all)", valueName: "days"))
    var keepReports: Days?

    @Option(
        help: ArgumentHelp(
            """
            Copy the database to this folder before a run's first removal. Copies hold private keys; the folder has to be \
            closed to others. (default: no copies)
            """, valueName: "dir"))
    var backupDir: String?

    @Option(help: ArgumentHelp("How many of these copies to keep.", valueName: "n"))
    var keepBackups = PositiveNumber(7)

    func apply(to options: inout Reconciliation.Options) {
        options.backups = backupDir.map { BackupFolder(path: $0, kept: keepBackups.value) }
        if let commitEvery { options.pace.group = .accounts(commitEvery.value) }
        options.pace.pause = Milliseconds(pause.value)
        options.journalDays = journalDays.value
        options.keepReports = keepReports?.value
    }
}
