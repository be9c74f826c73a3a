import Glibc

/// Where in the inbox a feed goes once there is nothing more to do with it.
public enum InboxPlace: String, CaseIterable, Sendable {
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
        try FileSystem.requireWritableFolder(inbox.directory)
        let folder = inbox.path(rawValue)
        if try FileSystem.status(of: folder) == nil {
            try FileSystem.makeFolder(folder, mode: Self.mode)
            try DurableFile.syncFolder(inbox.directory + "/.")
        }
        try examine(in: inbox)
    }

    /// Finds what would keep feeds from being moved here, without writing. A folder that is missing is made by a run.
    func examine(in inbox: Inbox) throws(FileFailure) {
        let folder = inbox.path(rawValue)
        guard let found = try FileSystem.status(of: folder) else { return }
        guard found.isFolder else { throw FileFailure(.open, folder, code: ENOTDIR) }
        try FileSystem.requireWritableFolder(folder)
        guard let above = try FileSystem.statusBehindLinks(of: inbox.directory), above.st_dev == found.st_dev else {
            throw FileFailure(.rename, folder, code: EXDEV)
        }
    }

    /// Moves a feed here, with its signature. The move outlasts a power cut once this returns.
    ///
    /// The feed goes first: a crash between the two leaves a signature that belongs to nothing, and not a feed that would
    /// wait for its signature for ever.
    ///
    /// - Parameter mark: what its name gets to tell it from others: the run's id, or the time where there was no run.
    /// - Returns: the path that it has now; nil where billing has put another feed in its place, which then stays there.
    func take(_ feed: InboxFeed, marked mark: String, from inbox: Inbox) throws(FileFailure) -> String? {
        let folder = inbox.path(rawValue)
        guard try feed.file.isStill(at: feed.path) else { return nil }
        let target = try freePath(for: feed.name, marked: mark, in: folder)
        try FileSystem.rename(feed.path, to: target)
        // It may have been replaced between the look and the rename. Nobody would ever come to a feed in here.
        guard try feed.file.isStill(at: target, afterRename: true) else {
            try giveBack(target, to: feed.path)
            return nil
        }
        if let signature = feed.signature, try signature.isStill(at: FeedSignature.path(ofFeed: feed.path)) {
            try FileSystem.rename(
                FeedSignature.path(ofFeed: feed.path), to: FeedSignature.path(ofFeed: target))
        }
        try DurableFile.syncFolder(folder)
        try DurableFile.syncFolder(inbox.directory + "/.")
        return target
    }

    /// Puts a file back where it was, unless billing has put yet another in its place, as its own rename would have done.
    private func giveBack(_ path: String, to original: String) throws(FileFailure) {
        guard link(path, original) == 0 || errno == EEXIST else { throw FileFailure(.link, original) }
        try FileSystem.remove(path)
    }

    /// Nobody else moves files here while the inbox is held, so that a name which is free stays free.
    private func freePath(for name: String, marked mark: String, in folder: String) throws(FileFailure) -> String {
        for attempt in 1...99 {
            let path = folder + "/" + Self.name(name, marked: attempt == 1 ? mark : "\(mark)-\(attempt)")
            if try FileSystem.status(of: path) == nil,
                try FileSystem.status(of: FeedSignature.path(ofFeed: path)) == nil
            {
                return path
            }
        }
        throw FileFailure(.rename, folder + "/" + Self.name(name, marked: mark), code: EEXIST)
    }

    /// `feed.csv` becomes `feed.20261123T031002Z-1a2b3c4d.csv`. A feed that was moved back into the inbox has such a mark
    /// already, and gets the new one in its place.
    static func name(_ name: String, marked mark: String) -> String {
        var parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        let pathExtension = parts.removeLast()
        if parts.count > 1, let last = parts.last, isMark(last) { parts.removeLast() }
        return (parts + [mark, pathExtension]).joined(separator: ".")
    }

    /// `feed.20261123T031002Z-1a2b3c4d.csv` is `feed.csv` as billing named it.
    static func name(withoutMark name: String) -> String {
        var parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count > 2, isMark(parts[parts.count - 2]) else { return name }
        parts.remove(at: parts.count - 2)
        return parts.joined(separator: ".")
    }

    private static func isMark(_ text: String) -> Bool {
        text.wholeMatch(of: #/\d{8}T\d{6}Z(-[0-9a-f]{8})?(-\d\d?)?/#) != nil
    }

    /// How many feeds lie here.
    func count(in inbox: Inbox) throws(FileFailure) -> Int {
        let folder = inbox.path(rawValue)
        guard try FileSystem.status(of: folder) != nil else { return 0 }
        return try FileSystem.names(in: folder).count { !$0.hasPrefix(".") && !$0.hasSuffix(".hmac") }
    }
}

extension UTCTime {
    /// `20261123T031002Z`, as run ids begin.
    var mark: String { UTCTime(seconds: seconds).rfc3339.filter { $0 != "-" && $0 != ":" } }
}
