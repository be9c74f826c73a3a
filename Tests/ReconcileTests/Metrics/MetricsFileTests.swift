import Foundation
import Glibc
import Testing

@testable import Journal
@testable import Reconcile
@testable import Support
@testable import WireGuard

@Suite("Metrics: the file")
struct MetricsFileTests {
    private final class Folder {
        let path = NSTemporaryDirectory() + "wg-reconcile-metrics-" + UUID().uuidString
        var file: String { path + "/job.prom" }

        init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false) }
        deinit { try? FileManager.default.removeItem(atPath: path) }

        /// Writes what there is to say of a call that ended so, at this time.
        func write(_ status: Support.ExitStatus, at seconds: Int64, _ metrics: RunMetrics = RunMetrics()) throws {
            try MetricsFile(path: file).write(
                metrics, exitStatus: status, startedAt: UTCTime(seconds: seconds - 2),
                endedAt: UTCTime(seconds: seconds),
                duration: 1_234.6, database: nil)
        }

        var text: String { get throws { try String(contentsOfFile: file, encoding: .utf8) } }

        func value(_ name: String) throws -> Double? { MetricsText.value(of: name, in: try text) }
    }

    @Test func `every outcome and every guard is always there`() throws {
        let folder = try Folder()
        try folder.write(.busy, at: 1_000)
        let text = try folder.text
        for outcome in Outcome.allCases {
            #expect(text.contains("\nwg_reconcile_accounts{outcome=\"\(outcome.rawValue)\"} 0\n"))
        }
        for name in ["max_removals", "max_share", "max_feed_age"] {
            #expect(text.contains("\nwg_reconcile_guard_stops{guard=\"\(name)\"} 0\n"))
        }
        #expect(try folder.value(MetricName.exitStatus) == 75)
        #expect(try folder.value(MetricName.duration) == 1.235)
        #expect(try folder.value(MetricName.feedTime) == 0, "none was ever read, which an alert must see")
        #expect(try folder.value(MetricName.feedAge) == nil)
        #expect(!text.contains("wg_reconcile_inbox_feeds"), "there is no inbox")
    }

    @Test func `anybody may read it, whatever the umask`() throws {
        let folder = try Folder()
        let old = umask(0o077)
        defer { umask(old) }
        try folder.write(.success, at: 1_000)
        var facts = stat()
        #expect(stat(folder.file, &facts) == 0 && facts.st_mode & 0o7777 == 0o644)
    }

    @Test func `a run that fails keeps the last success`() throws {
        let folder = try Folder()
        try folder.write(.notPermitted, at: 900)
        #expect(try folder.value(MetricName.lastSuccess) == 0, "there never was one")
        try folder.write(.attentionNeeded, at: 1_000)
        for (status, time) in [
            (Support.ExitStatus.busy, Int64(2_000)), (.stoppedByGuard, 3_000), (.feedMissing, 4_000),
        ] {
            try folder.write(status, at: time)
            #expect(try folder.value(MetricName.lastSuccess) == 1_000)
            #expect(try folder.value(MetricName.lastRun) == Double(time))
        }
        try folder.write(.success, at: 5_000)
        #expect(try folder.value(MetricName.lastSuccess) == 5_000)
    }

    /// What stands in the file before a run at 10,000 that fails, and the last success that is believed.
    @Test(arguments: [
        ("wg_reconcile_last_success_timestamp_seconds 9000\n", 9_000.0),
        ("wg_reconcile_last_success_timestamp_seconds 10001\n", 0),
        ("wg_reconcile_last_success_timestamp_seconds -5\n", 0),
        ("wg_reconcile_last_success_timestamp_seconds NaN\n", 0),
        ("wg_reconcile_last_success_timestamp_seconds +Inf\n", 0),
        ("wg_reconcile_last_success_timestamp_seconds 9000 9000000\n", 0),
        ("wg_reconcile_last_success_timestamp_seconds 9000\nwg_reconcile_last_success_timestamp_seconds 1\n", 0),
        ("wg_reconcile_last_success_timestamp_seconds_more 9000\n", 0),
        ("wg_reconcile_last_success_time", 0), ("\u{0}", 0), ("", 0),
    ])
    func `the old file is read strictly`(text: String, believed: Double) throws {
        let folder = try Folder()
        try Data(text.utf8).write(to: URL(filePath: folder.file))
        try folder.write(.busy, at: 10_000)
        #expect(try folder.value(MetricName.lastSuccess) == believed)
    }

    @Test func `how tunnels and configs were left stands until a call has looked again`() throws {
        let folder = try Folder()
        let state = [
            "wg_reconcile_tunnels_still_up": 2.0, "wg_reconcile_config_errors": 3,
            "wg_reconcile_configs_regenerated": 1, "wg_reconcile_tunnels_unseen": 4,
            "wg_reconcile_not_applied": 5,
        ]
        let text = state.map { "\($0) \(Int($1))\n" }.joined() + "wg_reconcile_peers_removed 7\n"
        try Data(text.utf8).write(to: URL(filePath: folder.file))
        for (status, time) in [(Support.ExitStatus.feedNotWhole, Int64(2_000)), (.busy, 3_000)] {
            try folder.write(status, at: time)
            for (name, value) in state { #expect(try folder.value(name) == value) }
            #expect(try folder.value(MetricName.peers) == 0, "of the last call alone")
        }

        var metrics = RunMetrics()
        var configs = ConfigsRecord()
        configs.errors = ["one"]
        metrics.add(Regeneration.Result(record: configs))
        try folder.write(.attentionNeeded, at: 4_000, metrics)
        #expect(try folder.value(MetricName.configErrors) == 1)
        #expect(try folder.value(MetricName.configsRegenerated) == 0)
        #expect(try folder.value(MetricName.tunnelsUp) == 2, "it did not ask the journal")
    }

    @Test(arguments: [(nil, 4.0), (0, 0), (7, 7)] as [(Int?, Double)])
    func `how many tunnels are up or unseen is as the journal had it last`(count: Int?, left: Double) throws {
        let folder = try Folder()
        let text = "wg_reconcile_tunnels_unseen 4\nwg_reconcile_tunnels_still_up 4\n"
        try Data(text.utf8).write(to: URL(filePath: folder.file))
        var metrics = RunMetrics()
        var result = Regeneration.Result(record: ConfigsRecord())
        result.tunnels = count.map { TunnelCounts(up: $0, unseen: $0) }
        metrics.add(result)
        try folder.write(.success, at: 4_000, metrics)
        #expect(try folder.value(MetricName.tunnelsUnseen) == left)
        #expect(try folder.value(MetricName.tunnelsUp) == left)
    }

    @Test func `how the program of --on-finish ended stands until it has ended again`() throws {
        let folder = try Folder()
        func value(_ hook: RunMetrics.Hook) throws -> Double? {
            var metrics = RunMetrics()
            metrics.hook = hook
            try folder.write(.success, at: 4_000, metrics)
            return try folder.value(MetricName.hookFailed)
        }
        #expect(try value(.awaited) == 0)
        #expect(try value(.ended(failed: true)) == 1)
        #expect(try value(.awaited) == 1, "nobody knows yet")
        #expect(try value(.ended(failed: false)) == 0)
        #expect(try value(.ended(failed: true)) == 1)
        #expect(try value(.notAsked) == 0, "there is none any more")
    }

    @Test func `what is not applied stands until a call has seen the interfaces`() throws {
        let folder = try Folder()
        let looks: [(NotApplied?, [String], Double)] = [
            (.inPart, ["wg1: MTU", "wg1: Address"], 2), (.notAsked, [], 2), (.nothingInSight, [], 2), (nil, [], 0),
        ]
        for (notApplied, sentences, count) in looks {
            var configs = ConfigsRecord()
            configs.notApplied = notApplied
            configs.live.notApplied = sentences
            var metrics = RunMetrics()
            metrics.add(Regeneration.Result(record: configs))
            try folder.write(.success, at: 4_000, metrics)
            #expect(try folder.value(MetricName.notApplied) == count, "\(String(describing: notApplied))")
        }
    }

    @Test(arguments: ["-1", "0.5", "1e300", "NaN", "+Inf", "x"])
    func `a state that is no count is not believed`(value: String) throws {
        let folder = try Folder()
        try Data("wg_reconcile_config_errors \(value)\n".utf8).write(to: URL(filePath: folder.file))
        try folder.write(.busy, at: 10_000)
        #expect(try folder.value(MetricName.configErrors) == 0)
    }

    @Test func `a file that is no text is replaced`() throws {
        let folder = try Folder()
        try Data([0xff, 0xfe, 0x00]).write(to: URL(filePath: folder.file))
        try folder.write(.busy, at: 10_000)
        #expect(try folder.value(MetricName.lastSuccess) == 0)
    }

    @Test func `what a killed run left aside is cleared once it is old, and nothing else`() throws {
        let folder = try Folder()
        let names = [
            ".wg-reconcile-job.prom.0123abcd", ".wg-reconcile-other.prom.0123abcd", ".wg-reconcile-job.prom.txt",
            ".wg-reconcile-job.prom.4567abcd",
        ]
        for name in names {
            try Data().write(to: URL(filePath: folder.path + "/" + name))
            let time = timespec(tv_sec: name.contains("4567") ? 9_990 : 1_000, tv_nsec: 0)
            utimensat(AT_FDCWD, folder.path + "/" + name, [time, time], 0)
        }
        try folder.write(.success, at: 10_000)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == names[1...].sorted() + [
                "job.prom"
            ])
    }

    @Test func `a file that cannot be written is an error that says so`() throws {
        let folder = try Folder()
        let failure = #expect(throws: MetricsNotWritten.self) {
            try MetricsFile(path: folder.path + "/absent/job.prom").write(
                RunMetrics(), exitStatus: .success, startedAt: UTCTime(seconds: 1), endedAt: UTCTime(seconds: 1),
                duration: 1, database: nil)
        }
        #expect(failure?.exitStatus == .reportNotWritten)
        #expect(failure?.description.contains("No such file or directory") == true)
    }
}
