import Journal
import Removal
import Support

/// The `report.json` of a merged report. It has the form of a run's report, so that the same program can read both,
/// with `hosts` added to `run` and to every account.
struct MergedDocument {
    let run: MergedRun
    let summary: ReportSummary

    /// - Parameters:
    ///   - take: Called after each account, with the account and the text so far. It may take the text and empty it.
    ///   - end: Receives the rest.
    func write(
        _ fleet: Fleet, _ take: (inout [UInt8], AccountResult) throws -> Void, end: (inout [UInt8]) throws -> Void
    ) throws {
        var json = JSONText()
        var rowCounts = RowCounts()
        let regenerated = run.configsRegenerated
        try json.object(.lines) { json in
            json.member("report_version", ReportDocument.version)
            json.member("run", .lines) { writeRun(in: &$0) }
            json.member("summary", .lines) { $0.members(of: summary) }
            json.key("accounts")
            try json.array(.lines) { json in
                try fleet.forEachAccount { account in
                    json.object { json in
                        json.members(of: account.result, configsRegenerated: regenerated, rowCounts: &rowCounts)
                        json.member(hosts: account, of: fleet)
                    }
                    try take(&json.bytes, account.result)
                }
            }
        }
        json.endLine()
        try end(&json.bytes)
    }

    private var runs: [HostRun] { run.hosts.compactMap(\.run) }

    private func writeRun(in json: inout JSONText) {
        json.member("id", run.id.description)
        json.member("host", run.hosts.map(\.name).joined(separator: ", "))
        json.member("program_version", run.programVersion)
        json.member("started_at", runs.map(\.startedAt).min()?.rfc3339)
        json.member("finished_at", runs.map(\.finishedAt).max()?.rfc3339)
        json.member("continued", runs.contains(where: \.continued))
        json.member("was_held", runs.contains(where: \.wasHeld))
        // Each host has its own.
        json.member(runBy: nil)
        // A digest belongs to a plan on one database.
        json.member("plan_digest", nil as String?)
        json.member(planned: runs.reduce(PlanExtent()) { $0 + $1.planned }, first: [])
        json.member("stopped_by", run.stoppedBy)
        json.member("stopped_with", run.stoppedWith.map { Int($0.rawValue) })
        json.member("exit_status", Int(run.exitStatus(summary).rawValue))
        json.member("headline", Headline(run, summary).text)
        json.member("feed", .lines) { writeFeed(in: &$0) }
        json.member("put_off", runs.reduce(0) { $0 + $1.putOff })
        json.member("users_known_by_username", runs.reduce(0) { $0 + $1.usersKnownByUsername })
        json.member("configs", .lines) { writeConfigs(in: &$0) }
        // Each host has its own, listed with its run.
        json.member(cluster: nil)
        json.member("sessions") { json in
            json.member("examined", runs.reduce(0) { $0 + $1.sessions.examined })
            json.member("unreadable", runs.reduce(0) { $0 + $1.sessions.unreadable })
            json.member("removed", runs.reduce(0) { $0 + $1.sessions.removed })
        }
        json.member("dangling_references", named(\.danglingReferences), .lines)
        json.member("merged_at", run.mergedAt.rfc3339)
        json.member("missing_hosts", run.missing)
        json.key("hosts")
        json.array(.lines) { json in
            for host in run.hosts { json.value(host) }
        }
    }

    private func writeFeed(in json: inout JSONText) {
        json.member("path", run.feed.path)
        json.member("format", run.feed.format)
        json.member("bytes", run.feed.bytes)
        json.member("sha256", run.feed.sha256)
        json.member("generated_at", run.feed.generatedAt)
        json.member("made_at", run.feed.madeAt)
        json.member("profile", run.feed.profile)
        json.member("warnings", run.feed.warnings)
        json.member("entries", run.feed.entries)
    }

    private func writeConfigs(in json: inout JSONText) {
        json.member("regenerated", run.configsRegenerated)
        json.member("applied", run.missing.isEmpty && runs.allSatisfy(\.configs.applied))
        json.member("note", named { [$0.configs.note] }.joined(separator: "; "))
        // Each host has its own.
        json.member("application", nil as String?)
        json.member("written", named(\.configs.written))
        json.member("unchanged", runs.reduce(0) { $0 + $1.configs.unchanged })
        json.member("deleted", named(\.configs.deleted))
        json.member("changed_otherwise", named(\.configs.changedOtherwise))
        json.member("unknown_files", named(\.configs.unknownFiles))
        json.member("firewall_written", runs.contains(where: \.configs.firewallWritten))
        json.member("firewall_problems", named(\.configs.firewallProblems), .lines)
        json.member("interfaces_down", named(\.configs.interfacesDown))
        json.member("interfaces_synced", named(\.configs.interfacesSynced))
        json.member("interfaces_left_alone", named(\.configs.interfacesLeftAlone))
        json.member("interfaces_unseen", named(\.configs.interfacesUnseen))
        json.member("not_applied", named(\.configs.notApplied), .lines)
        json.member("firewall_run", runs.contains(where: \.configs.firewallRun))
        json.member("errors", named(\.configs.errors), .lines)
    }

    /// The texts of all hosts, each with its host's name.
    private func named(_ texts: (HostRun) -> [String]) -> [String] {
        run.hosts.flatMap { host in
            (host.run.map(texts) ?? []).map { "\(host.name): \($0)" }
        }
    }
}

extension JSONText {
    /// An element of `run.hosts`: how the run of one host ended.
    fileprivate mutating func value(_ host: MergedRun.Host) {
        object { json in
            json.member("name", host.name)
            json.member("reported", host.hasReported)
            json.member("absence", host.absence)
            json.member("run", host.runID)
            json.member("host", host.run?.host)
            json.member("program_version", host.run?.programVersion)
            json.member("started_at", host.run?.startedAt.rfc3339)
            json.member("finished_at", host.run?.finishedAt.rfc3339)
            json.member("continued", host.run?.continued)
            json.member("was_held", host.run?.wasHeld)
            json.member("plan_digest", host.run?.planDigest)
            json.member("stopped_by", host.stoppedBy)
            json.member("stopped_with", host.run?.stoppedWith.map(Int.init))
            json.member("needing_a_person", host.run.map { _ in host.needingAttention })
            json.member("configs_regenerated", host.run?.configs.regenerated)
            json.member("configs_applied", host.run?.configs.applied)
            json.member("configs_errors", host.configErrors)
            json.member(cluster: host.run?.cluster)
        }
    }

    /// The account's `hosts`: what each host reports of it. The outcome is null for a host that did not report.
    fileprivate mutating func member(hosts account: MergedAccount, of fleet: Fleet) {
        key("hosts")
        array { json in
            for (place, part) in zip(account.places, account.parts) {
                let host = fleet.hosts[place]
                json.object { json in
                    json.member("host", host.name)
                    json.member("outcome", part?.outcome.rawValue)
                    json.member("errors", part?.errors ?? [host.absence ?? ""])
                    json.member("tunnel_down", part?.tunnelDown)
                    json.member("tunnel_unseen", part?.isTunnelUnseen ?? false)
                    json.key("removed_items")
                    json.array { json in
                        for item in part?.removal?.items ?? [] { json.value(item) }
                    }
                    json.key("kept_restricted")
                    json.value(part?.removal?.keptRestricted ?? [])
                    json.key("left_behind")
                    json.value(part?.leftBehind)
                    json.key("earlier_removal")
                    json.value(part?.earlierRemoval)
                }
            }
        }
    }
}
