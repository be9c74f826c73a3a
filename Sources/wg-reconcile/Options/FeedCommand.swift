import Feed
import Reconcile
import Support

/// A command with the options of a run.
///
/// The groups stand side by side in the command, and none within another: a debug build of ArgumentParser validates a
/// group several times for each group around it.
protocol FeedCommand: ReportingCommand {
    var source: SourceOptions { get }
    var layout: FeedOptions { get }
    var removalGuards: RemovalGuardOptions { get }
    var feedGuards: FeedGuardOptions { get }
    var oneRun: OneRunOptions { get }
    var archive: ArchiveOptions { get }
    var restoring: RestoreActiveOptions { get }
    var pace: PaceOptions { get }
}

extension FeedCommand {
    var hasOperand: Bool { source.feed != nil }

    /// - Parameter reports: Whether a report will be written.
    /// - Throws: ``MissingOptions`` with all that are missing.
    func requireGiven(reports: Bool = true) throws {
        try MissingOptions.require([("feed", source.feed ?? source.inbox)] + required(reports: reports))
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
        var options = settled(source.feed.map { .feed($0) } ?? .deferred)
        options.feedFormat = source.format
        archive.apply(to: &options)
        restoring.apply(to: &options)
        pace.apply(to: &options)
        return options
    }

    /// Applies the options that depend on each other or on files.
    func apply(to options: inout Reconciliation.Options) throws {
        let allowsUnsafePermissions = database.allowUnsafePermissions
        try layout.apply(to: &options, allowsUnsafePermissions: allowsUnsafePermissions)
        removalGuards.apply(to: &options, allowsUnsafePermissions: allowsUnsafePermissions)
        options.guards.allowsOlderFeed = oneRun.allowOlderFeed
        try feedGuards.apply(to: &options)
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
