import Journal
import Removal
import Support
import WireGuard

/// The member `run` of `report.json`. Its properties are the members: a run's report and a merged one are written from
/// them, and `merge` reads them.
///
/// Texts that a later version of the program may word or spell otherwise are kept as they were read.
struct ReportedRun: Codable, Equatable, Sendable {
    let id: String
    @AddedMember var command: RunCommandName
    let host: String
    let programVersion: String
    let startedAt: UTCTime
    let finishedAt: UTCTime
    let continued: Bool
    @AddedMember var wasHeld: Bool
    let runBy: Operator?
    let planDigest: String?
    @AddedMember var planned: RunRecord.PlannedRemovalsRecord
    let stoppedBy: String?
    let stoppedWith: Int32?
    /// Both are nil where an earlier version of the program wrote the report.
    let exitStatus: Int32?
    let headline: String?
    let feed: ReportedFeed
    let putOff: Int
    let usersKnownByUsername: Int
    let configs: ReportedConfigs
    /// nil where there is no cluster, and for a merged run, where each host has its own.
    let cluster: ClusterRecord?
    /// nil where interfaces were not checked, or an earlier version of the program wrote the report.
    let earlierTunnels: TunnelCounts?
    let sessions: SessionsRecord
    let danglingReferences: [String]

    /// In the order in which they are written.
    enum CodingKeys: String, JSONMembers {
        case id, command, host
        case programVersion = "program_version"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case continued
        case wasHeld = "was_held"
        case runBy = "run_by"
        case planDigest = "plan_digest"
        case planned
        case stoppedBy = "stopped_by"
        case stoppedWith = "stopped_with"
        case exitStatus = "exit_status"
        case headline
        case feed
        case putOff = "put_off"
        case usersKnownByUsername = "users_known_by_username"
        case configs, cluster
        case earlierTunnels = "earlier_tunnels"
        case sessions
        case danglingReferences = "dangling_references"

        var layout: JSONText.Layout {
            switch self {
            case .feed, .configs, .danglingReferences: .lines
            default: .inline
            }
        }
    }

    /// What ended it early.
    var stop: RunStop? { stoppedBy.map { RunStop(text: $0, exitStatus: stoppedWith) } }
}

extension ReportedRun {
    /// - Parameter summary: The totals of the same run.
    init(_ record: RunRecord, _ summary: ReportSummary) {
        self.init(
            id: record.id, command: record.command, host: record.host, programVersion: record.programVersion,
            startedAt: record.startedAt,
            finishedAt: record.finishedAt, continued: record.continued, wasHeld: record.wasHeldByGuard,
            runBy: record.runBy, planDigest: record.planDigest, planned: record.planned, stoppedBy: record.stop?.text,
            stoppedWith: record.stop?.exitStatus?.rawValue, exitStatus: record.exitStatus?.rawValue,
            headline: Headline(record, summary).text, feed: ReportedFeed(record.feed, entries: summary.entries),
            putOff: record.putOff, usersKnownByUsername: record.usersKnownByUsername,
            configs: ReportedConfigs(record.configs, of: record.cluster), cluster: record.cluster,
            earlierTunnels: record.earlierTunnels,
            sessions: record.sessions, danglingReferences: record.danglingReferences)
    }
}

extension RunRecord.PlannedRemovalsRecord: Codable {
    private enum CodingKeys: String, JSONMembers { case firstAccounts = "first_accounts" }

    package init(from decoder: any Decoder) throws {
        extent = try PlanExtent(from: decoder)
        let members = try decoder.container(keyedBy: CodingKeys.self)
        firstAccounts = try members.decodeIfPresent([String].self, forKey: .firstAccounts) ?? []
    }

    package func encode(to encoder: any Encoder) throws {
        try extent.encode(to: encoder)
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(firstAccounts, forKey: .firstAccounts)
    }
}
