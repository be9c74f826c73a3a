import ArgumentParser
import ControlPlane
import Feed
import Reconcile
import Report
import Support

/// The layout of feeds that differ from the form in the article Feeds and profiles. Each option is also a key of a
/// profile.
struct FeedOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            A JSON file that says how feeds are laid out; can be repeated. The options below take precedence over it.
            """, valueName: "file"))
    var feedProfile: [String] = []

    @Option(
        help: ArgumentHelp(
            """
            Where a field is: email="Customer Email" for a column of CSV, email=data.customer.email for keys of JSON. \
            Fields: email, status, account_id, subscription_id, reason, effective_at. Can be repeated.
            """, valueName: "field=name"))
    var column: [ColumnMapping] = []

    @Option(
        help: ArgumentHelp("The keys that lead to the array of entries in a JSON document.", valueName: "path"))
    var records: String?

    @Option(
        help: ArgumentHelp(
            """
            The status words that mean removal, in place of: \(StatusWords.standardRemoval.joined(separator: ", ")).
            """, valueName: "word,…"))
    var removalStatus: [Words] = []

    @Option(
        help: ArgumentHelp(
            """
            The status words that mean that the account stays, in place of: \
            \(StatusWords.standardStaying.joined(separator: ", ")).
            """, valueName: "word,…"))
    var stayingStatus: [Words] = []

    @Flag(
        inversion: .prefixedNo,
        help: "Every entry of the feed is to be removed. Only for a feed without a status column.")
    var everyEntryEnds: Bool?

    @Flag(
        inversion: .prefixedNo,
        help: "A feed lists all customers: a deferred removal is dropped once its account is not listed.")
    var listsEverybody: Bool?

    @Option(
        help: ArgumentHelp(
            "How times are written: rfc3339, unix, unix-ms, or a pattern of strptime(3). (default: rfc3339)",
            valueName: "format"))
    var timeFormat: FeedTimeFormat?

    @Option(
        help: ArgumentHelp(
            "The zone of dates, and of times that do not name one, such as Europe/Berlin. (default: UTC)",
            valueName: "zone"))
    var timeZone: FeedTimeZone?

    @Option(help: ArgumentHelp("Values that count as not given, such as NULL.", valueName: "word,…"))
    var nullWords: [Words] = []

    @Option(help: ArgumentHelp("The separator of CSV fields; tab for a tab. (default: ,)", valueName: "sign"))
    var delimiter: FeedDelimiter?

    @Option(help: "The encoding of the feed. (default: utf-8)")
    var encoding: FeedEncoding?

    @Option(
        help: ArgumentHelp(
            "In an inbox: the names of the feeds that these options are for, as globs. (default: all)",
            valueName: "glob,…"))
    var files: [Words] = []

    @Option(
        help: ArgumentHelp(
            "The largest size of a feed; k, M and G are multiples of 1024.", valueName: "bytes"))
    var maxFeedSize = ByteCount(FeedSource.usualLimit)

    /// - Throws: errors about the files of profiles, and where the options contradict each other.
    func apply(to options: inout Reconciliation.Options, allowsUnsafePermissions: Bool) throws {
        options.maxFeedSize = maxFeedSize.value
        options.profiles = try FeedProfiles(
            readingFilesAt: feedProfile, options: keys, trust: FileTrust(allowsAnything: allowsUnsafePermissions))
    }

    private var keys: FeedProfileKeys {
        func words(_ given: [Words]) -> [String]? { given.isEmpty ? nil : given.flatMap(\.words) }
        var keys = FeedProfileKeys()
        for mapping in column { keys.columns[mapping.field] = mapping.name }
        keys.records = records
        keys.removalStatus = words(removalStatus)
        keys.stayingStatus = words(stayingStatus)
        keys.everyEntryEnds = everyEntryEnds
        keys.listsEverybody = listsEverybody
        keys.timeFormat = timeFormat
        keys.timeZone = timeZone
        keys.nullWords = words(nullWords)
        keys.delimiter = delimiter
        keys.encoding = encoding
        keys.files = words(files)
        return keys
    }
}

/// Words, separated by commas.
struct Words: DescribedValue {
    static let accepted = "a word, or several separated by commas"

    var words: [String]

    init?(argument: String) {
        words = argument.split(separator: ",", omittingEmptySubsequences: false).map {
            String($0.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
        guard !words.contains("") else { return nil }
    }
}

/// Where a field of an entry is: `email=Customer Email`.
struct ColumnMapping: DescribedValue {
    static let accepted = "a field, =, and the name of its column"

    var field: EntryField
    var name: String

    init?(argument: String) {
        guard let sign = argument.firstIndex(of: "="), let field = EntryField(rawValue: String(argument[..<sign]))
        else { return nil }
        name = String(argument[argument.index(after: sign)...])
        self.field = field
        guard name.contains(where: { !$0.isWhitespace }) else { return nil }
    }
}

extension FeedDelimiter: DescribedValue {
    static let accepted = "one character that can separate fields, or tab"

    package init?(argument: String) { self.init(argument) }
}

extension FeedTimeFormat: DescribedValue {
    static let accepted = "rfc3339, unix, unix-ms, or a pattern that gives year, month and day"

    package init?(argument: String) { self.init(argument) }
}

extension FeedTimeZone: DescribedValue {
    static let accepted = "a time zone such as UTC or Europe/Berlin"

    package init?(argument: String) { self.init(argument) }
}

extension FeedEncoding: ExpressibleByArgument {
    package init?(argument: String) { self.init(rawValue: argument.lowercased()) }
}
