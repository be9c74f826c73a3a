import Support

/// A complete feed in an inbox.
package struct InboxFeed: Hashable, Sendable {
    package let name: String
    /// The path of the inbox with the feed's name.
    package let path: String
    /// When it was last written. A rename does not change that.
    package let modifiedAt: UTCTime
    package let file: FileIdentity
    /// The inbox.
    package let folder: OpenFolder
    /// Its signature; nil if there is none next to it.
    package let signature: FileIdentity?

    package init(
        name: String, path: String, modifiedAt: UTCTime, file: FileIdentity, folder: OpenFolder,
        signature: FileIdentity?
    ) {
        self.name = name
        self.path = path
        self.modifiedAt = modifiedAt
        self.file = file
        self.folder = folder
        self.signature = signature
    }

    /// Whether the file that was found is still in the inbox, unchanged.
    package func isStillThere() throws(FileFailure) -> Bool { file.isStill(try folder.status(of: name)) }
}

extension InboxFeed: Comparable {
    /// Orders feeds by the time of their last write, because a later feed may state that an account is active again.
    /// Feeds of the same instant are ordered by name.
    package static func < (a: InboxFeed, b: InboxFeed) -> Bool { (a.modifiedAt, a.name) < (b.modifiedAt, b.name) }
}

/// The feed is not the file that was found in the inbox.
package struct FeedReplaced: ExplainedError, Hashable {
    package var path: String
    /// Whether this was noticed before anything was done with the feed.
    package var isUntouched: Bool

    package init(path: String, isUntouched: Bool) {
        self.path = path
        self.isUntouched = isUntouched
    }

    package var operation: String { isUntouched ? "begin with" : "move" }
    package var subject: String { path.escapedForMessage(limit: 400) }
    package var cause: String { "another file was put in its place" }
    package var hint: String { "run it again, on the new file" }
    package var exitStatus: ExitStatus { .busy }
}
