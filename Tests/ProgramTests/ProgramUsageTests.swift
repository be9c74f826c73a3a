import Foundation
import Glibc
import Testing

@testable import Support
@testable import wg_reconcile

/// What the program says to somebody who calls it in a wrong way.
@Suite("Program: wrong usage")
struct ProgramUsageTests {
    @Test(arguments: [
        (["run"], "FEED, --database, --wireguard-dir and --report-dir"),
        (["run", "feed.csv"], "--database, --wireguard-dir and --report-dir"),
        (["run", "--inbox", "in", "--report-dir", "r"], "--database and --wireguard-dir"),
        (["plan"], "FEED, --database and --wireguard-dir"),
        (["plan", "feed.csv", "--database", "d"], "--wireguard-dir"),
        (["run", "--dry-run"], "FEED, --database and --wireguard-dir"),
        (["regenerate"], "--database and --wireguard-dir"),
    ])
    func `all options that are missing are named at once`(arguments: [String], missing: String) throws {
        let result = try Program.run(arguments)
        #expect(result.status == 64)
        let verb = missing.hasPrefix("--wireguard-dir") ? "it was" : "they were"
        #expect(result.stderr.contains("cannot begin without \(missing): \(verb) not given"), "\(result.stderr)")
    }

    @Test func `what is missing can be set in three ways`() throws {
        let error = try Program.run(["run", "feed.csv", "--database", "d"]).stderr
        #expect(
            error.contains(
                """
                give --wireguard-dir and --report-dir, or set WG_RECONCILE_WIREGUARD_DIR and WG_RECONCILE_REPORT_DIR, or \
                wireguard-dir and report-dir in the configuration file
                """), "\(error)")
    }

    @Test(arguments: [
        ("mtu", "9", "a whole number from 576 to 65535"), ("max-share", "101", "a number from 0 to 100"),
        ("max-removals", "-1", "a whole number, at least 0"), ("keep-reports", "0", "a whole number from 1 to 36500"),
        ("busy-timeout", "soon", "a number from 0 to 86400"), ("commit-every", "0", "a whole number, at least 1"),
        ("max-feed-size", "1T", "a whole number of bytes, at least 1, which k, M or G may follow"),
        ("feed-owner", "no such user", "a user of this machine"),
        ("database-owner", "nobody-at-all", "a user of this machine"),
        ("accept-column", "note", "the name of a column, table.column, or several separated by commas"),
        ("time-zone", "Mars", "a time zone such as UTC or Europe/Berlin"),
    ])
    func `a value that an option does not take is told what it takes`(
        option: String, value: String, accepted: String
    ) throws {
        let result = try Program.run(["run", "feed.csv", "--\(option)=\(value)"])
        #expect(result.status == 64)
        #expect(
            result.stderr.contains("The value '\(value)' is invalid for '--\(option) <"), "\(result.stderr)")
        #expect(result.stderr.contains("': it is not \(accepted)\n"), "\(result.stderr)")

        let variable = "WG_RECONCILE_" + option.uppercased().replacing("-", with: "_")
        let byVariable = try Program.run(["run", "feed.csv"], environment: [variable: value])
        #expect(byVariable.status == 78)
        #expect(
            byVariable.stderr.contains("cannot use the variable \(variable): its value is not \(accepted)"),
            "\(byVariable.stderr)")
    }

    @Test func `the help shows the defaults`() throws {
        let help = try Program.run(["run", "--help"]).stdout.split(whereSeparator: \.isWhitespace).joined(
            separator: " ")
        for text in [
            "another process's lock. (default: 20)", "last 12 hours. (default: 500)",
            "maintenance window. (default: 110)",
            "drops nothing. (default: 400)", "multiples of 1024. (default: 1G)", "counts as behind. (default: 180)",
            "one JSON object per line. (values: text, json; default: text)",
        ] {
            #expect(help.contains(text), "\(text)")
        }
    }

    @Test(arguments: [
        ("runn", "Did you mean 'run'?"), ("Check", "Did you mean 'check'?"), ("plna", "Did you mean 'plan'?"),
        ("regenrate", "Did you mean 'regenerate'?"), ("feed.csv", "The subcommands are run, plan, remove, check, "),
        ("a\u{1B}[31m", "The subcommands are run, plan, remove, check, "),
    ])
    func `a mistyped subcommand is named, with the nearest one`(word: String, suggestion: String) throws {
        let result = try Program.run([word, "feed.csv", "--no-apply"])
        #expect(result.status == 64)
        #expect(result.stderr.hasPrefix("Error: There is no subcommand '\(printable(word))'. \(suggestion)"))
        #expect(result.stdout == "" && !result.stderr.contains("\u{1B}"))
    }

    @Test(arguments: [["plan"], ["run", "--dry-run"]])
    func `a plan needs no report folder, and is the same without one`(command: [String]) throws {
        try withControlPlane { plane in
            func plan(_ options: [String]) throws -> ProgramResult {
                try Program.run(
                    command + [
                        plane.path("feed.csv"), "--database", plane.database, "--wireguard-dir", plane.wireguard,
                    ]
                        + options)
            }
            let before = try plane.fingerprint()
            let (without, with) = (try plan([]), try plan(["--report-dir", plane.reports]))
            #expect(without.status == 1 && without.stdout.contains("would be removed"), "\(without.stderr)")
            #expect(without.stdout == with.stdout && without.status == with.status)
            #expect(try plane.fingerprint().changes(since: before) == [])
            #expect(try plan(["--report-dir", plane.path("feed.csv")]).status == 73, "one that is given is tried")
        }
    }

    @Test func `the plan of an inbox needs no report folder either`() throws {
        try withControlPlane { plane in
            try plane.makeInbox([("a.csv", try plane.read("feed.csv"))])
            let result = try Program.run([
                "plan", "--inbox", plane.inbox, "--database", plane.database, "--wireguard-dir", plane.wireguard,
            ])
            #expect(result.status == 1 && result.stdout.contains("would be removed"), "\(result.stderr)")
        }
    }

    @Test(arguments: ["every-entry-ends", "lists-everybody"])
    func `the command line turns off what the environment turns on`(option: String) throws {
        let variable = ["WG_RECONCILE_" + option.uppercased().replacing("-", with: "_"): "1"]
        try withControlPlane { plane in
            try plane.write("email\n\(plane.bystanders[0].email)\n", to: "feed.csv")
            let on = try plane.program("plan", "feed.csv", environment: variable)
            let off = try plane.program("plan", "feed.csv", ["--no-" + option], environment: variable)
            #expect(on.status == (option == "every-entry-ends" ? 0 : 65), "\(on.stderr)")
            #expect(off.status == 65, "\(off.stderr)")
        }
    }

    /// The metrics are what tells the operator of a night that did not begin.
    @Test func `metrics are written also where a variable has a wrong value`() throws {
        try withControlPlane { plane in
            let metrics = plane.path("run.prom")
            let result = try plane.program(
                "run", "feed.csv", ["--metrics-file", metrics], environment: ["WG_RECONCILE_MTU": "1"])
            #expect(result.status == 78)
            #expect(try plane.read("run.prom").contains("wg_reconcile_last_run_exit_status 78"))
        }
    }
}
