import Foundation
import Glibc
import SamplePlane
import Testing

/// `run --metrics-file`: what monitoring reads.
@Suite("Program: metrics")
struct ProgramMetricsTests {
    private func run(_ plane: ControlPlaneFolder, _ feed: String = "feed.csv", _ more: [String] = []) throws -> Int32? {
        try plane.program("run", feed, ["--no-apply", "--metrics-file", plane.path("job.prom")] + more).status
    }

    @Test func `they say what the report says`() throws {
        try withControlPlane { plane throws in
            let before = Date().timeIntervalSince1970 - 1
            #expect(try run(plane) == 1)
            let report = try plane.report()
            let outcomes = [
                "removed", "partially_removed", "already_absent", "skipped", "duplicate", "refused", "invalid",
                "failed",
                "unprocessed",
            ]
            for outcome in outcomes {
                let sample = try plane.metric("wg_reconcile_accounts{outcome=\"\(outcome)\"}")
                #expect(sample == Double(report.summary[outcome] ?? -1))
            }
            for name in ["instances_removed", "peers_removed", "users_removed", "sessions_removed"] {
                #expect(try plane.metric("wg_reconcile_\(name)") == Double(report.summary[name] ?? -1))
                #expect(report.summary[name] ?? 0 > 0)
            }
            #expect(try plane.metric("wg_reconcile_feed_entries") == 19)
            #expect(try plane.metric("wg_reconcile_last_run_exit_status") == 1)
            #expect(try plane.metric("wg_reconcile_configs_regenerated") == 1)
            #expect(try plane.metric("wg_reconcile_configs_deleted") ?? 0 > 0)
            for name in ["last_run", "last_success", "feed"] {
                #expect(try plane.metric("wg_reconcile_\(name)_timestamp_seconds") ?? 0 >= before - 86_400)
            }
            #expect(try plane.metric("wg_reconcile_last_success_timestamp_seconds") ?? 0 >= before)
            #expect(plane.mode("job.prom") == 0o644)
            #expect(try !plane.read("job.prom").contains("@"), "no emails")
        }
    }

    @Test func `words that nobody knows, accounts that were never known, and removals that wait`() throws {
        try withControlPlane { plane throws in
            func values() throws -> [Double?] {
                try ["unknown_status_entries", "absent_never_known", "deferred_put_off", "deferred_waiting"].map {
                    try plane.metric("wg_reconcile_" + $0)
                }
            }
            let first = """
                email,status,effective_at
                ANNA,cancelled,
                BEN,closed,
                CLARA,cancelled,TOMORROW
                DORA,,
                nobody@example.com,cancelled,

                """
            try plane.writeFeed(first, to: "first.csv")
            #expect(try run(plane, "first.csv") == 1)
            #expect(try values() == [1, 1, 1, 1])
            try plane.writeFeed("email,status\nANNA,cancelled\n", to: "second.csv")
            #expect(try run(plane, "second.csv") == 0)
            #expect(try values() == [0, 0, 0, 1], "an earlier run has removed ANNA")
            #expect(try run(plane, "absent.csv") == 66)
            #expect(try values() == [0, 0, 0, 1], "it still waits")
            try plane.letRemovalsComeDue()
            #expect(try run(plane, "second.csv") == 0)
            #expect(try values() == [0, 0, 0, 0])
        }
    }

    @Test func `a run without a report tells how it ended and keeps the last success`() throws {
        try withControlPlane { plane throws in
            #expect(try run(plane) == 1)
            let success = try #require(try plane.metric("wg_reconcile_last_success_timestamp_seconds"))
            for (feed, status) in [("absent.csv", 66.0), ("feed-broken.csv", 65.0)] {
                #expect(try run(plane, feed) == Int32(status))
                #expect(try plane.metric("wg_reconcile_last_run_exit_status") == status)
                #expect(try plane.metric("wg_reconcile_last_success_timestamp_seconds") == success)
                #expect(try plane.metric("wg_reconcile_accounts{outcome=\"removed\"}") == 0)
                #expect(try plane.metric("wg_reconcile_feed_timestamp_seconds") != nil, "the one that was read last")
            }
        }
    }

    @Test func `a config that is not whole stays so until a run has come to it again`() throws {
        try withControlPlane { plane throws in
            let account = Array(plane.bystanders.prefix(1))
            try plane.write(plane.feed(ending: account), to: "one.csv")
            let config = plane.path("wireguard/wg0.conf")
            _ = try? FileManager.default.removeItem(atPath: config)
            try FileManager.default.createDirectory(atPath: config, withIntermediateDirectories: false)
            #expect(try run(plane, "one.csv") == 1)
            #expect(try plane.metric("wg_reconcile_config_errors") == 1)
            for (feed, more, status) in [
                ("absent.csv", [], Int32(66)), ("feed-broken.csv", [], 65), ("feed.csv", ["--max-removals", "1"], 2),
            ] {
                #expect(try run(plane, feed, more) == status)
                #expect(try plane.metric("wg_reconcile_config_errors") == 1)
                #expect(try plane.metric("wg_reconcile_configs_regenerated") == 0)
            }
            try FileManager.default.removeItem(atPath: config)
            #expect(try run(plane, "one.csv") == 0)
            #expect(try plane.metric("wg_reconcile_config_errors") == 0)
            #expect(try plane.metric("wg_reconcile_configs_regenerated") == 1)
        }
    }

