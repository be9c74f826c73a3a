import Feed
import Report
import Support

/// The folder into which billing drops feeds.
struct InboxCheck {
    private static let subject = "inbox"

    private(set) var findings: [Finding] = []
    /// The feed that a run would begin with.
    private(set) var oldestFeed: InboxFeed?

    init(_ directory: String, _ options: Reconciliation.Options) {
        do throws(InboxFailure) {
            let inbox = try Inbox(
                directory, wantsSignatures: options.authentication.isSignature, trust: options.authentication.trust)
            let listing = try inbox.listing()
            oldestFeed = listing.feeds.first
            findings = [waiting(listing, directory)] + bystanders(listing)
            if listing.feeds.isEmpty { findings += LastFeedCheck.findings(inbox, options) }
            try InboxFailure.wrapping(directory) { () throws(FileFailure) in
                try DurableFile.tryFile(in: inbox.folder)
                for place in InboxPlace.allCases { try place.examine(in: inbox) }
            }
            findings.append(.ok(Self.subject, "feeds in it can be moved to done, failed and held"))
        } catch {
            findings.append(.problem(Self.subject, error))
        }
    }

    private func waiting(_ listing: InboxListing, _ directory: String) -> Finding {
        let count = listing.feeds.count
        guard count > 0 else {
            return .note(
                Self.subject, "no feed waits in \(directory); a run without one removes nothing",
                try: "make sure that billing delivers one before the run")
        }
        return .ok(Self.subject, "\(count) \(count == 1 ? "feed waits" : "feeds wait") in \(directory)")
    }

    private func bystanders(_ listing: InboxListing) -> [Finding] {
        listing.bystanders.map { .note(Self.subject, "\($0.name) would be left alone: \($0.explanation)") }
    }
}

extension FeedAuthentication {
    fileprivate var isSignature: Bool {
        if case .signature = proof { true } else { false }
    }
}
