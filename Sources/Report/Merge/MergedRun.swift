import ControlPlane
import Journal
import Support
import WireGuard

/// The runs of all hosts, as a merged report describes them.
package struct MergedRun: Sendable {
    /// One host, and how its run ended.
    package struct Host: Sendable {
        package var name: String
        /// nil for a host that did not report.
        var run: ReportedRun?
        /// Why it counts as not reported; nil for a host that did report.
        package var absence: String?
        /// How many entries of its report need attention.
        package internal(set) var needingAttention = 0

        package var hasReported: Bool { run != nil }
        /// The id of its run.
        package var runID: String? { run?.id }
        /// What ended its run early.
        package var stop: RunStop? { run?.stop }
        package var isStoppedByGuard: Bool { stop?.isByGuard ?? false }
        package var cluster: ClusterRecord? { run?.cluster }
        /// Accounts of its earlier runs whose tunnel is up or unseen.
        package var earlierTunnels: TunnelCounts { run?.earlierTunnels ?? TunnelCounts() }
        package var configErrors: [String] { run?.configs.errors ?? [] }
        package var configsAreRegenerated: Bool { run?.configs.regenerated ?? false }

        /// Whether its configs are as they should be, no worker of its cluster is behind, no tunnel of an earlier run
        /// needs attention, and its run reached its end.
        var isWhole: Bool {
            guard let run else { return false }
            return run.stop == nil && run.configs.areWhole && run.cluster?.behind ?? 0 == 0 && earlierTunnels.isEmpty
        }
    }

    package var id: RunID
    package var programVersion: String
    /// When the reports were merged.
    package var mergedAt: UTCTime
    package var hosts: [Host]
    var feed: ReportedFeed

    /// When the first of the runs began; the time of the merge where none has reported.
    package var startedAt: UTCTime { hosts.compactMap { $0.run?.startedAt }.min() ?? mergedAt }

    /// The names of the hosts that did not report.
    package var missing: [String] { hosts.filter { !$0.hasReported }.map(\.name) }

    /// Whether the configs of every host were regenerated.
    var configsRegenerated: Bool { hosts.allSatisfy(\.configsAreRegenerated) }

    /// Why the merged run is incomplete, host by host; nil where every run reached its end.
    var stoppedBy: String? {
        let sentences = hosts.compactMap { host in
            (host.absence ?? host.stop?.text).map { "\(host.name): \($0)" }
        }
        return sentences.isEmpty ? nil : sentences.joined(separator: "; ")
    }

    /// The status for a guard if one stopped a host; else nil.
    var stoppedWith: ExitStatus? { hosts.contains(where: \.isStoppedByGuard) ? .stoppedByGuard : nil }

    /// 2 where a guard stopped a host, 1 where something needs attention, else 0.
    func exitStatus(_ summary: ReportSummary) -> ExitStatus {
        if let stoppedWith { return stoppedWith }
        return hosts.allSatisfy(\.isWhole) && summary.needingAttention == 0 ? .success : .attentionNeeded
    }
}