    @Test func `a file that was lost gets the last success from the journal`() throws {
        try withControlPlane { plane throws in
            #expect(try run(plane) == 1)
            try plane.execute("UPDATE wg_reconcile_run SET completed_at = '2026-01-02T03:04:05Z'")
            #expect(unlink(plane.path("job.prom")) == 0)
            #expect(try run(plane, "feed-broken.csv") == 65)
            #expect(try plane.metric("wg_reconcile_last_success_timestamp_seconds") == 1_767_323_045)
        }
    }

    @Test func `a guard by its name, and no success`() throws {
        try withControlPlane { plane throws in
            #expect(try run(plane, "feed.csv", ["--max-removals", "1"]) == 2)
            #expect(try plane.metric("wg_reconcile_guard_stops{guard=\"max_removals\"}") == 1)
            #expect(try plane.metric("wg_reconcile_guard_stops{guard=\"max_share\"}") == 0)
            #expect(try plane.metric("wg_reconcile_last_success_timestamp_seconds") == 0)
            #expect(try run(plane, "feed.csv", ["--max-share", "0.5"]) == 2)
            #expect(try plane.metric("wg_reconcile_guard_stops{guard=\"max_share\"}") == 1)
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -7_200)], ofItemAtPath: plane.path("feed.csv"))
            #expect(try run(plane, "feed.csv", ["--max-feed-age", "1"]) == 2)
            #expect(try plane.metric("wg_reconcile_guard_stops{guard=\"max_feed_age\"}") == 1)
        }
    }

    @Test func `told to stop, a run was no success`() throws {
        try withControlPlane { plane throws in
            let process = try plane.start(
                "run", "feed.csv",
                ["--commit-every", "1", "--pause", "200", "--no-apply", "--metrics-file", plane.path("job.prom")],
                environment: ["WG_RECONCILE_TEST_PAUSE": "committed"])
            try #require(try process.waitUntilStopped())
            process.send(SIGTERM)
            process.send(SIGCONT)
            #expect(try process.end().status == 1)
            #expect(try plane.metric("wg_reconcile_accounts{outcome=\"unprocessed\"}") ?? 0 > 0)
            #expect(try plane.metric("wg_reconcile_last_success_timestamp_seconds") == 0)
        }
    }

    @Test func `an inbox: all its feeds together, and what lies there afterwards`() throws {
        try withControlPlane { plane throws in
            let accounts = Array(plane.bystanders.prefix(4))
            try plane.makeInbox([
                ("a.csv", plane.feed(ending: accounts[..<1])), ("b.csv", plane.feed(ending: accounts[1...])),
                ("c.csv", ""), ("d.csv", "email,status\nnobody@example.com,cancelled\n"),
            ])
            let options = ["--max-removals", "2", "--metrics-file", plane.path("job.prom")]
            #expect(try plane.runInbox(options).status == 65)
            #expect(try plane.metric("wg_reconcile_feeds") == 3)
            #expect(try plane.metric("wg_reconcile_accounts{outcome=\"removed\"}") == 1)
            #expect(try plane.metric("wg_reconcile_accounts{outcome=\"already_absent\"}") == 1)
            #expect(try plane.metric("wg_reconcile_accounts{outcome=\"unprocessed\"}") == 3)
            for (place, count) in [("waiting", 0.0), ("unsigned", 0), ("held", 1), ("failed", 1)] {
                #expect(try plane.metric("wg_reconcile_inbox_feeds{place=\"\(place)\"}") == count)
            }

            #expect(try plane.runInbox(options).status == 0, "an empty inbox")
            #expect(try plane.metric("wg_reconcile_feeds") == 0)
            #expect(try plane.metric("wg_reconcile_inbox_feeds{place=\"held\"}") == 1)
            #expect(try plane.metric("wg_reconcile_last_success_timestamp_seconds") ?? 0 > 0)
            #expect(try plane.metric("wg_reconcile_feed_timestamp_seconds") ?? 0 > 0)
        }
    }

    @Test func `an inbox that another run is at work on: what lies there all the same`() throws {
        try withControlPlane { plane throws in
            try plane.makeInbox([("a.csv", "email,status\nnobody@example.com,cancelled\n")])
            let first = try plane.startInbox(environment: ["WG_RECONCILE_TEST_PAUSE": "planned"])
            try #require(try first.waitUntilStopped())
            #expect(try plane.runInbox(["--metrics-file", plane.path("job.prom")]).status == 75)
            #expect(try plane.metric("wg_reconcile_last_run_exit_status") == 75)
            #expect(try plane.metric("wg_reconcile_inbox_feeds{place=\"waiting\"}") == 1)
            first.send(SIGCONT)
            #expect(try first.end().status == 0)
        }
    }

    @Test func `metrics that cannot be written stop nothing, and are said`() throws {
        try withControlPlane { plane throws in
            let account = Array(plane.bystanders.prefix(1))
            try plane.write(plane.feed(ending: account), to: "one.csv")
            let result = try plane.program("run", "one.csv", ["--metrics-file", plane.path("absent/job.prom")])
            #expect(result.status == 73)
            #expect(try !plane.hasInstance(account[0].email))
            #expect(result.stderr.contains("cannot write the metrics to \(plane.path("absent/job.prom")): "))
            #expect(plane.exists("reports/latest"))
            let broken = try plane.program("run", "feed-broken.csv", ["--metrics-file", plane.path("absent/job.prom")])
            #expect(broken.status == 65, "the run's own failure goes first")
        }
    }

    @Test func `a plan writes none`() throws {
        try withControlPlane { plane throws in
            #expect(try run(plane, "feed.csv", ["--dry-run"]) == 1)
            #expect(!plane.exists("job.prom"))
        }
    }
}
