import Journal
import Removal
import Support
import WireGuard

/// `report.json`, version 2: what the run did, the totals, and one line for each entry of the feed, in feed order.
///
/// Every member is always present and always in the same order. It is null or empty where there is nothing to report.
/// Each account takes one line, so that `grep` finds everything that the report states about it.
struct ReportDocument {
    /// The `report_version`. Adding a member does not change it.
    static let version = 2

    var record: RunRecord
    var summary: ReportSummary

    func write(_ results: some Sequence<AccountResult>, to file: inout ReportFile) throws(FileFailure) {
        var json = JSONText()
        var rowCounts = RowCounts()
        try json.object(.lines) { (json: inout JSONText) throws(FileFailure) in
            json.member("report_version", Self.version)
            json.member("run", .lines) { writeRun(in: &$0) }
            json.member("summary", .lines) { $0.members(of: summary) }
            json.key("accounts")
            try json.array(.lines) { (json: inout JSONText) throws(FileFailure) in
                for result in results {
                    json.value(result, configsRegenerated: record.configs.regenerated, rowCounts: &rowCounts)
                    try file.takeIfMany(&json.bytes)
                }
            }
        }
        json.endLine()
        try file.takeAll(&json.bytes)
    }

    private func writeRun(in json: inout JSONText) {
        json.member("id", record.id)
        json.member("host", record.host)
        json.member("program_version", record.programVersion)
        json.member("started_at", record.startedAt.rfc3339)
        json.member("finished_at", record.finishedAt.rfc3339)
        json.member("continued", record.continued)
        json.member("was_held", record.wasHeldByGuard)
        json.member(runBy: record.runBy)
        json.member("plan_digest", record.planDigest)
        json.member(planned: record.planned.extent, first: record.planned.firstAccounts)
        json.member("stopped_by", record.stoppedBy)
        json.member("stopped_with", (record.stoppedWith?.rawValue).map(Int.init))
        json.member("exit_status", (record.exitStatus?.rawValue).map(Int.init))
        json.member("headline", Headline(record, summary).text)
        json.member("feed", .lines) { writeFeed(in: &$0) }
        json.member("put_off", record.putOff)
        json.member("users_known_by_username", record.usersKnownByUsername)
        json.member("configs", .lines) { writeConfigs(in: &$0) }
        json.member(cluster: record.cluster)
        json.member("sessions") {
            $0.member("examined", record.sessions.examined)
            $0.member("unreadable", record.sessions.unreadable)
            $0.member("removed", record.sessions.removed)
        }
        json.member("dangling_references", record.danglingReferences, .lines)
    }

    private func writeFeed(in json: inout JSONText) {
        json.member("path", record.feed.path)
        json.member("format", record.feed.format?.rawValue)
        json.member("bytes", record.feed.bytes)
        json.member("sha256", record.feed.digest)
        json.member("generated_at", record.feed.generatedAt?.rfc3339)
        json.member("made_at", record.feed.madeAt?.rfc3339)
        json.member("profile", record.feed.profile)
        json.member("warnings", record.feed.warnings)
        json.member("entries", summary.entries)
    }

    private func writeLearnt(_ learnt: LearntRecord?, in json: inout JSONText) {
        json.key("application")
        guard let learnt else { return json.null() }
        json.object {
            $0.member("generation", learnt.generation)
            $0.member("releases", learnt.releases)
            $0.member("recognised_from", learnt.evidence)
            $0.member("mtu", learnt.mtu)
            $0.member("clients_reach_application", learnt.letsClientsReachApplication)
        }
    }

    private func writeConfigs(in json: inout JSONText) {
        let configs = record.configs
        json.member("regenerated", configs.regenerated)
        json.member("applied", configs.applied)
        json.member("note", configs.note)
        writeLearnt(configs.learnt, in: &json)
        json.member("written", configs.written)
        json.member("unchanged", configs.unchanged)
        json.member("deleted", configs.deleted)
        json.member("changed_otherwise", configs.changedOtherwise)
        json.member("unknown_files", configs.unknown)
        json.member("firewall_written", configs.firewallWritten)
        json.member("firewall_problems", configs.firewallProblems, .lines)
        json.member("interfaces_down", configs.live.down)
        json.member("interfaces_synced", configs.live.synced)
        json.member("interfaces_left_alone", configs.live.leftAlone)
        json.member("interfaces_unseen", configs.live.unseen)
        json.member("not_applied", configs.live.notApplied, .lines)
        json.member("firewall_run", configs.live.firewallRun)
        json.member("errors", configs.errors, .lines)
    }
}

