/// The folder into which billing drops feeds.
struct InboxCheck {
    private static let subject = "inbox"

    private(set) var findings: [Finding] = []
    /// The path of the feed that a run would begin with.
    private(set) var oldestFeed: String?

    init(_ directory: String, _ options: Reconciliation.Options) {
        do throws(InboxFailure) {
            let inbox = try Inbox(directory, wantsSignatures: options.authentication.isSignature)
            let listing = try inbox.listing()
            oldestFeed = listing.feeds.first?.path
            findings = [waiting(listing, directory)] + bystanders(listing)
            if listing.feeds.isEmpty { findings += LastFeedCheck.findings(directory, options) }
            try InboxFailure.wrapping(directory) { () throws(FileFailure) in
                try DurableFile.tryFile(in: directory)
                for place in InboxPlace.allCases { try place.examine(in: inbox) }
            }
            findings.append(.ok(Self.subject, "feeds can be moved to done, failed and held in it"))
        } catch {
            findings.append(.problem(Self.subject, error))
        }
    }

    private func waiting(_ listing: InboxListing, _ directory: String) -> Finding {
        let count = listing.feeds.count
        guard count > 0 else {
            return .note(
                Self.subject, "no feed waits in \(directory); a night without one removes nothing",
                try: "see that billing delivers one before the run")
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
