import ControlPlane
import Feed
import Journal
import Removal
import Support
import WireGuard

extension Reconciliation {
    /// Where the run takes the accounts from.
    package enum Source: Hashable, Sendable {
        /// A feed at this path, or `-` for standard input.
        case feed(String)
        /// Those that an operator named. Deferred removals are left to the next run of a feed.
        case named(NamedAccounts)
        /// The deferred removals that are due, and nothing else.
        case deferred

        /// The word with which the operator starts such a run.
        var command: RunCommandName {
            switch self {
            case .feed, .deferred: .run
            case .named: .remove
            }
        }
    }

    /// What the operator decides.
    package struct Options: Sendable {
        package var source: Source
        /// nil for the format that the feed's name shows.
        package var feedFormat: FeedFormat?
        package var profiles = FeedProfiles()
        /// How many bytes of a feed are read at most.
        package var maxFeedSize = FeedSource.usualLimit
        package var databasePath: String
        package var wireguardDirectory: String
        /// Empty where none is given, which a plan accepts.
        package var reportDirectory: String
        /// The MTU that every config sets; nil to keep that of the existing configs.
        package var mtu: Int?
        /// Whether to accept that a firewall script of unknown origin is left alone. If not, it is an error.
        package var keepsFirewall = false
        package var guards = RunGuards()
        package var authentication = FeedAuthentication(.permissions, trust: FileTrust())
        /// Who may own the database.
        package var databaseTrust = FileTrust()
        /// Columns that are unknown to this program and that the operator has accepted.
        package var acceptedColumns: Set<AcceptedColumn> = []
        /// A file with emails that no feed removes.
        package var protectedAccountsPath: String?
        /// Whether a user without an email belongs to the account if the username is the account's email.
        package var matchesUsernames = false
        package var pace = CommitPace.standard
        /// Seconds to wait for another process's lock on the database.
        package var busyTimeout = usualBusyTimeout
        package static let usualBusyTimeout = 20.0
        /// Days after which entries of the journal are deleted.
        package var journalDays = usualJournalDays
        package static let usualJournalDays = 400
        /// Which removals keep what they delete, so that the accounts can come back.
        package var archive = Journal.ArchivePolicy.standard
        /// How many accounts that the feed says are active a run restores at most; nil to restore none.
        package var maxRestores: Int?
        package static let usualMaxRestores = 50
        /// Where to copy the database to before a run's first removal; nil for no copies.
        package var backups: BackupFolder?
        /// Days after which a report is deleted; nil keeps all reports.
        package var keepReports: Int?
        /// How to reach live interfaces; nil to leave them alone.
        package var live: LiveAccess?
        /// Seconds to wait for the workers of a cluster, where live interfaces are checked.
        package var workersTimeLimit = usualWorkersTimeLimit
        package static let usualWorkersTimeLimit = 180.0
        package var programVersion: String

        package init(
            _ source: Source, databasePath: String, wireguardDirectory: String, reportDirectory: String,
            programVersion: String
        ) {
            self.source = source
            self.databasePath = databasePath
            self.wireguardDirectory = wireguardDirectory
            self.reportDirectory = reportDirectory
            self.programVersion = programVersion
        }

        /// Reads the feed of a run: the one from the inbox, or the one at the path.
        func source(at path: String, _ inboxFeed: InboxFeed?) throws -> FeedSource {
            let trust = authentication.feedTrust
            if let inboxFeed { return try FeedSource(reading: inboxFeed, limit: maxFeedSize, trust: trust) }
            return try FeedSource(reading: path, limit: maxFeedSize, trust: trust)
        }

        /// Who may own the report folder.
        var folderTrust: FileTrust {
            FileTrust(
                owners: authentication.trust.owners.union(databaseTrust.owners),
                allowsAnything: authentication.trust.allowsAnything)
        }
    }

    /// What one of several feeds has to know of the others.
    struct Place: Sendable {
        /// The feed as found in the inbox; nil for a feed from elsewhere.
        var inboxFeed: InboxFeed?
        var isInInbox: Bool { inboxFeed != nil }
        /// Statements of feeds that were made later.
        var later = LaterStatements()
        /// What earlier feeds of the call would remove, where they are only planned as well.
        var before = PlannedRemovals()
        /// The runs of the call that have no report yet.
        var underway: Set<RunID> = []
        /// Whether it is the last feed of the call, whose run carries out deferred removals.
        var isLast = true
        /// Interfaces that did not answer earlier runs of the call.
        var silent = SilentInterfaces()
    }
}
