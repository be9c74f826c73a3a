import Foundation
import Glibc
import Support
import Testing

/// The files in `jobs` that others run by: Prometheus and systemd.
@Suite("Jobs: alerts")
struct AlertsTests {
    /// Why promtool cannot be asked; nil where it can. With WG_RECONCILE_REQUIRE_PROMTOOL=1 it is in any case.
    static let obstacle = JobFiles.obstacle(to: "promtool", requiredBy: "WG_RECONCILE_REQUIRE_PROMTOOL")

    @Test func `every metric that the alerts ask for is one that the program writes`() throws {
        try withControlPlane { plane throws in
            try plane.makeInbox([("a.csv", "email,status\nnobody@example.com,cancelled\n")])
            #expect(try plane.runInbox(["--metrics-file", plane.path("job.prom")]).status == 0)
            let written = Set(
                try plane.read("job.prom").matches(of: #/# TYPE (\w+) gauge/#).map { String($0.1) })
            #expect(written.count == 31)
            let asked = Set(
                try JobFiles.read("alerts.yml").matches(of: #/wg_reconcile_\w+/#).map { String($0.0) })
            #expect(asked.count >= 8)
            #expect(asked.subtracting(written) == [])
            let tested = Set(
                try JobFiles.read("alerts-test.yml").matches(of: #/wg_reconcile_\w+/#).map { String($0.0) })
            #expect(tested.subtracting(written) == [])
        }
    }

    @Test func `the dashboard shows metrics that the program writes, and all that a person on call needs`() throws {
        try withControlPlane { plane throws in
            try plane.makeInbox([("a.csv", "email,status\nnobody@example.com,cancelled\n")])
            #expect(try plane.runInbox(["--metrics-file", plane.path("job.prom")]).status == 0)
            let written = Set(
                try plane.read("job.prom").matches(of: #/# TYPE (\w+) gauge/#).map { String($0.1) })
            let dashboard = try JSONSerialization.jsonObject(with: Data(JobFiles.read("grafana-dashboard.json").utf8))
            let panels = try #require((dashboard as? [String: Any])?["panels"] as? [[String: Any]])
            let expressions = panels.flatMap { $0["targets"] as? [[String: Any]] ?? [] }
                .compactMap { $0["expr"] as? String }
            let shown = Set(
                expressions.flatMap { $0.matches(of: #/wg_reconcile_\w+/#).map { String($0.0) } })
            #expect(shown.subtracting(written) == [])
            let needed = [
                "last_run_timestamp_seconds", "last_success_timestamp_seconds", "last_run_exit_status",
                "last_run_duration_seconds", "accounts", "accounts_new", "guard_stops", "tunnels_still_up",
                "tunnels_unseen", "unknown_status_entries", "absent_never_known", "deferred_put_off",
                "deferred_waiting", "workers_behind", "workers_silent", "hook_failed", "config_errors", "not_applied",
                "feed_age_seconds", "inbox_feeds",
            ].map { "wg_reconcile_" + $0 }
            #expect(Set(needed).subtracting(shown) == [])
            // Whose Prometheus it is, the reader says.
            #expect(panels.allSatisfy { ($0["datasource"] as? [String: String])?["uid"] == "${datasource}" })
        }
    }

    @Test func `every alert has a severity, a summary and a test`() throws {
        let rules = try JobFiles.read("alerts.yml").split(separator: "- alert: ").dropFirst()
        let tests = try JobFiles.read("alerts-test.yml")
        #expect(rules.count >= 6)
        for rule in rules {
            let name = String(rule.prefix { $0.isLetter })
            #expect(rule.contains("severity: critical") || rule.contains("severity: warning"), "\(name)")
            #expect(rule.contains("summary: ") && rule.contains("description: "), "\(name)")
            #expect(tests.contains("alertname: \(name)\n"), "\(name)")
        }
    }

    @Test(.enabled(if: obstacle == nil, "\(obstacle ?? "")"))
    func `promtool finds no fault with the rules, and their tests pass`() throws {
        for arguments in [["check", "rules", "alerts.yml"], ["test", "rules", "alerts-test.yml"]] {
            let path = JobFiles.folder + "/" + arguments[2]
            let result = try JobFiles.tool("promtool", Array(arguments.dropLast()) + [path])
            #expect(result.status == 0, "\(result.stdout)\(result.stderr)")
        }
    }

    @Test(.enabled(if: obstacle == nil, "\(obstacle ?? "")"))
    func `promtool finds no fault with the metrics`() throws {
        try withControlPlane { plane throws in
            let options = ["--no-apply", "--metrics-file", plane.path("job.prom")]
            #expect(try plane.program("run", "feed.csv", options).status == 1)
            let result = try JobFiles.tool("promtool", ["check", "metrics"], input: .text(plane.read("job.prom")))
            #expect(result.status == 0 && result.stderr == "", "\(result.stdout)\(result.stderr)")
        }
    }
}

@Suite("Jobs: systemd units")
struct UnitTests {
    /// Why systemd-analyze cannot be asked; nil where it can. With WG_RECONCILE_REQUIRE_SYSTEMD=1 it is in any case.
    static let obstacle = JobFiles.obstacle(to: "systemd-analyze", requiredBy: "WG_RECONCILE_REQUIRE_SYSTEMD")

    /// The units in a folder of their own, the way they are installed, and with the program that was built.
    private func withInstalledUnits(_ body: (String) throws -> Void) throws {
        let folder = NSTemporaryDirectory() + "wg-reconcile-units-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for name in ["wg-reconcile.service", "wg-reconcile.timer", "wg-reconcile-failure@.service"] {
            let text = try JobFiles.read(name).replacing("/usr/local/bin/wg-reconcile", with: Program.path)
            try Data(text.utf8).write(to: URL(filePath: folder + "/" + name))
        }
        try body(folder)
    }

    @Test(.enabled(if: obstacle == nil, "\(obstacle ?? "")"))
    func `systemd finds no fault with the units, with and without the drop-in`() throws {
        try withInstalledUnits { folder throws in
            let units = [
                "wg-reconcile.service", "wg-reconcile.timer", "wg-reconcile-failure@wg-reconcile.service.service",
            ]
            // The colon keeps the units of the machine in reach.
            let environment = ["SYSTEMD_UNIT_PATH": folder + ":"]
            for _ in 1...2 {
                let result = try JobFiles.tool(
                    "systemd-analyze",
                    ["verify", "--recursive-errors=no", "--man=no"] + units.map { folder + "/" + $0 },
                    environment: environment)
                #expect(result.status == 0 && result.stderr == "", "\(result.stderr)")
                try FileManager.default.createDirectory(
                    atPath: folder + "/wg-reconcile.service.d", withIntermediateDirectories: true)
                let dropIn = try JobFiles.read("wg-reconcile-netns.conf")
                try Data(dropIn.utf8).write(to: URL(filePath: folder + "/wg-reconcile.service.d/netns.conf"))
            }
        }
    }

    @Test(.enabled(if: obstacle == nil, "\(obstacle ?? "")"))
    func `the service's exposure is scored 3,0 or better`() throws {
        let arguments = ["security", "--offline=true", "--threshold=30", "--no-pager"]
        let path = JobFiles.folder + "/wg-reconcile.service"
        let result = try JobFiles.tool("systemd-analyze", arguments + [path])
        #expect(result.status == 0, "\(result.stdout.suffix(200))")
        // The threshold is heeded at all.
        #expect(try JobFiles.tool("systemd-analyze", arguments + ["--threshold=1", path]).status != 0)
    }

    /// It would hide /proc/net, from which iptables-legacy-save learns what there is.
    @Test func `the service sees the files of the network in /proc`() throws {
        #expect(try !JobFiles.read("wg-reconcile.service").contains("ProcSubset"))
    }

    /// Docker itself ends with 125 to 127 if there is no container to run.
    @Test(arguments: [("wg-reconcile.service", [Int32]()), ("docker/wg-reconcile.service", [125, 126, 127])])
    func `no status but 75 starts the service again`(unit: String, further: [Int32]) throws {
        let line = try #require(try JobFiles.read(unit).firstMatch(of: #/\nRestartPreventExitStatus=(.*)\n/#))
        let prevented = Set(line.1.split(separator: " ").compactMap { Int32($0) })
        #expect(prevented == Set(ExitStatus.allCases.map(\.rawValue)).subtracting([0, 75]).union(further))
    }

    @Test(.enabled(if: obstacle == nil, "\(obstacle ?? "")"))
    func `systemd finds no fault with the units of the Docker host`() throws {
        let folder = NSTemporaryDirectory() + "wg-reconcile-units-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // what cannot be deleted stays in /tmp
        let units = ["docker/wg-reconcile.service", "docker/wg-reconcile.timer", "wg-reconcile-failure@.service"]
        for unit in units {
            let text = try JobFiles.read(unit).replacing("/usr/local/bin/wg-reconcile", with: Program.path)
            let name = unit.replacing("docker/", with: "")
            try Data(text.utf8).write(to: URL(filePath: folder + "/" + name))
        }
        // Docker's own, which this machine may lack.
        try Data("[Service]\nExecStart=/bin/true\n".utf8).write(to: URL(filePath: folder + "/docker.service"))
        let result = try JobFiles.tool(
            "systemd-analyze",
            ["verify", "--recursive-errors=no", "--man=no"]
                + ["wg-reconcile.service", "wg-reconcile.timer"].map { folder + "/" + $0 },
            environment: ["SYSTEMD_UNIT_PATH": folder + ":"])
        #expect(result.status == 0 && result.stderr == "", "\(result.stderr)")
    }
}

enum JobFiles {
    static let folder = URL(filePath: #filePath).appending(path: "../../../jobs").standardizedFileURL.path()

    static func read(_ name: String) throws -> String {
        try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
    }

    /// Runs a program of the machine to its end.
    static func tool(
        _ name: String, _ arguments: [String], environment: [String: String] = [:],
        input: ProgramProcess.Input = .nothing
    ) throws -> ProgramResult {
        let path = ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"]
        return try ProgramProcess(
            name, arguments, environment: path.merging(environment) { $1 }, input: input
        ).end()
    }

    /// Why a program cannot be used; nil where it can, or where the variable says that it has to be there.
    static func obstacle(to program: String, requiredBy variable: String) -> String? {
        if ProcessInfo.processInfo.environment[variable] == "1" { return nil }
        // A program that cannot even be started is not installed.
        let status = try? tool(program, ["--version"]).status
        return status == 0 ? nil : "\(program) is not installed"
    }
}
