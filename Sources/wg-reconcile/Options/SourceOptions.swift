import ArgumentParser
import Feed
import Support

extension FeedFormat: ExpressibleByArgument {}

/// What to read: a feed, or the feeds of an inbox.
struct SourceOptions: ParsableArguments {
    @Argument(help: "The feed of ended accounts; - for standard input.")
    var feed: String?

    @Option(
        help: ArgumentHelp(
            """
            Instead of FEED: a folder into which billing drops feeds. Each is processed, the oldest first, and moved \
            to done/, failed/ or held/ in the folder.
            """, valueName: "dir"))
    var inbox: String?

    @Option(help: "The feed's format, if its name does not show it.")
    var format: FeedFormat?

    enum Place {
        case feed(String)
        case inbox(String)
    }

    /// - Throws: ``MissingOptions``, ``ConflictingOptions``.
    func place() throws -> Place {
        switch (feed, inbox) {
        case (_?, _?): throw ConflictingOptions(option: "inbox", other: "feed")
        case (let feed?, nil): return .feed(feed)
        case (nil, let inbox?): return .inbox(inbox)
        case (nil, nil): throw MissingOptions("feed")
        }
    }
}
