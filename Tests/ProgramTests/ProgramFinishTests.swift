import Foundation
import Glibc
import Report
import TestSupport
import Testing

/// `--on-finish`: the program that is started when a call has ended.
@Suite("Program: --on-finish")
struct ProgramFinishTests {
    // MARK: What it is told

    @Test func `it is told what a run came to`() throws {
        try withControlPlane { plane in
            #expect(try plane.program("run", "feed.csv", plane.recordingHook()).status == 1)
            let report = try plane.report()
            let folder = plane.reports + "/" + (try plane.runs()[0])
            #expect(try plane.calls() == [["run", "1", folder]])
            let summary = try plane.summary()
            #expect(summary.command == "run" && summary.exitStatus == 1 && summary.error == nil)
            #expect(summary.tunnelsUp == nil && summary.tunnelsUnseen == nil, "nobody looked")
            let told = try #require(summary.reports.first)
            #expect(summary.reports.count == 1 && told.path == folder && told.feed == plane.path("feed.csv"))
            #expect(told.run == (try plane.runs()[0]) && told.stoppedBy == nil)
            #expect(told.needsAttention == report.summary["needing_attention"])
            #expect(summary.needsAttention == told.needsAttention && told.needsAttention > 0)
            #expect(told.counts.count == 9 && told.counts.values.reduce(0, +) == 19)
            for (outcome, count) in told.counts { #expect(count == report.summary[outcome]) }
            #expect(try !plane.read("summary.json").contains("@"), "no emails")
        }
    }

    /// What is wrong, with which options, and how the call then ends.
    @Test(arguments: [
        ("feed missing", ["--no-apply"], "absent.csv", Int32(66)), ("feed broken", [], "feed-broken.csv", 65),
        ("no database", ["--database", "/no/such"], "feed.csv", 69),
        ("a guard", ["--max-removals", "1"], "feed.csv", 2),
        ("a value of the file", ["--config", "PLANE/value.json"], "feed.csv", 78),
        ("a key of the file", ["--config", "PLANE/key.json"], "feed.csv", 78),
        ("both kinds of feeds", ["--inbox", "PLANE/inbox"], "feed.csv", 64),
        ("no report folder", ["--report-dir", "/proc/no"], "feed.csv", 73),
    ])
    func `it is told of calls that could not begin, or that a guard stopped`(
        what: String, options: [String], feed: String, status: Int32
    ) throws {
        try withControlPlane { plane in
            try plane.write(#"{"mtu": 1}"#, to: "value.json")
            try plane.write(#"{"max-removal": 1}"#, to: "key.json")
            let options = options.map { $0.replacing("PLANE", with: plane.folder) }
            let result = try plane.program("run", feed, plane.recordingHook() + options)
            #expect(result.status == status, "\(result.stderr)")
            #expect(try plane.calls().map { $0[0...1] } == [["run", "\(status)"]])
            let summary = try plane.summary()
            #expect(summary.exitStatus == status)
            let error = try #require(summary.error)
            #expect(result.stderr.contains(error.text.prefix(60)) && !error.try.isEmpty)
            #expect(summary.reports.map { $0.stoppedBy != nil } == (status == 2 ? [true] : []))
        }
    }

    @Test func `with an inbox it is started once, with all reports and the first error`() throws {
        try withControlPlane { plane in
            try plane.drop([
                ("a.csv", "email,status\nANNA,cancelled\n"), ("b.csv", ""), ("c.csv", "email,status\nBEN,cancelled\n"),
            ])
            #expect(try plane.runInbox(plane.recordingHook()).status == 65)
            let folders = try plane.runs().map { plane.reports + "/" + $0 }
            #expect(folders.count == 2)
            let summary = try plane.summary()
            // Run ids of one second have no order.
            #expect(summary.reports.map(\.path).sorted() == folders.sorted())
            #expect(try plane.calls() == [["run", "65", summary.reports.map(\.path).joined(separator: ",")]])
            #expect(summary.error?.text.contains("b.csv") == true)
        }
    }

    @Test func `remove and regenerate start it, and a plan does not`() throws {
        try withControlPlane { plane in
            let hook = try plane.recordingHook()
            #expect(try plane.remove(["ANNA"], ["--yes"] + hook).status == 0)
            let configs = ["--database", plane.database, "--wireguard-dir", plane.wireguard, "--no-apply"]
            #expect(try Program.run(["regenerate"] + configs + hook).status == 0)
            #expect(try Program.run(["regenerate", "--database", plane.database] + hook).status == 64)
            #expect(
                try plane.calls().map { $0[0...1] } == [["remove", "0"], ["regenerate", "0"], ["regenerate", "64"]])

            #expect(try plane.remove(["BEN"], ["--dry-run"] + hook).status == 0)
            #expect(try plane.program("plan", "feed.csv", hook).status == 1)
            #expect(try plane.program("run", "feed.csv", ["--dry-run"] + hook).status == 1)
            #expect(try plane.program("check", "feed.csv", ["--no-apply"] + hook).status == 0)
            #expect(try plane.calls().count == 3)
        }
    }

    @Test(.enabled(if: SchemaValidator.obstacle == nil, "\(SchemaValidator.obstacle ?? "")"))
    func `what it is told is as the schema says`() throws {
        try withControlPlane { plane in
            let hook = try plane.recordingHook()
            var summaries: [String] = []
            for (feed, options) in [("feed.csv", []), ("absent.csv", []), ("feed.csv", ["--max-removals", "0"])] {
                _ = try plane.program("run", feed, hook + options)
                summaries.append(try plane.read("summary.json"))
            }
            let schema = try Program.run(["schema", "finish"]).stdout
            #expect(try SchemaValidator.verdicts(on: summaries, by: schema) == [nil, nil, nil])
            // The schema is closed, so what it requires is all that there is.
            let fewer = summaries[0].split(separator: "\n").filter { !$0.contains("\"host\"") }.joined(separator: "\n")
            let more = summaries[0].replacing("\"counts\":{", with: "\"counts\":{\"other\":1,")
            #expect(try SchemaValidator.verdicts(on: [fewer, more], by: schema).filter { $0 == nil } == [])
        }
    }

    // MARK: When it is started

    @Test func `reports and metrics are in place, and the database is free`() throws {
        try withControlPlane { plane in
            let hook = try plane.recordingHook(
                """
                cp '\(plane.path("job.prom"))' '\(plane.path("seen.prom"))' && test -e "$RECONCILE_REPORTS/report.json" &&
                '\(Program.path)' regenerate --no-apply
                """)
            // It takes the program's options from the environment, as the call that started it.
            let variables = [
                "WG_RECONCILE_DATABASE": plane.database, "WG_RECONCILE_WIREGUARD_DIR": plane.wireguard,
                "WG_RECONCILE_REPORT_DIR": plane.reports, "WG_RECONCILE_FEED": plane.path("feed.csv"),
                "WG_RECONCILE_METRICS_FILE": plane.path("job.prom"), "WG_RECONCILE_ON_FINISH": hook[1],
            ]
            let result = try Program.run(["run", "--no-apply"], environment: variables)
            #expect(result.status == 1)
            #expect(try plane.read("seen.prom").contains("\nwg_reconcile_last_run_exit_status 1\n"))
            #expect(try plane.calls().count == 1, "the call that it starts does not start it again")
            #expect(result.stderr.contains("on-finish: 0 configs written"), "\(result.stderr)")
            #expect(result.stderr.contains("one has started this call"))
            #expect(try plane.metric("wg_reconcile_hook_failed") == 0)
        }
    }

    // MARK: What it fails with

    @Test func `what it fails with is said and counted, and changes nothing`() throws {
        try withControlPlane { plane in
            try plane.writeFeed("email,status\nANNA,cancelled\n", to: "one.csv")
            func run(_ hook: [String]) throws -> ProgramResult {
                try plane.program("run", "one.csv", hook + ["--metrics-file", plane.path("job.prom")])
            }
            let failing = try plane.hook("echo 'it says \u{1B}[31mred' >&2; yes out | head -n 50; exit 3")
            let failed = try run(failing)
            #expect(failed.status == 0)
            #expect(failed.stderr.contains("\(failing[1]): it ended with status 3 try="))
            #expect(failed.stderr.contains(#"warning: on-finish: it says \u{1B}[31mred"#))
            #expect(failed.log.count { $0.hasSuffix("warning: on-finish: out") } == 20)
            #expect(failed.stderr.contains("on-finish: more lines more=30"))
            #expect(try plane.metric("wg_reconcile_hook_failed") == 1)
            #expect(try plane.metric("wg_reconcile_last_run_exit_status") == 0)

            #expect(try run(plane.hook("kill -9 $$")).stderr.contains("hook: a signal ended it"))
            #expect(try plane.metric("wg_reconcile_hook_failed") == 1)
            #expect(try run(plane.hook("exit 0")).status == 0)
            #expect(try plane.metric("wg_reconcile_hook_failed") == 0)
        }
    }

    @Test func `one that takes too long is ended, with what it started`() throws {
        try withControlPlane { plane in
            let hook = try plane.hook(
                "echo begun; trap '' TERM; sleep 600 & echo $! >'\(plane.path("child"))'; wait; sleep 600")
            let options = hook + ["--on-finish-timeout", "3", "--metrics-file", plane.path("job.prom")]
            let result = try plane.program("run", "feed.csv", options)
            #expect(result.status == 1)
            #expect(result.stderr.contains("it took longer than 3 s and was ended"), "\(result.stderr)")
            #expect(result.stderr.contains("on-finish: begun"))
            #expect(try plane.metric("wg_reconcile_hook_failed") == 1)
            let child = try plane.read("child").trimmingCharacters(in: .newlines)
            // Where there is no such process, there is no such file.
            let state = (try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)) ?? ") Z "
            #expect(state.contains(") Z ") || state.contains(") X "))
        }
    }

    /// The mode of the program, and why it is not started. nil for one that is not there.
    @Test(
        arguments: [
            (mode_t(0o757), "cannot trust the program of --on-finish PLANE/hook: everybody can write to it"),
            (0o775, "cannot trust the program of --on-finish PLANE/hook: its group can write to it"),
            (0o644, "cannot run the program of --on-finish PLANE/hook: it is not executable"),
            (nil, "cannot run the program of --on-finish PLANE/hook: No such file or directory"),
        ] as [(mode_t?, String)])
    func `one that is not to be trusted, or cannot be, is not started`(mode: mode_t?, why: String) throws {
        try withControlPlane { plane in
            let hook = try plane.recordingHook()
            if let mode { chmod(hook[1], mode) } else { unlink(hook[1]) }
            let why = why.replacing("PLANE", with: plane.folder)
            let result = try plane.program("run", "feed.csv", hook + ["--metrics-file", plane.path("job.prom")])
            #expect(result.status == 1 && result.stderr.contains(why), "\(result.stderr)")
            #expect(try plane.calls() == [])
            #expect(try plane.metric("wg_reconcile_hook_failed") == 1)
            let check = try Check(plane, hook)
            #expect(check.status == 78 && check.contains("problem", "on-finish", why))
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a file away"))
    func `one of somebody else is not started`() throws {
        try withControlPlane { plane in
            let hook = try plane.recordingHook()
            #expect(try Check(plane, hook).contains("ok", "on-finish", "can be started"))
            chown(hook[1], 12_345, 0)
            let result = try plane.program("run", "feed.csv", hook)
            #expect(result.stderr.contains("it belongs to user 12345"))
            #expect(try plane.calls() == [])
        }
    }
}
