import ArgumentParser
import ControlPlane
import Feed
import Journal
import Logging
import Report
import SamplePlane

/// The options that can be set in the environment and the configuration file, by their names on the command line.
enum OptionName: String, CaseIterable {
    case feed, inbox, database, format, column, records, delimiter, encoding, files, approve, protect, hmac, netns, mtu,
        pause, json, summary, accounts, config,
        expect
    case feedProfile = "feed-profile"
    case removalStatus = "removal-status"
    case stayingStatus = "staying-status"
    case timeFormat = "time-format"
    case timeZone = "time-zone"
    case nullWords = "null-words"
    case everyEntryEnds = "every-entry-ends"
    case listsEverybody = "lists-everybody"
    case maxFeedSize = "max-feed-size"
    case matchUsernames = "match-usernames"
    case wireguardDir = "wireguard-dir"
    case reportDir = "report-dir"
    case busyTimeout = "busy-timeout"
    case acceptColumn = "accept-column"
    case databaseOwner = "database-owner"
    case feedOwner = "feed-owner"
    case allowUnsafePermissions = "allow-unsafe-permissions"
    case maxRemovals = "max-removals"
    case maxShare = "max-share"
    case maxFeedAge = "max-feed-age"
    case apiKeyFile = "api-key-file"
    case noApply = "no-apply"
    case keepFirewall = "keep-firewall"
    case waitForWorkers = "wait-for-workers"
    case commitEvery = "commit-every"
    case journalDays = "journal-days"
    case keepReports = "keep-reports"
    case metricsFile = "metrics-file"
    case dryRun = "dry-run"
    case logLevel = "log-level"
    case logFormat = "log-format"

    /// The environment variable for the option: `WG_RECONCILE_REPORT_DIR`.
    var variable: String {
        OptionVariables.prefix + "_"
            + rawValue.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }

    /// The option as written on the command line.
    var asArgument: String { self == .feed ? "FEED" : "--\(rawValue)" }

    /// Whether the option can be a key of the configuration file. The file cannot name another configuration file, and
    /// has no options for samples or for merging reports.
    var isKey: Bool { ![.config, .accounts, .expect].contains(self) }

    /// Whether it can be given several times, and as an array in the configuration file.
    var isList: Bool {
        switch self {
        case .feedProfile, .column, .removalStatus, .stayingStatus, .nullWords, .files, .acceptColumn: true
        default: false
        }
    }

    /// The type of its values; `Bool` for a flag.
    var type: any ExpressibleByArgument.Type {
        switch self {
        case .feed, .inbox, .metricsFile, .database, .wireguardDir, .reportDir, .approve, .protect, .apiKeyFile, .hmac,
            .netns, .config, .feedProfile, .records:
            String.self
        case .allowUnsafePermissions, .noApply, .keepFirewall, .dryRun, .json, .summary, .everyEntryEnds,
            .listsEverybody, .matchUsernames:
            Bool.self
        case .column: ColumnMapping.self
        case .acceptColumn: ColumnNames.self
        case .removalStatus, .stayingStatus, .nullWords, .files: Words.self
        case .delimiter: FeedDelimiter.self
        case .encoding: FeedEncoding.self
        case .timeFormat: FeedTimeFormat.self
        case .timeZone: FeedTimeZone.self
        case .maxFeedSize: ByteCount.self
        case .databaseOwner, .feedOwner: UserName.self
        case .expect: HostNames.self
        case .maxRemovals, .pause: Count.self
        case .accounts, .commitEvery: PositiveNumber.self
        case .journalDays, .keepReports: Days.self
        case .busyTimeout, .waitForWorkers: Seconds.self
        case .maxFeedAge: Hours.self
        case .maxShare: Percent.self
        case .mtu: MTU.self
        case .format: FeedFormat.self
        case .logLevel: Logger.Level.self
        case .logFormat: LogFormat.self
        }
    }
}

/// The environment variables with this program's prefix.
enum OptionVariables {
    static let prefix = "WG_RECONCILE"

    /// Variables of the build, the tests and the demonstration, which have the same prefix.
    private static let switches =
        ["STRICT", "LONG_TESTS", "BUILD", "ANSIBLE", "AXE", "SCREENSHOTS"].map { "\(prefix)_\($0)" } + ofDebugBuilds
    #if DEBUG
        private static let ofDebugBuilds = [PausePoint.variable]
    #else
        private static let ofDebugBuilds: [String] = []
    #endif
    private static let switchPrefix = "\(prefix)_REQUIRE_"

    /// The names in an environment that look like options but are not; sorted.
    static func unknown(in environment: [String: String]) -> [String] {
        let known = Set(OptionName.allCases.map(\.variable) + switches)
        return environment.keys.filter { name in
            name.hasPrefix(prefix + "_") && !known.contains(name) && !name.hasPrefix(switchPrefix)
        }.sorted()
    }
}
