import Feed
import Glibc
import Removal
import Report
import Support

/// The inputs that decide about accounts: the feed, the key for its signature, and the list of protected accounts.
struct FeedCheck {
    private(set) var findings: [Finding] = []
    /// SHA-256 of the feed, in hex; nil where there is no feed to read.
    private(set) var digest: String?
    /// How many entries the feed has; nil where it is not whole.
    private(set) var entries: Int?

    private let options: Reconciliation.Options
    private let inboxFeed: InboxFeed?

    /// - Parameter inboxFeed: The feed as found in an inbox; nil where it is elsewhere.
    init(_ options: Reconciliation.Options, of inboxFeed: InboxFeed? = nil, now: UTCTime) {
        self.options = options
        self.inboxFeed = inboxFeed
        attempt("protected accounts", examineProtectedAccounts)
        attempt("API key", examineKey)
        if case .feed(let path) = options.source { attempt("feed") { try $0.examineFeed(at: path, now) } }
    }

    private mutating func attempt(_ subject: String, _ work: (inout FeedCheck) throws -> Void) {
        do {
            try work(&self)
        } catch let error as any ExplainedError {
            findings.append(.problem(subject, error))
        } catch {
            findings.append(.problem(subject, "\(error)", try: "report it with this message"))
        }
    }

    private mutating func attempt(_ subject: String, _ look: () throws -> Finding?) {
        attempt(subject) { check in if let finding = try look() { check.findings.append(finding) } }
    }

    private func examineProtectedAccounts() throws -> Finding? {
        guard let path = options.protectedAccountsPath else { return nil }
        _ = try ProtectedAccounts(readingFileAt: path, trust: options.authentication.trust)
        return .ok("protected accounts", "\(path) can be read")
    }

    private func examineKey() throws -> Finding? {
        guard case .signature(let path, _) = options.authentication.proof else { return nil }
        _ = try SigningKey(readingFileAt: path, trust: options.authentication.trust)
        return .ok("API key", "\(path) can be read; feeds are accepted only with a signature")
    }

    private mutating func examineFeed(at path: String, _ now: UTCTime) throws {
        guard path != "-" else {
            findings.append(.note("feed", "it comes on standard input, which a check does not read"))
            return
        }
        let format = try options.feedFormat ?? FeedFormat(ofFeedAt: path)
        let profile = try options.profiles.profile(forFeedAt: path, inInbox: inboxFeed != nil)
        guard let source = try present(at: path) else {
            findings.append(
                .note(
                    "feed", "there is none at \(path) now; a run without one ends with status 66",
                    try: "make sure that billing delivers it before the run"))
            return
        }
        digest = source.digest
        try source.authenticate(options.authentication)
        let feed = try Feed(parsing: source.bytes, as: format, profile, path: path)
        entries = feed.entries.count
        findings.append(age(of: feed, source, now) ?? whole(feed, source))
        findings += FeedReadingCheck.findings(feed, now: now)
    }

    /// - Returns: nil where the feed does not exist yet, but its folder does.
    private func present(at path: String) throws -> FeedSource? {
        do {
            return try options.source(at: path, inboxFeed)
        } catch let error as FeedUnreadable {
            if error.failure.code == ENOENT && folderIsThere(of: path) { return nil }
            throw error
        }
    }

    private func folderIsThere(of path: String) -> Bool {
        // Where not even that can be told, the feed's own error gives the reason.
        (try? FileSystem.isFolder(atEndOf: FileSystem.parent(of: path))) == true
    }

    private func whole(_ feed: Feed, _ source: FeedSource) -> Finding {
        let count = feed.entries.count
        return .ok(
            "feed",
            "\(source.path) is complete: \(count) \(count == 1 ? "entry" : "entries"), written at "
                + UTCTime(seconds: source.modifiedAt.seconds).rfc3339)
    }

    private func age(of feed: Feed, _ source: FeedSource, _ now: UTCTime) -> Finding? {
        guard let limit = options.guards.maxFeedAge else { return nil }
        let time = feed.generatedAt ?? source.modifiedAt
        guard Double(now.seconds - time.seconds) > limit * 3_600 else { return nil }
        return .note(
            "feed",
            "\(source.path) is complete, but from \(UTCTime(seconds: time.seconds).rfc3339): "
                + "older than --max-feed-age, so that a run would stop with status 2",
            try: "make sure that billing delivers a new one before the run")
    }
}
