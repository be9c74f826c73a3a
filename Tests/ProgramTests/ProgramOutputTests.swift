import Foundation
import SamplePlane
import Support
import Testing

@Suite("Program: what it says")
struct ProgramOutputTests {
    // MARK: Where nobody looks on

    @Test func `one log line for each step and for each entry that needs attention, and no output`() throws {
        try withControlPlane { plane in
            let result = try plane.program("run", "feed.csv")
            #expect(result.stdout == "")
            let steps = result.log.compactMap { $0.firstMatch(of: #/ info: (\w+) done/#) }
            #expect(steps.map { String($0.1) } == ["feed", "plan", "removal", "configs", "report"])

            let people = result.log.filter { $0.contains(" warning: entry needs attention ") }
            let expected = try plane.report().accounts.filter { ["refused", "invalid"].contains($0.outcome) }
            #expect(!expected.isEmpty)
            #expect(people.count == expected.count)
            for (line, account) in zip(people, expected) {
                #expect(line.contains(" email=\(account.email) "))
                #expect(line.contains(" outcome=\(account.outcome) "))
                let why = account.errors.joined(separator: "; ").replacing("\"", with: "\\\"")
                #expect(line.contains(" why=\"\(why)\""))
            }
            #expect(result.log.count == 5 + expected.count)
        }
    }

    @Test func `of one outcome at most twenty lines are logged, and then a count`() throws {
        try withControlPlane { plane in
            let unusable = (1...25).map { "nobody-\($0),cancelled\n" }.joined()
            try plane.write(
                "email,status\n\(unusable)\(plane.inventory.administratorEmail),cancelled\n", to: "feed.csv")
            let result = try plane.program("run", "feed.csv")
            #expect(result.status == 1)
            #expect(
                result.log.count { $0.contains(" entry needs attention ") && $0.contains(" outcome=invalid ") } == 20)
            #expect(
                result.log.count { $0.contains(" entry needs attention ") && $0.contains(" outcome=refused ") } == 1)
            let more = try #require(result.log.filter { $0.contains(" more entries need attention ") }.only)
            #expect(more.contains(" more=5 outcome=invalid report="), "\(more)")
            #expect(more.contains(try plane.report().runID))
        }
    }

    @Test func `a run that a guard stops is one line, and not one for each entry`() throws {
        try withControlPlane { plane in
            try plane.writeFeed("email,status\nANNA,cancelled\nBEN,cancelled\nCLARA,cancelled\n", to: "feed.csv")
            let result = try plane.program("run", "feed.csv", ["--max-removals", "1"])
            #expect(result.status == 2)
            #expect(!result.stderr.contains("needs attention"))
            #expect(result.log.count { $0.contains("--approve ") } == 1)
        }
    }

    @Test func `as JSON, every line is an object`() throws {
        try withControlPlane { plane in
            for options in [[], ["--max-removals", "1"], ["--busy-timeout", "1"]] {
                let result = try plane.program("run", "feed.csv", options + ["--log-format", "json"])
                #expect(result.log.count > 3)
                for line in result.log {
                    let object = try JSONObject(line)
                    #expect(UTCTime(rfc3339: try object.value("time")) != nil)
                    #expect(["info", "warning", "error"].contains(try object.value("level") as String))
                    #expect(try !(object.value("message") as String).isEmpty)
                }
            }
            let refused = try plane.program("run", "feed-broken.csv", ["--log-format", "json"])
            #expect(try JSONObject(refused.stderr).value("level") == "error")
        }
    }

    @Test func `--log-level error says nothing of a run that went through`() throws {
        try withControlPlane { plane in
            let result = try plane.program("run", "feed.csv", ["--log-level", "error"])
            #expect(result.stderr == "" && result.stdout == "" && result.status == 1)
            #expect(try plane.program("run", "feed-broken.csv", ["--log-level", "error"]).log.count == 1)
        }
    }

    @Test func `--log-level warning leaves the entries that need attention`() throws {
        try withControlPlane { plane in
            let result = try plane.program("run", "feed.csv", ["--log-level", "warning"])
            #expect(!result.log.isEmpty)
            #expect(result.log.allSatisfy { $0.contains(" warning: entry needs attention ") })
        }
    }

    @Test func `--summary prints the summary, and the log says the same as without`() throws {
        try withControlPlane { plane in
            let result = try plane.program("run", "feed.csv", ["--summary"])
            #expect(result.stdout.hasPrefix("Run "))
            #expect(result.stdout.contains("These need attention, 3 new:"))
            #expect(result.stdout.hasSuffix("Report: \(plane.reports)/\(try plane.report().runID)\n"))
            #expect(result.stderr.contains("needs attention"))
            #expect(!result.stdout.contains("\u{1B}"))
        }
    }

