import Foundation
import TestSupport
import Testing

@testable import Feed
@testable import Journal
@testable import Reconcile
@testable import Report
@testable import Support

@Suite("A call of several feeds, where the application runs a cluster")
struct ClusterInboxTests {
    private func withInbox(_ feeds: [String], _ body: (ClusterBench, InboxRun, Shared<Int64>) throws -> Void) throws {
        try withCluster { cluster in
            let folder = cluster.bench.folder + "/inbox"
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            for (index, emails) in feeds.enumerated() {
                try cluster.bench.write(
                    "email,status\n" + emails.split(separator: " ").map { "\($0),cancelled\n" }.joined(),
                    to: "\(folder)/\(index).csv", madeAt: ClusterBench.start.adding(seconds: Int64(index) - 100))
            }
            let raises = Shared<Int64>(0)
            let surroundings = cluster.surroundings(
                { _ in
                    try cluster.ask()
                    try cluster.tell()
                },
                observe: { event in
                    if case .checkpoint(.versionRaised) = event { raises.change { $0 += 1 } }
                })
            let options = cluster.bench.options { $0.live = ClusterBench.access }
            let inbox = try Inbox(folder, wantsSignatures: false)
            try body(cluster, InboxRun(inbox, options, surroundings), raises)
        }
    }

    @Test func `tells the workers once, and every report says what they have then`() throws {
        try withInbox([ClusterBench.ann, ClusterBench.bob]) { cluster, run, raises in
            var ends: [InboxFeedEnd] = []
            let end = try run.perform(found: { _ in }, ended: { ends.append($0) })
            #expect(end.exitStatus == .success && end.waiting.isEmpty)
            #expect(raises.value == 1)
            #expect(try cluster.version == 9)
            #expect(ends.map(\.feed.name) == ["0.csv", "1.csv"] && ends.allSatisfy { $0.movedTo?.place == .done })
            for end in ends {
                guard case .success(let run) = end.run else {
                    Issue.record("\(end.run)")
                    continue
                }
                #expect(run.outcomes == [.removed] && run.results[0].tunnelDown == true)
            }
            #expect(try cluster.bench.count("wg_reconcile_run", where: "completed_at IS NULL") == 0)
        }
    }

    /// The third has the bytes of the first, whose run has still to be reported. It has a run of its own.
    @Test func `tells them once also where the same bytes lie there under two names`() throws {
        let (ann, bob) = (ClusterBench.ann, ClusterBench.bob)
        try withInbox([ann, bob, ann, "user00004@example.com"]) { cluster, run, raises in
            var runs: [FinishedRun] = []
            let end = try run.perform(
                found: { _ in },
                ended: { end in
                    if case .success(let run) = end.run { runs.append(run) }
                })
            #expect(end.exitStatus == .success && end.waiting.isEmpty)
            #expect(runs.map(\.outcomes) == [[.removed], [.removed], [.alreadyAbsent], [.removed]])
            #expect(Set(runs.map(\.record.id)).count == 4 && runs.allSatisfy { !$0.record.continued })
            #expect(raises.value == 1)
            #expect(try cluster.bench.count("wg_reconcile_run", where: "completed_at IS NULL") == 0)
            #expect(try cluster.version == 9)
        }
    }

    @Test func `reports the runs so far where a feed behind them cannot be read`() throws {
        try withInbox([ClusterBench.ann, "\"", ClusterBench.bob]) { cluster, run, raises in
            var names: [String] = []
            let end = try run.perform(
                found: { _ in }, ended: { names.append("\($0.feed.name) \($0.movedTo?.place.rawValue ?? "")") })
            #expect(names == ["0.csv done", "2.csv done", "1.csv failed"])
            #expect(end.exitStatus == .feedNotWhole && raises.value == 1)
            #expect(try cluster.version == 9)
        }
    }
}
