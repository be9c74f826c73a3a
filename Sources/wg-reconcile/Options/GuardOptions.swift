import ArgumentParser
import Feed
import Glibc
import Journal
import Reconcile
import Support

/// The guards, which keep a run from removing somebody by mistake.
struct GuardOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Remove nothing if more accounts than this would go, counted with those of the last 12 hours. (default: 500)
            """, valueName: "n"))
    var maxRemovals: Count?

    @Option(
        help: ArgumentHelp(
            """
            Remove nothing if a larger share of all instances than this would go, counted with those of the last 12 \
            hours. (default: 20, where more than 5 instances would go)
            """, valueName: "percent"))
    var maxShare: Percent?

    @Option(
        help: ArgumentHelp(
            "Let exactly the plan with this digest pass --max-removals and --max-share, once.", valueName: "digest"))
    var approve: String?

    @Option(
        help: ArgumentHelp(
            "Remove nothing if the feed was made longer ago than this. (default: any age)", valueName: "hours"))
    var maxFeedAge: Hours?

    @Flag(
        help: """
            Let a feed remove accounts of which a newer one has said that they stay, or go later. On the command line only.
            """)
    var allowOlderFeed = false

    @Flag(help: "Take a user without an email for the account's if the username is the account's email.")
    var matchUsernames = false

    @Option(help: ArgumentHelp("A file of emails, one a line, that no feed removes.", valueName: "file"))
    var protect: String?

    @Option(
        help: ArgumentHelp(
            "Take a feed only with FEED.hmac beside it: HMAC-SHA256 of the feed with the key in this file, in hex.",
            valueName: "file"))
    var apiKeyFile: String?

    @Option(
        help: ArgumentHelp(
            "The signature itself, in place of FEED.hmac; for a feed on standard input.", valueName: "hex"))
    var hmac: String?

    @Option(
        help: ArgumentHelp("A user besides root and yourself who may own the feed and the inbox.", valueName: "user"))
    var feedOwner: UserName?

    func apply(
        to options: inout Reconciliation.Options, _ database: DatabaseOptions, _ settings: Settings
    ) throws {
        if let count = try maxRemovals ?? settings.value(.maxRemovals) {
            options.guards.massRemoval.maxRemovals = count.value
        }
        if let share = try maxShare ?? settings.value(.maxShare) {
            options.guards.massRemoval.maxShare = share.value
        }
        options.guards.approval = try approve ?? settings.value(.approve)
        options.guards.allowsOlderFeed = allowOlderFeed
        options.matchesUsernames = try matchUsernames || settings.flag(.matchUsernames)
        options.guards.maxFeedAge = try (maxFeedAge ?? settings.value(.maxFeedAge))?.value
        options.protectedAccountsPath = try protect ?? settings.value(.protect)
        try applyTrust(to: &options, database, settings)
    }

    private func applyTrust(
        to options: inout Reconciliation.Options, _ database: DatabaseOptions, _ settings: Settings
    ) throws {
        let allowsAnything = try database.allowsUnsafePermissions(settings)
        let feedOwner = try feedOwner ?? settings.value(.feedOwner)
        let signature = try hmac ?? settings.value(.hmac)
        let trust = FileTrust(owners: Set([feedOwner?.id].compactMap { $0 }), allowsAnything: allowsAnything)
        options.databaseTrust = try database.trust(settings)
        guard let key = try apiKeyFile ?? settings.value(.apiKeyFile) else {
            // A user who gives a signature expects it to be checked.
            guard signature == nil else { throw MissingOption(option: .apiKeyFile) }
            options.authentication = FeedAuthentication(.permissions, trust: trust)
            return
        }
        options.authentication = FeedAuthentication(
            .signature(keyPath: key, given: signature), trust: trust)
    }
}

/// A number of hours.
struct Hours: ExpressibleByArgument {
    var value: Double

    init?(argument: String) {
        guard let value = Double(argument), (0...1_000_000).contains(value) else { return nil }
        self.value = value
    }
}

/// A user of this machine, by name or number.
struct UserName: ExpressibleByArgument {
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
