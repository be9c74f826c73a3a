import Feed
import Glibc
import Report
import Support
import WireGuard

/// The subfolder of the inbox that a feed is moved to after processing.
package enum InboxPlace: String, CaseIterable, Sendable {
    /// Its run reached its end.
    case done
    /// It is not whole, or not from billing. Trying the same feed again would not help.
    case failed
    /// A guard stopped it. The operator decides.
    case held

    /// Feeds contain emails.
    private static let mode: mode_t = 0o750
    /// A name may have 255 bytes. `.`, a run id of 25 bytes, `-99` and `.hmac` have to fit as well.
    static let longestName = 255 - 34

    /// Creates the folder if it is missing.
    ///
    /// - Throws: If feeds could not be moved to it atomically. This has to be known before a run.
    func prepare(in inbox: Inbox) throws(FileFailure) {
        try inbox.folder.requireWritable()
        if try inbox.folder.status(of: rawValue) == nil {
            try inbox.folder.makeFolder(rawValue, mode: Self.mode)
            try inbox.folder.sync()
        }
        try examine(in: inbox)
    }

    /// Finds what would keep feeds from being moved here, without writing. A run creates a missing folder.
    func examine(in inbox: Inbox) throws(FileFailure) {
        guard let folder = try folder(in: inbox) else { return }
        try folder.requireWritable()
        guard try folder.facts().st_dev == inbox.folder.facts().st_dev else {
            throw FileFailure(.rename, folder.path, code: EXDEV)
        }
    }

    /// Opens the folder; nil if it is missing.
    ///
    /// - Throws: If it is a link, or somebody else has access.
    func folder(in inbox: Inbox) throws(FileFailure) -> OpenFolder? {
        guard try isTrusted(in: inbox) else { return nil }
        let folder = try inbox.folder.openFolder(rawValue)
        try folder.requireTrusted(inbox.trustOfPlaces)
        return folder
    }

    /// The same check without opening the folder, because a user who makes a plan may not have permission.
    ///
    /// - Returns: False where it is missing.
    @discardableResult
    func isTrusted(in inbox: Inbox) throws(FileFailure) -> Bool {
        guard let found = try inbox.folder.status(of: rawValue) else { return false }
        let path = inbox.folder.path(of: rawValue)
        if found.isLink {
            throw FileFailure(untrusted: path, FolderObjection(role: .settledFeeds, reason: .link))
        }
        guard found.isFolder else { throw FileFailure(.open, path, code: ENOTDIR) }
        if let objection = inbox.trustOfPlaces.objection(to: found) { throw FileFailure(untrusted: path, objection) }
        return true
    }

    /// Moves a feed here, with its signature. Once this returns, the move survives a power failure.
    ///
    /// The feed is moved first. A crash between the two moves then leaves a signature without a feed, and not a feed
    /// that waits for its signature forever.
    ///
    /// - Parameter mark: Added to the name to tell it from others: the run's id, or the time if there was no run.
    /// - Returns: The new path; nil if billing has replaced the feed with another, which then stays there.
    func take(_ feed: InboxFeed, marked mark: String, from inbox: Inbox) throws(FileFailure) -> String? {
        guard let folder = try folder(in: inbox) else {
            throw FileFailure(.open, inbox.folder.path(of: rawValue), code: ENOENT)
        }
        guard try feed.isStillThere() else { return nil }
        let target = try freeName(for: feed.name, marked: mark, in: folder)
        try inbox.folder.rename(feed.name, to: target, in: folder)
        // The feed may have been replaced between the listing and the rename. A new feed in this folder would never be
        // processed.
        guard feed.file.isStill(try folder.status(of: target), afterRename: true) else {
            try giveBack(target, in: folder, to: feed.name, in: inbox.folder)
            return nil
        }
        let signature = FeedSignature.path(ofFeed: feed.name)
        if let file = feed.signature, file.isStill(try inbox.folder.status(of: signature)) {
            try inbox.folder.rename(signature, to: FeedSignature.path(ofFeed: target), in: folder)
        }
        try folder.sync()
        try inbox.folder.sync()
        return folder.path(of: target)
    }

    /// Puts a file back, unless billing has written another one under the name. Billing's own rename would have
    /// replaced it too.
    private func giveBack(
        _ name: String, in folder: OpenFolder, to original: String, in inbox: OpenFolder
    ) throws(FileFailure) {
        _ = try folder.link(name, to: original, in: inbox)
        try folder.remove(name)
    }

    /// While the inbox is held, nobody else moves files here, so a free name stays free.
    private func freeName(for name: String, marked mark: String, in folder: OpenFolder) throws(FileFailure) -> String {
        for attempt in 1...99 {
            let name = FeedName.name(name, marked: attempt == 1 ? mark : "\(mark)-\(attempt)")
            if try folder.status(of: name) == nil, try folder.status(of: FeedSignature.path(ofFeed: name)) == nil {
                return name
            }
        }
        throw FileFailure(.rename, folder.path(of: FeedName.name(name, marked: mark)), code: EEXIST)
    }

    /// How many feeds are in this folder.
    func count(in inbox: Inbox) throws(FileFailure) -> Int {
        guard let folder = try folder(in: inbox) else { return 0 }
        return try folder.names().count { !$0.hasPrefix(".") && !$0.hasSuffix(".hmac") }
    }
}

extension UTCTime {
    /// `20261123T031002Z`, the form in which run ids begin.
    var mark: String { UTCTime(seconds: seconds).rfc3339.filter { $0 != "-" && $0 != ":" } }
}