    @Test(arguments: ["text", "json"])
    func `a feed cannot forge a log line`(format: String) throws {
        try withControlPlane { plane in
            let forged =
                #"a\n2026-01-01T00:00:00Z error: forged\u001b[2J\u2028\r{\"level\":\"error\"}\u202e@example.com"#
            let entries = [
                #"{"email":"\#(forged)","account_id":"\#(forged)"}"#,
                #"{"email":"nobody","status":"cancelled","reason":"\#(forged)","effective_at":"\#(forged)"}"#,
            ]
            // Without a status in one and with it in the other, both are invalid.
            try plane.write("[\(entries.joined(separator: ","))]", to: "forged.json")
            for command in [["run", "--summary"], ["run"], ["plan"], ["plan", "--json"]] {
                let options = command.dropFirst() + ["--log-format", format]
                let result = try plane.program(command[0], "forged.json", Array(options))
                #expect(result.status == 1)
                for output in [result.stderr, result.stdout] {
                    #expect(!output.contains("\u{1B}") && !output.contains("\u{2028}"))
                    // In JSON, which programs read, a change of direction does no harm.
                    #expect(!output.contains("\u{202E}") || output.contains("\"level\":") || output.hasPrefix("{"))
                    #expect(!output.split(whereSeparator: \.isNewline).contains { $0.hasPrefix("2026-01-01T") })
                    #expect(!output.split(whereSeparator: \.isNewline).contains { $0.hasPrefix("{\"level\"") })
                }
            }
            #expect(try plane.report().outcomes == ["invalid", "invalid"])
            let logged = try plane.program("run", "forged.json", ["--log-format", format])
            #expect(logged.log.filter { $0.contains("needs attention") }.count == 2)
        }
    }

    // MARK: Where somebody does

    @Test func `on a terminal there is a summary and a progress bar, and no step is logged`() throws {
        try withControlPlane { plane in
            let options = ["--commit-every", "1", "--pause", "120"]
            let shown = try plane.program("run", "feed.csv", options, output: .terminal(columns: 100)).stdout
            #expect(shown.contains("\r\u{1B}[Kremoving  [█"))
            #expect(shown.contains("These need attention, 3 new:"))
            #expect(shown.contains("Report:") && shown.contains("/reports/2"))
            #expect(!shown.contains(" info: ") && !shown.contains(" warning: "))
            #expect(shown.contains("\u{1B}[1;31m"))
        }
    }

    @Test func `NO_COLOR and a plain terminal are respected`() throws {
        try withControlPlane { plane in
            let plain = try plane.program(
                "run", "feed.csv", environment: ["NO_COLOR": "1"], output: .terminal(columns: 80)
            ).stdout
            #expect(!plain.contains("\u{1B}[1;31m"))
            let dumb = try plane.program(
                "run", "feed.csv", environment: ["TERM": "dumb"], output: .terminal(columns: 80)
            ).stdout
            #expect(!dumb.contains("\u{1B}"))
        }
    }

    @Test func `on a terminal an error is one line and no summary claims a run`() throws {
        try withControlPlane { plane in
            let result = try plane.program("run", "feed-broken.csv", output: .terminal(columns: 80))
            #expect(result.status == 65)
            #expect(result.stdout.contains("Error\u{1B}[0m: cannot read the feed"))
            #expect(!result.stdout.contains("Report:"))
        }
    }

    @Test func `a plan fits the terminal that it is shown on`() throws {
        try withControlPlane { plane in
            let shown = try plane.program("plan", "feed.csv", output: .terminal(columns: 90)).stdout
            let table = shown.split(whereSeparator: \.isNewline).prefix { !$0.contains(" would be removed; ") }
            #expect(table.count == 20, "a heading and 19 entries")
            #expect(table.allSatisfy { $0.count <= 90 })
        }
    }

    // MARK: For programs

    @Test func `the plan as JSON expects what the run then reports`() throws {
        try withControlPlane { plane in
            let plan = try JSONObject(try plane.program("plan", "feed.csv", ["--json"]).stdout)
            let run = try plane.program("run", "feed.csv")
            let expected = try plan.objects("entries").map { try $0.value("expected_outcome") as String }
            #expect(try expected == plane.report().outcomes)
            #expect(try plan.value("exit_status") == Int(run.status ?? -1))
            #expect(try plan.value("accounts_to_remove") == expected.count { $0.hasSuffix("removed") })

            let second = try JSONObject(try plane.program("plan", "feed.csv", ["--json"]).stdout)
            #expect(try second.value("accounts_to_remove") == 0)
        }
    }

