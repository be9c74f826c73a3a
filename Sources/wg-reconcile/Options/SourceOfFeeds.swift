/// The options that say what to read. A feed and an inbox exclude each other, and a format is for a feed.
enum SourceOfFeeds {
    private static let feed: OptionName = "feed"
    private static let inbox: OptionName = "inbox"
    private static let format: OptionName = "format"

    /// The options that no weaker source can give. An inbox on the command line overrides a feed in the environment and
    /// its format; a feed in the environment overrides an inbox in the configuration file.
    static func overridden(by stronger: Set<OptionName>) -> Set<OptionName> {
        if stronger.contains(inbox) { return [feed, format] }
        return stronger.contains(feed) ? [inbox] : []
    }
}
