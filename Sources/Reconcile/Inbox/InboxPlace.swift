import Feed
import Glibc
import Report
import Support
import WireGuard

/// Where in the inbox a feed goes once there is nothing more to do with it.
package enum InboxPlace: String, CaseIterable, Sendable {
    /// Its run came to its end.
    case done
    /// It is not whole, or not billing's; the same feed will not get better.
    case failed
    /// A guard stopped it; a person decides.
    case held

    /// Feeds hold emails.
    private static let mode: mode_t = 0o750
    /// A name may have 255 bytes. `.`, a run id of 25, `-99` and `.hmac` have to fit in as well.
    static let longestName = 255 - 34

    /// Makes the folder where it is missing.
    ///
    /// - Throws: Where feeds could not be moved to it in one step, which has to be known before a run.
    func prepare(in inbox: Inbox) throws(FileFailure) {
        try inbox.folder.requireWritable()
        if try inbox.folder.status(of: rawValue) == nil {
            try inbox.folder.makeFolder(rawValue, mode: Self.mode)
            try inbox.folder.sync()
        }
        try examine(in: inbox)
    }

    /// Finds what would keep feeds from being moved here, without writing. A folder that is missing is made by a run.
    func examine(in inbox: Inbox) throws(FileFailure) {
        guard let folder = try folder(in: inbox) else { return }
        try folder.requireWritable()
        guard try folder.facts().st_dev == inbox.folder.facts().st_dev else {
            throw FileFailure(.rename, folder.path, code: EXDEV)
        }
    }

    /// Opens the folder; nil where it is missing.
    ///
    /// - Throws: Where it is a link, or not ours alone.
    func folder(in inbox: Inbox) throws(FileFailure) -> OpenFolder? {
        guard try isTrusted(in: inbox) else { return nil }
        let folder = try inbox.folder.openFolder(rawValue)
        try folder.requireTrusted(inbox.trustOfPlaces)
        return folder
    }

    /// The same without opening it, which a user who makes a plan may not be permitted.
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

    /// Moves a feed here, with its signature. The move outlasts a power cut once this returns.
    ///
    /// The feed goes first: a crash between the two leaves a signature that belongs to nothing, and not a feed that would
    /// wait for its signature for ever.
    ///
    /// - Parameter mark: what its name gets to tell it from others: the run's id, or the time where there was no run.
    /// - Returns: the path that it has now; nil where billing has put another feed in its place, which then stays there.
    func take(_ feed: InboxFeed, marked mark: String, from inbox: Inbox) throws(FileFailure) -> String? {
        guard let folder = try folder(in: inbox) else {
            throw FileFailure(.open, inbox.folder.path(of: rawValue), code: ENOENT)
        }
        guard try feed.isStillThere() else { return nil }
        let target = try freeName(for: feed.name, marked: mark, in: folder)
        try inbox.folder.rename(feed.name, to: target, in: folder)
        // It may have been replaced between the look and the rename. Nobody would ever come to a feed in here.
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

    /// Puts a file back where it was, unless billing has put yet another in its place, as its own rename would have done.
    private func giveBack(
        _ name: String, in folder: OpenFolder, to original: String, in inbox: OpenFolder
    ) throws(FileFailure) {
        _ = try folder.link(name, to: original, in: inbox)
        try folder.remove(name)
    }

    /// Nobody else moves files here while the inbox is held, so that a name which is free stays free.
    private func freeName(for name: String, marked mark: String, in folder: OpenFolder) throws(FileFailure) -> String {
        for attempt in 1...99 {
            let name = FeedName.name(name, marked: attempt == 1 ? mark : "\(mark)-\(attempt)")
            if try folder.status(of: name) == nil, try folder.status(of: FeedSignature.path(ofFeed: name)) == nil {
                return name
            }
        }
        throw FileFailure(.rename, folder.path(of: FeedName.name(name, marked: mark)), code: EEXIST)
    }

    /// How many feeds lie here.
    func count(in inbox: Inbox) throws(FileFailure) -> Int {
        guard let folder = try folder(in: inbox) else { return 0 }
        return try folder.names().count { !$0.hasPrefix(".") && !$0.hasSuffix(".hmac") }
    }
}

extension UTCTime {
    /// `20261123T031002Z`, as run ids begin.
    var mark: String { UTCTime(seconds: seconds).rfc3339.filter { $0 != "-" && $0 != ":" } }
}
