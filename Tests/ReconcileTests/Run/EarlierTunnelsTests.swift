import Foundation
import GRDB
import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Report
@testable import Support
@testable import WireGuard

/// `wg` is not installed in these tests, so no run sees a tunnel.
@Suite("Tunnels of accounts that tonight's feed does not name")
struct EarlierTunnelsTests {
    private static let ann = "ann@example.com"
    private static let access = LiveAccess(environment: ["PATH": "/nonexistent"])

    private func withAnnRemoved(_ body: (Bench) throws -> Void) throws {
        try withBench { bench in
            try bench.work { plane in _ = try plane.account(Self.ann) }
            let first = try night(bench, [Self.ann])
            #expect(first.exitStatus == .attentionNeeded && first.tunnels == TunnelCounts(unseen: 1))
            #expect(first.record.earlierTunnels == TunnelCounts(), "its own account is an entry of the report")
            try body(bench)
        }
    }

    private func night(_ bench: Bench, _ emails: [String]) throws -> FinishedRun {
        try bench.run(emails) { $0.live = Self.access }
    }

    private func regenerate(_ bench: Bench, _ access: LiveAccess? = access) throws -> Regeneration.Result {
        try Regeneration(bench.options { $0.live = access }, .still(), silent: SilentInterfaces()).perform()
    }

    @Test(
        "need attention every night until a run has seen them gone",
        arguments: [
            (0, TunnelCounts(unseen: 1), "The tunnel of 1 account of an earlier run could not be seen", ""),
            (
                1, TunnelCounts(up: 1), "The tunnel of 1 account of an earlier run is still up",
                "; live interfaces were not checked"
            ),
        ])
    func attention(seenUp: Int, counts: TunnelCounts, headline: String, unchecked: String) throws {
        try withAnnRemoved { bench in
            try bench.execute("UPDATE wg_reconcile_outcome SET seen_up = ?", [seenUp])
            let other = try night(bench, ["nobody@example.com"])
            #expect(other.exitStatus == .attentionNeeded && other.summary.needingAttention == 0)
            #expect(other.record.earlierTunnels == counts && other.tunnels == counts)
            let page = try String(contentsOfFile: bench.reports + "/latest/report.html", encoding: .utf8)
            #expect(page.contains("<h1>\(headline)\(unchecked)</h1>") && page.contains("<h3>\(headline)</h3>"))
            let report = try String(contentsOfFile: bench.reports + "/latest/report.json", encoding: .utf8)
            #expect(report.contains(#""earlier_tunnels": {"up":\#(counts.up),"unseen":\#(counts.unseen)},"#))

            let regenerated = try regenerate(bench)
            #expect(regenerated.exitStatus == .attentionNeeded && regenerated.tunnels == counts)

            try bench.execute("UPDATE wg_reconcile_outcome SET seen_gone_at = '2026-11-24T00:00:00.000000000Z'")
            #expect(try night(bench, ["nobody@example.com"]).exitStatus == .success)
            #expect(try regenerate(bench).exitStatus == .success)
        }
    }

    @Test func `are not asked for with --no-apply`() throws {
        try withAnnRemoved { bench in
            let other = try bench.run(["nobody@example.com"])
            #expect(other.exitStatus == .success && other.tunnels == nil && other.record.earlierTunnels == nil)
            let regenerated = try regenerate(bench, nil)
            #expect(regenerated.exitStatus == .success && regenerated.tunnels == nil)
        }
    }

    @Test func `are those of runs before, not of runs after it in the same call`() throws {
        try withAnnRemoved { bench in
            try bench.work { plane in _ = try plane.account("bob@example.com") }
            let second = try night(bench, ["bob@example.com"])
            #expect(second.record.earlierTunnels == TunnelCounts(unseen: 1))
            #expect(second.tunnels == TunnelCounts(unseen: 2))
            let ids = try bench.work { plane in
                try String.fetchAll(plane.db, sql: "SELECT id FROM wg_reconcile_run ORDER BY rowid")
            }
            let counts = try bench.work { plane in
                try ids.map { id in
                    try Journal.tunnelsOfEarlierRuns(
                        than: #require(RunID(parsing: id)), Journal.Sighting(), besides: { [] }, in: plane.db)
                }
            }
            #expect(counts == [TunnelCounts(), TunnelCounts(unseen: 1)])
        }
    }

    @Test(arguments: [(true, 1), (false, 0)])
    func `a worker that was awaited and has not followed needs attention`(wasAwaited: Bool, status: Int32) {
        var configs = ConfigsRecord()
        configs.regenerated = true
        var result = Regeneration.Result(record: configs)
        result.cluster = ClusterRecord(
            version: 9, isRaised: true, wasAwaited: wasAwaited, primaryHasInterfaces: true,
            workers: [
                ClusterRecord.Worker(
                    name: "w1", version: 8, lastSeen: nil, hasFollowed: false, isSilent: false, toldPeers: false)
            ])
        #expect(result.exitStatus.rawValue == status)
    }
}
