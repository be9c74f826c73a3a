import Journal
import Removal
import Support
import WireGuard

/// What a host's report states before its accounts: the run and its totals, as far as a merged report repeats them.
struct HostRun: Equatable {
    var id: String
    var host: String
    var programVersion: String
    var startedAt: UTCTime
    var finishedAt: UTCTime
    var continued: Bool
    /// Whether a guard had stopped it before; false where an earlier version of the program wrote the report.
    var wasHeld: Bool
    var planDigest: String?
    /// How much its plan would remove; zeros where an earlier version of the program wrote the report.
    var planned: PlanExtent
    var stop: RunStop?
    var feed: FeedFacts
    var configs: Configs
    /// nil where the host's application runs no cluster, or an earlier version of the program wrote the report.
    var cluster: ClusterRecord?
    var sessions: Sessions
    var danglingReferences: [String]
    /// Who ran it.
    var runBy: RunBy?
    /// How many removals of its feed are deferred in the host's journal.
    var putOff: Int
    var usersKnownByUsername: Int
    /// The number of entries of the feed by outcome.
    var counts: [Outcome: Int]
    /// The number of deferred removals by outcome.
    var deferredCounts: [Outcome: Int]

    var deferredEntries: Int { deferredCounts.values.reduce(0, +) }

    struct RunBy: Equatable, Decodable {
        var userID: UInt32
        var sudoUser: String?

        enum CodingKeys: String, CodingKey {
            case userID = "user_id"
            case sudoUser = "sudo_user"
        }
    }

    struct FeedFacts: Equatable, Decodable {
        /// nil for a run without a feed; so are the format and the digest.
        var path: String?
        var format: String?
        var bytes: Int
        var sha256: String?
        var generatedAt: String?
        var madeAt: String?
        var profile: String?
        var warnings: [String]
        var entries: Int

        enum CodingKeys: String, CodingKey {
            case path, format, bytes, sha256, entries, profile, warnings
            case generatedAt = "generated_at"
            case madeAt = "made_at"
        }
    }

    struct Configs: Equatable, Decodable {
        var regenerated: Bool
        var applied: Bool
        var note: String
        var written: [String]
        var unchanged: Int
        var deleted: [String]
        var changedOtherwise: [String]
        var unknownFiles: [String]
        var firewallWritten: Bool
        var firewallProblems: [String]
        var interfacesDown: [String]
        var interfacesSynced: [String]
        var interfacesLeftAlone: [String]
        var interfacesUnseen: [String]
        var notApplied: [String]
        var firewallRun: Bool
        var errors: [String]

        enum CodingKeys: String, CodingKey {
            case regenerated, applied, note, written, unchanged, deleted, errors
            case changedOtherwise = "changed_otherwise"
            case unknownFiles = "unknown_files"
            case firewallWritten = "firewall_written"
            case firewallProblems = "firewall_problems"
            case firewallRun = "firewall_run"
            case interfacesDown = "interfaces_down"
            case interfacesSynced = "interfaces_synced"
            case interfacesUnseen = "interfaces_unseen"
            case notApplied = "not_applied"
            case interfacesLeftAlone = "interfaces_left_alone"
        }

        /// Whether all configs are as they should be. If not, the run ended with 1.
        var areWhole: Bool { regenerated && errors.isEmpty }
    }

    struct Sessions: Equatable, Decodable {
        var examined: Int
        var unreadable: Int
        var removed: Int
    }
}
