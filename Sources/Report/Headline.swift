import Journal
import Support
import WireGuard

/// A report in one sentence: what needs attention most, and what could not be checked.
struct Headline: Hashable, Sendable {
    let text: String

    init(_ main: String, unchecked: [String] = []) {
        guard let last = unchecked.last else {
            text = main
            return
        }
        let all = unchecked.count == 1 ? last : unchecked.dropLast().joined(separator: ", ") + " and " + last
        text = "\(main); \(all) \(all == "1 session" ? "was" : "were") not checked"
    }

    /// - Parameter summary: The totals of the same run.
    init(_ record: RunRecord, _ summary: ReportSummary) {
        if record.isRehearsal {
            self.init("Rehearsal, nothing was removed: " + Self.rehearsed(record, summary))
        } else {
            self.init(Self.main(record, summary), unchecked: Self.unchecked(record, summary))
        }
    }

    private static func main(_ record: RunRecord, _ summary: ReportSummary) -> String {
        if record.stop != nil {
            return summary[.removed] + summary[.partiallyRemoved] == 0
                ? "The run was stopped; nothing was removed" : "The run was stopped before its end"
        }
        return attention(summary)
            ?? record.earlierTunnels?.sentences.first
            ?? (record.configsNeedAttention ? "The configs are incomplete" : nil)
            ?? (record.workersAreBehind ? "Workers of the cluster have not followed" : nil)
            ?? (record.configs.live.notApplied.isEmpty ? nil : "An interface may have to be restarted")
            ?? "Nothing needs attention"
    }

    /// What a run would have come to.
    private static func rehearsed(_ record: RunRecord, _ summary: ReportSummary) -> String {
        if record.isStoppedByGuard { return "a guard would stop the run" }
        let accounts = record.planned.extent.accounts
        return accounts.counted("account") + " would be" + (attention(summary).map { "; \($0)" } ?? "")
    }

    /// What is wrong with accounts; nil where nothing is.
    static func attention(_ summary: ReportSummary) -> String? {
        let (people, unseen) = (summary.needingAttention, summary.tunnelsUnseen)
        guard people > 0 else { return nil }
        if unseen == people { return AccountConcern.tunnelUnseen.title(unseen) }
        let main = people.counted("entry needs", "entries need") + " attention"
        return unseen == 0 ? main : main + "; the tunnels of \(unseen.grouped) could not be seen"
    }

    /// What a run that reached its configs could not check, in a few words each.
    private static func unchecked(_ record: RunRecord, _ summary: ReportSummary) -> [String] {
        guard !record.isStoppedByGuard else { return [] }
        var unchecked: [String] = []
        switch record.configs.notApplied {
        // Where tunnels could not be seen, the sentence says so already.
        case .notAsked, .noPrograms, .nothingInSight, .unseen:
            let isSaid = summary.tunnelsUnseen > 0 || record.earlierTunnels.map { $0.up == 0 && $0.unseen > 0 } ?? false
            if !isSaid { unchecked.append("live interfaces") }
        case .nothingInNamespace, .inPart, nil: break
        }
        if let cluster = record.cluster, record.configs.notApplied == .notAsked, !cluster.workers.isEmpty {
            unchecked.append("the workers of the cluster")
        }
        if summary.leftBehind == nil { unchecked.append("leftovers of accounts") }
        if record.sessions.unreadable > 0 { unchecked.append(record.sessions.unreadable.counted("session")) }
        return unchecked
    }
}

extension RunRecord {
    var workersAreBehind: Bool { cluster?.behind ?? 0 > 0 }

    /// Configs that a run left alone because a guard stopped it do not count as a problem.
    var configsNeedAttention: Bool { !configs.errors.isEmpty || (!configs.regenerated && stop == nil && !isRehearsal) }
}
