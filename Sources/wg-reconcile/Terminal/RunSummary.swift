import Journal
import Removal
import Report
import Support
import WireGuard

/// The summary at the end of a run on a terminal: first what needs attention, then what happened, then where the report
/// is.
struct RunSummary {
    private static let listed = 20

    let record: RunRecord
    let summary: ReportSummary
    /// The first ``listed`` entries that need attention.
    private let attention: [AccountResult]
    /// Where the report is; nil if there is none.
    let reportPath: String?

    init(
        _ record: RunRecord, _ results: some Sequence<AccountResult>, summary: ReportSummary? = nil, reportPath: String?
    ) {
        let summary = summary ?? ReportSummary(results)
        self.record = record
        self.reportPath = reportPath
        self.summary = summary
        attention =
            summary.needingAttention == 0 ? [] : Array(results.lazy.filter(\.needsAttention).prefix(Self.listed))
    }

    /// Lines of text, each with its line end.
    ///
    /// - Parameter colours: Whether to colour what needs attention. It is marked with `!` in any case.
    func text(colours: Bool) -> String {
        let sections = [
            heading(colours), summary.outcomeLines(colours), deferred(colours),
            summary.tunnelLines(colours) + earlierTunnels(colours), summary.removalLines, notes, configs,
            cluster(colours),
            record.isStoppedByGuard ? [] : summary.attentionLines(attention, at: record.startedAt), place,
        ]
        return sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") + "\n" }.joined(separator: "\n")
    }

    private func heading(_ colours: Bool) -> [String] {
        let seconds = max(0, record.finishedAt.seconds - record.startedAt.seconds)
        var lines = [
            "\(record.isRehearsal ? "Rehearsal" : "Run") \(printable(record.id)) on \(printable(record.host)): \(summary.entries.counted("entry", "entries")) "
                + (continuation ?? "in \(seconds) s")
        ]
        if let stop = record.stop {
            lines.append(marked("Stopped: \(printable(stop.text))", colours))
        }
        if record.isRehearsal { lines.append("Nothing was removed.") }
        if record.isStoppedByGuard || record.isRehearsal { lines += planned }
        return lines
    }

    /// What would have been removed.
    private var planned: [String] {
        let (extent, first) = (record.planned.extent, record.planned.firstAccounts)
        guard extent.accounts > 0 else { return [] }
        let more = extent.accounts - first.count
        let before = extent.recentAccounts > 0 ? "with recent removals " : ""
        return [
            "It would remove \(extent.accounts.counted("account")) and \(extent.instances.counted("instance")) of "
                + "\(extent.allInstances.grouped), \(before)\(Int(extent.share.rounded())) percent:",
            "  " + first.map(printable).joined(separator: ", ") + (more > 0 ? " and \(more.grouped) more" : ""),
        ]
    }

    private var continuation: String? {
        if record.wasHeldByGuard { return "(a guard had stopped it)" }
        return record.continued ? "(continued after it had been cut short)" : nil
    }

    /// Deferred removals, which are not entries of the feed.
    private func deferred(_ colours: Bool) -> [String] {
        guard summary.deferredEntries > 0 else { return [] }
        let counts = Outcome.allCases.compactMap { outcome in
            summary[deferred: outcome] > 0 ? "\(summary[deferred: outcome].grouped) \(outcome.rawValue)" : nil
        }
        let needsAttention = Outcome.allCases.contains { $0.needsAttention && summary[deferred: $0] > 0 }
        let line =
            "\(needsAttention ? "!" : " ") \(summary.deferredEntries.counted("deferred removal")) due now: "
            + counts.joined(separator: ", ")
        return [needsAttention ? marked(line, colours) : line]
    }

    private func earlierTunnels(_ colours: Bool) -> [String] {
        (record.earlierTunnels?.sentences ?? []).map {
            marked("! \($0): whoever has a removed key may still be connected", colours)
        }
    }

