import Support

/// A feed in an inbox that is there as a whole.
public struct InboxFeed: Hashable, Sendable {
    public let name: String
    /// As the run is given it: the inbox, and the name.
    public let path: String
    /// When it was last written. A rename leaves that as it is.
    public let modifiedAt: UTCTime
    let file: FileIdentity
    /// The inbox.
    let folder: OpenFolder
    /// Its signature; nil where none lies beside it.
    let signature: FileIdentity?

    /// Whether it still lies in the inbox as it was found there.
    func isStillThere() throws(FileFailure) -> Bool { file.isStill(try folder.status(of: name)) }
}

extension InboxFeed: Comparable {
    /// The one that was written first goes first, for a later feed may say that an account is active again. Feeds of the
    /// same instant go by their names.
    public static func < (a: InboxFeed, b: InboxFeed) -> Bool { (a.modifiedAt, a.name) < (b.modifiedAt, b.name) }
}

/// The feed is another one than was found in the inbox.
public struct FeedReplaced: ExplainedError, Hashable {
    public var path: String
    /// Whether that was seen before anything was done with it.
    public var isUntouched: Bool

    public var operation: String { isUntouched ? "begin with" : "move" }
    public var subject: String { path.escapedForMessage(limit: 400) }
    public var cause: String { "another file was put in its place" }
    public var hint: String { "run again, which works on the new one" }
    public var exitStatus: ExitStatus { .busy }
}
