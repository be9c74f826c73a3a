import Support

/// The layout of one billing system's feeds: where the fields are, what the status words mean, and how times are
/// written.
package struct FeedProfile: Hashable, Sendable {
    /// The file that the profile was read from; nil for a profile from options alone.
    package var path: String?
    /// Fields that are not under their own name: a CSV column, or a dotted path of keys in JSON.
    package var columns: [EntryField: String] = [:]
    /// The dotted path of the array of entries in a JSON document; nil for the document itself or its `accounts`.
    package var records: String?
    package var words = StatusWords()
    package var timeFormat = FeedTimeFormat.rfc3339
    /// The time zone of dates, and of times without an offset.
    package var timeZone = FeedTimeZone.utc
    /// Words that count as not given. They are compared exactly.
    package var nullWords: Set<String> = []
    /// The separator of CSV fields: one ASCII character.
    package var delimiter = UInt8.comma
    package var encoding = FeedEncoding.utf8
    /// Whether the operator states that every entry of a feed without a status column is to be removed.
    package var everyEntryEnds = false
    /// Whether each feed contains all customers, so that a missing one has left the feed.
    package var listsEverybody = false
    /// Globs for the names of the feeds in an inbox that this profile applies to; empty for all.
    package var files: [String] = []

    package init() {}

    /// The layout that the article Feeds and profiles describes.
    package static let standard = FeedProfile()
}

/// A status word that is listed both as removal and as staying.
package struct WordWithTwoMeanings: ExplainedError, Hashable {
    package var word: String
    /// The profile with this word; nil for options alone.
    package var path: String?

    package var operation: String { "use the status word" }
    package var subject: String { word.quotedForMessage() }
    package var cause: String {
        (path.map { "with \($0.escapedForMessage(limit: 400)), " } ?? "")
            + "it is listed both as removal and as staying"
    }
    package var hint: String {
        "--removal-status and --staying-status each replace their whole list; leave the word out of one of them"
    }
    package var exitStatus: ExitStatus { .configurationWrong }
}
