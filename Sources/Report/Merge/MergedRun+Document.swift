import ControlPlane
import Journal
import Removal
import Support
import WireGuard

/// The member `run` of a merged report: that of a run's report, and what only a merged one has.
struct ReportedMergedRun: Encodable {
    let run: ReportedRun
    let mergedAt: UTCTime
    let missingHosts: [String]
    let hosts: [ReportedHost]

    /// The members that only a merged report has, in the order in which they are written.
    private enum CodingKeys: String, JSONMembers {
        case mergedAt = "merged_at"
        case missingHosts = "missing_hosts"
        case hosts

        var layout: JSONText.Layout { self == .hosts ? .lines : .inline }
    }

    func encode(to encoder: any Encoder) throws {
        try run.encode(to: encoder)
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(mergedAt, forKey: .mergedAt)
        try members.encode(missingHosts, forKey: .missingHosts)
        try members.encode(hosts, forKey: .hosts)
    }
}

/// An element of `run.hosts`: how the run of one host ended. Nearly all is nil for a host that did not report.
struct ReportedHost: Encodable {
    let name: String
    let reported: Bool
    let absence: String?
    let run: String?
    let host: String?
    let programVersion: String?
    let startedAt: UTCTime?
    let finishedAt: UTCTime?
    let continued: Bool?
    let wasHeld: Bool?
    let planDigest: String?
    let stoppedBy: String?
    let stoppedWith: Int32?
    let needingAttention: Int?
    let configsRegenerated: Bool?
    let configsApplied: Bool?
    let configsErrors: [String]
    let application: LearntRecord?
    let cluster: ClusterRecord?
    let earlierTunnels: TunnelCounts?

    /// In the order in which they are written.
    enum CodingKeys: String, JSONMembers {
        case name, reported, absence, run, host
        case programVersion = "program_version"
        case startedAt = "started_at"
        case finishedAt = "finished_at"
        case continued
        case wasHeld = "was_held"
        case planDigest = "plan_digest"
        case stoppedBy = "stopped_by"
        case stoppedWith = "stopped_with"
        case needingAttention = "needing_a_person"
        case configsRegenerated = "configs_regenerated"
        case configsApplied = "configs_applied"
        case configsErrors = "configs_errors"
        case application, cluster
        case earlierTunnels = "earlier_tunnels"
    }

    init(_ host: MergedRun.Host) {
        let run = host.run
        name = host.name
        reported = host.hasReported
        absence = host.absence
        self.run = run?.id
        self.host = run?.host
        programVersion = run?.programVersion
        startedAt = run?.startedAt
        finishedAt = run?.finishedAt
        continued = run?.continued
        wasHeld = run?.wasHeld
        planDigest = run?.planDigest
        stoppedBy = run?.stoppedBy
        stoppedWith = run?.stoppedWith
        needingAttention = run.map { _ in host.needingAttention }
        configsRegenerated = run?.configs.regenerated
        configsApplied = run?.configs.applied
        configsErrors = host.configErrors
        application = run?.configs.application
        cluster = run?.cluster
        earlierTunnels = run?.earlierTunnels
    }
}

extension MergedRun {
    /// - Parameter summary: The totals of all hosts together.
    func reported(_ summary: ReportSummary) -> ReportedMergedRun {
        ReportedMergedRun(
            run: merged(summary), mergedAt: mergedAt, missingHosts: missing, hosts: hosts.map(ReportedHost.init))
    }

    private var runs: [ReportedRun] { hosts.compactMap(\.run) }

    /// What all hosts together have of each member.
    private func merged(_ summary: ReportSummary) -> ReportedRun {
        ReportedRun(
            id: id.description,
            command: runs.first?.command ?? .run,
            // A rehearsal is not merged.
            rehearsal: false,
            host: hosts.map(\.name).joined(separator: ", "),
            programVersion: programVersion,
            // At least one host has reported.
            startedAt: runs.map(\.startedAt).min() ?? mergedAt,
            finishedAt: runs.map(\.finishedAt).max() ?? mergedAt,
            continued: runs.contains(where: \.continued),
            wasHeld: runs.contains(where: \.wasHeld),
            // Each host has its own.
            runBy: nil,
            // A digest belongs to a plan on one database.
            planDigest: nil,
            planned: RunRecord.PlannedRemovalsRecord(runs.reduce(PlanExtent()) { $0 + $1.planned.extent }),
            stoppedBy: stoppedBy,
            stoppedWith: stoppedWith?.rawValue,
            exitStatus: exitStatus(summary).rawValue,
            headline: Headline(self, summary).text,
            feed: feed,
            putOff: sum(\.putOff),
            usersKnownByUsername: sum(\.usersKnownByUsername),
            configs: configs,
            // Each host has its own, listed with its run.
            cluster: nil,
            earlierTunnels: earlierTunnels,
            sessions: SessionsRecord(
                examined: sum(\.sessions.examined), unreadable: sum(\.sessions.unreadable),
                removed: sum(\.sessions.removed)),
            danglingReferences: named(\.danglingReferences))
    }

    /// nil where no host has them.
    private var earlierTunnels: TunnelCounts? {
        let known = runs.compactMap(\.earlierTunnels)
        return known.isEmpty ? nil : known.reduce(TunnelCounts(), +)
    }

    private var configs: ReportedConfigs {
        ReportedConfigs(
            regenerated: configsRegenerated,
            applied: missing.isEmpty && runs.allSatisfy(\.configs.applied),
            note: named { [$0.configs.note] }.joined(separator: "; "),
            // Each host has its own.
            application: nil,
            written: named(\.configs.written),
            unchanged: sum(\.configs.unchanged),
            deleted: named(\.configs.deleted),
            changedOtherwise: named(\.configs.changedOtherwise),
            unknownFiles: named(\.configs.unknownFiles),
            firewallWritten: runs.contains(where: \.configs.firewallWritten),
            firewallProblems: named(\.configs.firewallProblems),
            interfacesDown: named(\.configs.interfacesDown),
            interfacesUp: named(\.configs.interfacesUp),
            interfacesSynced: named(\.configs.interfacesSynced),
            interfacesLeftAlone: named(\.configs.interfacesLeftAlone),
            interfacesUnseen: named(\.configs.interfacesUnseen),
            notApplied: named(\.configs.notApplied),
            firewallRun: runs.contains(where: \.configs.firewallRun),
            errors: named(\.configs.errors))
    }

    private func sum(_ count: (ReportedRun) -> Int) -> Int { runs.reduce(0) { $0 + count($1) } }

    /// The texts of all hosts, each with its host's name.
    private func named(_ texts: (ReportedRun) -> [String]) -> [String] {
        hosts.flatMap { host in
            (host.run.map(texts) ?? []).map { "\(host.name): \($0)" }
        }
    }
}
