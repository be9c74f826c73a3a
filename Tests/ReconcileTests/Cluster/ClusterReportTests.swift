import Foundation
import TestSupport
import Testing

@testable import ControlPlane
@testable import Reconcile
@testable import Removal
@testable import Report
@testable import Support
@testable import WireGuard

@Suite("What is said of a cluster's workers")
struct ClusterReportTests {
    private func json(_ path: String) throws -> [String: Any] {
        let data = try Data(contentsOf: URL(filePath: path))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private func run(of report: [String: Any]) throws -> [String: Any] { try #require(report["run"] as? [String: Any]) }

    private func merge(_ path: String, of cluster: ClusterBench) throws -> FinishedMerge {
        var options = Merge.Options(
            reports: [try #require(ReportArgument(parsing: path))], programVersion: "1.2.3")
        options.reportDirectory = cluster.bench.folder + "/merged"
        return try Merge(options, .still()).perform()
    }

    @Test func `the report lists them, and a merged report has those of each host`() throws {
        try withCluster { cluster in
            try cluster.insert(worker: "w2", lastSeen: ClusterBench.start.adding(seconds: -3_600))
            try cluster.insert(worker: "off", enabled: false)
            _ = try cluster.run(
                [ClusterBench.ann],
                cluster.surroundings { _ in
                    try cluster.ask("w1")
                    try cluster.tell("w1")
                })
            let path = cluster.bench.reports + "/latest/report.json"
            let text = try String(contentsOfFile: path, encoding: .utf8)
            if SchemaValidator.obstacle == nil {
                #expect(try SchemaValidator.verdicts(on: [text], by: PublishedSchema.report.text) == [nil])
            }
            let said = try #require(try run(of: json(path))["cluster"] as? [String: Any])
            #expect(said["config_version"] as? Int == 9 && said["raised"] as? Bool == true)
            #expect(said["waited"] as? Bool == true && said["primary_enable_wireguard"] as? Bool == false)
            let workers = try #require(said["workers"] as? [[String: Any]])
            #expect(workers.map { $0["name"] as? String } == ["w1", "w2"])
            #expect(workers.map { $0["version"] as? Int } == [9, 8])
            #expect(workers.map { $0["followed"] as? Bool } == [true, false])
            #expect(workers.map { $0["silent"] as? Bool } == [false, true])
            #expect(workers.map { $0["peers_seen"] as? Bool } == [true, false])
            #expect(said["disabled_workers"] as? [String] == ["off"])
            #expect(workers[1]["last_seen"] as? String == "2026-11-23T23:00:00Z")
            let page = try String(contentsOfFile: cluster.bench.reports + "/latest/report.html", encoding: .utf8)
            #expect(page.contains("<bdi>w2</bdi>: version 8, last seen 2026-11-23T23:00:00Z, not followed"))
            #expect(page.contains("worker off is disabled: not asked"))

            _ = try merge(path, of: cluster)
            let mergedPath = cluster.bench.folder + "/merged/latest/report.json"
            if SchemaValidator.obstacle == nil {
                let text = try String(contentsOfFile: mergedPath, encoding: .utf8)
                #expect(try SchemaValidator.verdicts(on: [text], by: PublishedSchema.report.text) == [nil])
            }
            let mergedRun = try run(of: json(mergedPath))
            let hosts = try #require(mergedRun["hosts"] as? [[String: Any]])
            #expect(mergedRun["cluster"] is NSNull)
            #expect((hosts[0]["cluster"] as? NSDictionary) == said as NSDictionary)
        }
    }

    @Test func `where nothing is up on this host by its settings, the report does not say that tunnels stay up here`()
        throws
    {
        for primary in [false, true] {
            try withCluster(primary: primary) { cluster in
                let run = try cluster.run(
                    [ClusterBench.ann],
                    cluster.surroundings { _ in
                        try cluster.ask()
                        try cluster.tell()
                    })
                #expect(run.results[0].tunnelDown == (primary ? nil : true))
                let report = try self.run(of: json(cluster.bench.reports + "/latest/report.json"))
                let note = try #require((report["configs"] as? [String: Any])?["note"] as? String)
                #expect(note.contains("stays up") == primary)
                #expect(note.contains("by the application's settings, none is up on this host") != primary)
            }
        }
    }

    @Test func `a merge ends with 1 where a host's run did because a worker is behind`() throws {
        try withCluster { cluster in
            try cluster.bench.put("# an old export\n", at: "wg5.conf")
            let run = try cluster.run(
                ["nobody@example.com"], cluster.surroundings { _ in try cluster.ask(version: 8) })
            #expect(run.record.cluster?.behind == 1 && run.summary.needingAttention == 0)
            #expect(run.exitStatus == .attentionNeeded)
            let merged = try merge(cluster.bench.reports + "/latest/report.json", of: cluster)
            #expect(merged.exitStatus == .attentionNeeded)
        }
    }

    @Test func `check names those that are behind or silent`() throws {
        try withCluster { cluster in
            try cluster.insert(worker: "late", version: 7)
            try cluster.insert(worker: "gone", lastSeen: ClusterBench.start.adding(seconds: -700))
            try cluster.insert(worker: "off", enabled: false, version: 1)
            try cluster.insert(worker: "quiet")
            for worker in ["w1", "late"] { try cluster.tell(worker) }
            try cluster.tell("gone", at: ClusterBench.start.adding(seconds: -700))
            let database = try ControlPlaneDatabase(opening: cluster.bench.database, busyTimeout: 5)
            let findings = ClusterCheck.findings(database, now: ClusterBench.start)
            #expect(findings.map(\.level) == [.ok, .note, .note, .note])
            #expect(
                findings[0].detail
                    == "4 enabled workers, version 8; by its settings, no interface is up on this host; disabled, "
                    + "not asked: off"
            )
            #expect(findings[1].detail.hasPrefix("worker gone is silent, last seen at 2026-11-23T23:48:20Z"))
            #expect(findings[2].detail.hasPrefix("worker late is behind: it has version 7"))
            #expect(findings[3].detail.hasPrefix("worker quiet has never reported its peers, last seen at"))
        }
    }

    @Test
    func `check names a worker with a later version than the cluster's, as a run does, and does not escape names`()
        throws
    {
        try withCluster { cluster in
            let name = "a\n\"b\\"
            try cluster.insert(worker: name, version: 12)
            try cluster.tell()
            let database = try ControlPlaneDatabase(opening: cluster.bench.database, busyTimeout: 5)
            let findings = ClusterCheck.findings(database, now: ClusterBench.start)
            #expect(findings.map(\.level) == [.ok, .note])
            #expect(findings.last?.detail.hasPrefix("worker \(name) has version 12, and the cluster is at 8") == true)
            let run = try cluster.run([]) { $0.workersTimeLimit = 1 }
            #expect(run.record.cluster?.workers.first { $0.name == name }?.hasFollowed == false)
        }
    }

    @Test func `check says that workers may have to be told`() throws {
        try withCluster { cluster in
            try cluster.bench.execute("UPDATE wg_reconcile_cluster SET export_changed = 1")
            try cluster.tell()
            let database = try ControlPlaneDatabase(opening: cluster.bench.database, busyTimeout: 5)
            let findings = ClusterCheck.findings(database, now: ClusterBench.start)
            #expect(findings.map(\.level) == [.ok, .note])
            #expect(findings.last?.detail == "files may have changed without the workers being told")
        }
    }

    @Test func `a run that a guard stopped has waited for nobody`() throws {
        try withCluster { cluster in
            let run = try cluster.run([ClusterBench.ann, ClusterBench.bob]) {
                $0.guards.massRemoval.maxRemovals = 1
            }
            #expect(run.exitStatus == .stoppedByGuard)
            #expect(run.record.cluster?.wasAwaited == false && cluster.waited.value == 0)
        }
    }

    @Test func `check says where a schema does not tell what workers have`() throws {
        try withCluster { cluster in
            try cluster.bench.execute("ALTER TABLE cluster_workerstatus DROP COLUMN wireguard_status_updated")
            let database = try ControlPlaneDatabase(opening: cluster.bench.database, busyTimeout: 5)
            #expect(ClusterCheck.findings(database, now: ClusterBench.start).map(\.level) == [.problem])
        }
    }

    @Test func `the metrics count them, and keep that until a call has looked again`() throws {
        try withCluster { cluster in
            try cluster.insert(worker: "late")
            try cluster.insert(worker: "gone", lastSeen: ClusterBench.start.adding(seconds: -700))
            let run = try cluster.run(
                [ClusterBench.ann],
                cluster.surroundings { _ in
                    try cluster.ask("w1")
                    try cluster.tell("w1")
                })
            var metrics = RunMetrics()
            metrics.add(run)
            let file = cluster.bench.folder + "/job.prom"
            func counts(_ metrics: RunMetrics) throws -> [Double?] {
                try MetricsFile(path: file).write(
                    metrics, exitStatus: .attentionNeeded, startedAt: ClusterBench.start, endedAt: ClusterBench.start,
                    duration: 1, database: nil)
                let text = try String(contentsOfFile: file, encoding: .utf8)
                return [MetricName.workers, MetricName.workersBehind, MetricName.workersSilent].map {
                    MetricsText.value(of: $0, in: text)
                }
            }
            #expect(try counts(metrics) == [3, 1, 1])
            #expect(try counts(RunMetrics()) == [3, 1, 1])
            var unasked = RunMetrics()
            unasked.add(try cluster.bench.run([], in: cluster.surroundings()))
            #expect(try counts(unasked) == [3, 1, 1], "with --no-apply nobody waits for them")
            try cluster.bench.execute("UPDATE cluster_clustersettings SET enabled = 0")
            var without = RunMetrics()
            without.add(try cluster.regenerate())
            #expect(try counts(without) == [0, 0, 0])
        }
    }
}