    private var notes: [String] {
        let known = record.usersKnownByUsername
        return
            (summary.restored > 0 ? ["Restored: \(summary.restored.counted("account"))"] : [])
            + (record.putOff > 0 ? ["Deferred: \(record.putOff.counted("removal")), kept until due"] : [])
            + (known > 0
                ? [
                    "Users without an email whose username is one: \(known.grouped); --match-usernames treats them as "
                        + "the accounts"
                ] : []) + record.feed.warnings.map { "Feed: " + printable($0) }
    }

    private var configs: [String] {
        let configs = record.configs
        if record.isRehearsal { return ["Configs: not looked at, because this is a rehearsal"] }
        if record.isStoppedByGuard && !configs.regenerated && configs.errors.isEmpty {
            return ["Configs: not checked, because a guard stopped the run"]
        }
        var lines = [
            "Configs: \(configs.written.count.grouped) written, \(configs.deleted.count.grouped) deleted, "
                + "\(configs.unchanged.grouped) unchanged; "
                + configs.liveSentence(of: record.cluster)
        ]
        if let learnt = configs.learnt { lines.append("  written as by \(learnt.sentence)") }
        if !configs.live.leftAlone.isEmpty {
            lines.append(
                "  interfaces left alone, whose key is of no instance with their number: "
                    + configs.live.leftAlone.map(printable).firstFew())
        }
        if !configs.live.unseen.isEmpty {
            lines.append(
                "  interfaces of somebody else that could not be read: "
                    + configs.live.unseen.map(printable).firstFew())
        }
        lines += configs.live.notApplied.map { "  not applied: " + printable($0) }
        lines += configs.live.remarks.map { "  " + printable($0) }
        if !configs.unknownConfigs.isEmpty {
            lines.append("  left alone, for no known instance: \(configs.unknownConfigs.map(printable).firstFew())")
        }
        lines += configs.unknownScripts.map { "  left alone, of an unknown release or written by somebody else: \($0)" }
        if !configs.changedOtherwise.isEmpty {
            lines.append(
                "  changed for another reason than a removal: \(configs.changedOtherwise.map(printable).firstFew())")
        }
        lines += configs.errors.map { "! " + printable($0) }
        if !configs.regenerated && configs.errors.isEmpty {
            lines.append("! not all were regenerated")
        }
        return lines + record.danglingReferences.map { "Dangling before the run: " + printable($0) }
    }

    private func cluster(_ colours: Bool) -> [String] {
        guard let cluster = record.cluster else { return [] }
        return [cluster.sentence.prefix(1).uppercased() + cluster.sentence.dropFirst()]
            + cluster.troubles.map { marked("! " + printable($0), colours) }
            + cluster.unasked.map { "  " + printable($0) }
    }

    private var place: [String] {
        [reportPath.map { "Report: " + printable($0) } ?? "There is no report."]
    }
}

extension ConfigsRecord {
    /// What happened to live interfaces, in half a sentence.
    ///
    /// - Parameter cluster: nil where there is none. By its settings, this host may have no interfaces.
    func liveSentence(of cluster: ClusterRecord?) -> String {
        switch notApplied {
        case .nothingInSight where cluster?.primaryHasInterfaces == false:
            "live interfaces: none is up on this host, by the application's settings"
        case .notAsked: "live interfaces were not touched"
        case .noPrograms: "live interfaces were not touched: wg is not installed here"
        case .nothingInSight: "live interfaces: none of the database's can be seen"
        case .nothingInNamespace:
            "live interfaces: none of the database's is up in the given network namespace"
                + (live.firewallRun ? ", firewall script run" : "")
        case .unseen: "live interfaces were not touched: they cannot be listed, or the run ended before that"
        case .inPart: "live interfaces, not all of them up to date: " + liveCounts
        case nil: "live interfaces: " + liveCounts
        }
    }

    private var liveCounts: String {
        "\(live.down.count) taken down, \(live.synced.count) updated"
            + (live.up.isEmpty ? "" : ", \(live.up.count) brought up")
            + (live.firewallRun ? ", firewall script run" : "")
    }
}