    @Test func `--dry-run prints what plan prints`() throws {
        try withControlPlane { plane in
            let plan = try plane.program("plan", "feed.csv")
            let dryRun = try plane.program("run", "feed.csv", ["--dry-run"])
            #expect(plan.stdout.contains("accounts and "))
            #expect(dryRun.stdout == plan.stdout)
            #expect(dryRun.status == plan.status)
        }
    }

    @Test func `a plan that a guard stops exits as the run would, and says why`() throws {
        try withControlPlane { plane in
            let plan = try plane.program("plan", "feed.csv", ["--json", "--max-removals", "1"])
            #expect(plan.status == 2)
            let document = try JSONObject(plan.stdout)
            #expect(try document.value("exit_status") == 2)
            #expect(try (document.value("stopped_by") as String).contains("--approve "))
        }
    }

    // MARK: Streams that are not there

    @Test(arguments: [["plan"], ["plan", "--json"], ["run", "--summary"]])
    func `a reader that has seen enough is no error`(command: [String]) throws {
        try withControlPlane { plane in
            let options = Array(command.dropFirst())
            let result = try plane.program(command[0], "feed.csv", options, output: .unreadPipe)
            #expect(result.ending == .exit(1))
            #expect(!result.stderr.contains("error:"))
            #expect(command[0] == "plan" || plane.exists("reports/latest"))
        }
    }

    /// What is meant for a stream that is closed must not end in a file that got its number.
    @Test func `without any open stream the run is as whole as ever, and no file gets its log`() throws {
        try withControlPlane { plane in
            let result = try plane.program("run", "feed.csv", ["--summary"], input: .closed, output: .closed)
            #expect(result.status == 1)
            #expect(try plane.read("db.sqlite3.wg-reconcile.lock").contains(#/^process \d+ since \S+\n$/#))
            let configs = try FileManager.default.contentsOfDirectory(atPath: plane.wireguard).map { "wireguard/" + $0 }
            for file in configs + ["report.json", "accounts.csv", "report.html"].map({ "reports/latest/" + $0 }) {
                let text = try plane.read(file)
                #expect(!text.contains(" info: ") && !text.contains("Report: "), "\(file)")
            }
            #expect(try plane.strings("PRAGMA integrity_check") == ["ok"])
            #expect(try plane.report().accounts.count == 19)
        }
    }

    @Test(arguments: ["csv", "json", "jsonl"])
    func `- reads standard input`(format: String) throws {
        try withControlPlane { plane in
            let input = ProgramProcess.Input.text(try plane.read("feed." + format))
            let result = try plane.program("run", "-", ["--format", format], input: input)
            #expect(result.status == 1)
            #expect(try plane.report().accounts.count == 19)
        }
    }

    @Test func `nothing on standard input is an empty feed, and no stream is none`() throws {
        try withControlPlane { plane in
            let before = try plane.fingerprint()
            #expect(try plane.program("run", "-", ["--format", "csv"]).status != 0)
            #expect(try plane.program("run", "-", ["--format", "csv"], input: .closed).status != 0)
            #expect(try plane.fingerprint().changes(since: before) == [])
        }
    }

    // MARK: Help

    @Test func `--help names every exit status and every command`() throws {
        let help = try Program.run(["--help"])
        #expect(help.status == 0)
        for status in ExitStatus.allCases {
            #expect(help.stdout.contains(" \(status.rawValue)  \(status.meaning.prefix(30))"))
        }
        for command in ["run", "plan", "regenerate", "history", "sign", "sample"] {
            #expect(help.stdout.contains("\n  \(command) "))
        }
        #expect(help.stdout.contains("wg-reconcile run  feed.csv"))
    }

    @Test func `run --help names every option`() throws {
        let help = try Program.run(["run", "--help"]).stdout
        let options = [
            "database", "wireguard-dir", "report-dir", "format", "max-removals", "max-share", "approve",
            "max-feed-age", "protect", "api-key-file", "hmac", "feed-owner", "database-owner",
            "allow-unsafe-permissions", "no-apply", "commit-every", "pause", "journal-days", "keep-reports", "dry-run",
            "summary", "log-level", "log-format", "busy-timeout", "accept-column",
        ]
        for option in options { #expect(help.contains("--" + option)) }
    }

    @Test func `--version prints a version`() throws {
        let result = try Program.run(["--version"])
        #expect(result.status == 0)
        #expect(result.stdout.contains(#/^\d+\.\d+\.\d+\n$/#))
    }
}
