import Support

/// A feed in an inbox that is there as a whole.
package struct InboxFeed: Hashable, Sendable {
    package let name: String
    /// As the run is given it: the inbox, and the name.
    package let path: String
    /// When it was last written. A rename leaves that as it is.
    package let modifiedAt: UTCTime
    package let file: FileIdentity
    /// The inbox.
    package let folder: OpenFolder
    /// Its signature; nil where none lies beside it.
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

    /// Whether it still lies in the inbox as it was found there.
    package func isStillThere() throws(FileFailure) -> Bool { file.isStill(try folder.status(of: name)) }
}

extension InboxFeed: Comparable {
    /// The one that was written first goes first, for a later feed may say that an account is active again. Feeds of the
    /// same instant go by their names.
    package static func < (a: InboxFeed, b: InboxFeed) -> Bool { (a.modifiedAt, a.name) < (b.modifiedAt, b.name) }
}

/// The feed is another one than was found in the inbox.
package struct FeedReplaced: ExplainedError, Hashable {
    package var path: String
    /// Whether that was seen before anything was done with it.
    package var isUntouched: Bool

    package init(path: String, isUntouched: Bool) {
        self.path = path
        self.isUntouched = isUntouched
    }

    package var operation: String { isUntouched ? "begin with" : "move" }
    package var subject: String { path.escapedForMessage(limit: 400) }
    package var cause: String { "another file was put in its place" }
    package var hint: String { "run again, which works on the new one" }
    package var exitStatus: ExitStatus { .busy }
}