extension JSONText {
    /// How much the plan would remove.
    mutating func member(planned extent: PlanExtent, first accounts: [String]) {
        member("planned") {
            $0.member("accounts", extent.accounts)
            $0.member("instances", extent.instances)
            $0.member("recent_accounts", extent.recentAccounts)
            $0.member("recent_instances", extent.recentInstances)
            $0.member("all_instances", extent.allInstances)
            $0.member("first_accounts", accounts)
        }
    }

    /// What the workers of the cluster did; null where there is no cluster. Each worker takes one line.
    mutating func member(cluster: ClusterRecord?) {
        key("cluster")
        guard let cluster else { return null() }
        object { json in
            json.member("config_version", Int(cluster.version))
            json.member("raised", cluster.isRaised)
            json.member("waited", cluster.wasAwaited)
            json.member("primary_enable_wireguard", cluster.primaryHasInterfaces)
            json.key("workers")
            json.array { json in
                for worker in cluster.workers { json.value(worker) }
            }
        }
    }

    private mutating func value(_ worker: ClusterRecord.Worker) {
        object { json in
            json.member("name", worker.name)
            json.member("version", worker.version.map(Int.init))
            json.member("last_seen", worker.lastSeen)
            json.member("followed", worker.hasFollowed)
            json.member("silent", worker.isSilent)
            json.member("peers_seen", worker.toldPeers)
        }
    }

    /// Who ran it.
    mutating func member(runBy: Operator?) {
        key("run_by")
        guard let runBy else { return null() }
        object {
            $0.member("user_id", Int(runBy.userID))
            $0.member("sudo_user", runBy.sudoUser)
        }
    }

    /// The members of `summary`.
    mutating func members(of summary: ReportSummary) {
        member("entries", summary.entries)
        for outcome in Outcome.allCases {
            key(escaping: outcome.rawValue)
            value(summary[outcome])
        }
        member("deferred") { json in
            json.member("entries", summary.deferredEntries)
            for outcome in Outcome.allCases {
                json.key(escaping: outcome.rawValue)
                json.value(summary[deferred: outcome])
            }
        }
        member("instances_removed", summary.instancesRemoved)
        member("peers_removed", summary.peersRemoved)
        member("users_removed", summary.usersRemoved)
        member("sessions_removed", summary.sessionsRemoved)
        member("left_behind", summary.leftBehind)
        member("needing_attention", summary.needingAttention)
        member("needing_attention_new", summary.newlyNeedingAttention)
    }
}

extension ConfigsRecord {
    /// What a reader of the report has to know about live interfaces, as a sentence.
    package var note: String {
        let main =
            switch notApplied {
            case nil: "live interfaces were brought in line with the configs"
            case .notAsked:
                "live interfaces were not touched: a removed tunnel stays up until its interface is taken down"
            case .noPrograms:
                "live interfaces were not touched, since wg is not installed here: a removed tunnel stays up until its "
                    + "interface is taken down"
            case .nothingInSight:
                "live interfaces were not touched: none of the database's can be seen from here; --netns says where "
                    + "to look"
            case .nothingInNamespace:
                "none of the database's interfaces is up in the given network namespace; "
                    + (live.firewallRun ? "the firewall script was run there" : "nothing was changed there")
            case .unseen:
                "live interfaces were not touched, since they could not be listed, or the run ended before"
            case .inPart:
                "not all live interfaces were brought in line with the configs: see "
                    + (!errors.isEmpty
                        ? "errors" : live.leftAlone.isEmpty ? "not_applied" : "interfaces_left_alone")
            }
        return ([main] + live.remarks).joined(separator: "; ")
    }
}
