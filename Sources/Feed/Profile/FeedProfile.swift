import Support

/// How the feeds of one billing system are laid out: where the fields are, what the status words mean, how times are
/// written.
package struct FeedProfile: Hashable, Sendable {
    /// The file that it was read from; nil for one that options alone make up.
    package var path: String?
    /// Where a field is, other than under its own name: a column of CSV, or a dotted path of keys in JSON.
    package var columns: [EntryField: String] = [:]
    /// The dotted path of the array of entries in a JSON document; nil for the document itself or its `accounts`.
    package var records: String?
    package var words = StatusWords()
    package var timeFormat = FeedTimeFormat.rfc3339
    /// For dates, and for times that do not name their offset.
    package var timeZone = FeedTimeZone.utc
    /// Values that count as not given, as they are written.
    package var nullWords: Set<String> = []
    /// What separates the fields of CSV: one character of ASCII.
    package var delimiter = UInt8.comma
    package var encoding = FeedEncoding.utf8
    /// The operator says that every entry of a feed without a status column is to be removed.
    package var everyEntryEnds = false
    /// Whether a feed names all customers, so that one who is missing has left the feed.
    package var listsEverybody = false
    /// Globs of the names of the feeds in an inbox that this profile is for; empty for all.
    package var files: [String] = []

    package init() {}

    /// A feed in the form that the article Feeds and profiles describes.
    package static let standard = FeedProfile()
}

/// A status word is said to mean removal, and to mean that the account stays.
package struct WordWithTwoMeanings: ExplainedError, Hashable {
    package var word: String
    /// The profile that says so; nil for options.
    package var path: String?

    package var operation: String { "use the status word" }
    package var subject: String { word.quotedForMessage() }
    package var cause: String {
        (path.map { "with \($0.escapedForMessage(limit: 400)), " } ?? "")
            + "it means removal and it means that the account stays"
    }
    package var hint: String {
        "--removal-status and --staying-status each replace their whole list; leave the word out of one of them"
    }
    package var exitStatus: ExitStatus { .configurationWrong }
}
