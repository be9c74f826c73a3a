import ArgumentParser
import Feed
import Glibc
import Journal
import Reconcile
import Removal
import Support

/// The guards of every removal, which keep a run from removing somebody by mistake.
struct RemovalGuardOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Remove nothing if more accounts than this would be removed, including those of the last 12 hours.
            """, valueName: "n"))
    var maxRemovals = Count(MassRemovalGuard.standard.maxRemovals)

    @Option(
        help: ArgumentHelp(
            """
            Remove nothing if a larger share of all instances than this would be removed, including those of the last \
            12 hours. (default: 20, if more than 5 instances would be removed)
            """, valueName: "percent"))
    var maxShare: Percent?

    @Option(
        help: ArgumentHelp(
            "Let exactly the plan with this digest exceed --max-removals and --max-share, once.", valueName: "digest"))
    var approve: String?

    @Flag(help: "Treat a user without an email as the account's if the username is the account's email.")
    var matchUsernames = false

    @Option(help: ArgumentHelp("A file of emails, one per line, that no feed removes.", valueName: "file"))
    var protect: String?

    @Option(
        help: ArgumentHelp("A user besides root and yourself who may own the feed and the inbox.", valueName: "user"))
    var feedOwner: UserName?

    func apply(to options: inout Reconciliation.Options, allowsUnsafePermissions: Bool) {
        options.guards.massRemoval.maxRemovals = maxRemovals.value
        options.guards.massRemoval.maxShare = maxShare?.value
        options.guards.approval = approve
        options.matchesUsernames = matchUsernames
        options.protectedAccountsPath = protect
        options.authentication = FeedAuthentication(
            .permissions,
            trust: FileTrust(
                owners: Set([feedOwner?.id].compactMap { $0 }), allowsAnything: allowsUnsafePermissions))
    }
}

/// The guards of a feed.
struct FeedGuardOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Remove nothing if the feed is older than this. (default: any age)", valueName: "hours"))
    var maxFeedAge: Hours?

    @Option(
        help: ArgumentHelp(
            "Accept a feed only with FEED.hmac beside it: HMAC-SHA256 of the feed with the key in this file, in hex.",
            valueName: "file"))
    var apiKeyFile: String?

    @Option(
        help: ArgumentHelp(
            "The signature itself, instead of FEED.hmac; for a feed on standard input.", valueName: "hex"))
    var hmac: String?

    /// Applied after those of every removal, which say how a feed is trusted without a signature.
    ///
    /// - Throws: ``MissingOptions``.
    func apply(to options: inout Reconciliation.Options) throws {
        options.guards.maxFeedAge = maxFeedAge?.value
        // A user who gives a signature expects it to be checked.
        if apiKeyFile == nil && hmac != nil { throw MissingOptions("api-key-file") }
        if let apiKeyFile { options.authentication.proof = .signature(keyPath: apiKeyFile, given: hmac) }
    }
}

/// A user of this machine, by name or number.
struct UserName: DescribedValue {
    static let accepted = "a user of this machine"

    var id: uid_t

    init?(argument: String) {
        if let number = uid_t(argument) {
            id = number
        } else if let entry = getpwnam(argument) {
            id = entry.pointee.pw_uid
        } else {
            return nil
        }
    }
}

/// What lets a single feed pass.
struct OneRunOptions: CommandLineOnly {
    @Flag(
        help: """
            Let a feed remove accounts even if a newer feed says that they stay or go later. On the command line only.
            """)
    var allowOlderFeed = false
}
