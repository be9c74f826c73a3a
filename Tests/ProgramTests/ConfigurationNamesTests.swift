import Foundation
import Testing

@Suite("Program: the names of options")
struct ConfigurationNamesTests {
    /// With its places as they are here.
    private func installedFile(_ plane: ControlPlaneFolder) throws -> String {
        let text = try [
            ("/var/spool/wg-reconcile", plane.inbox),
            ("/etc/wireguard/wireguard-webadmin-db.sqlite3", plane.database), ("/etc/wireguard", plane.wireguard),
            ("/var/lib/wg-reconcile/reports", plane.reports),
        ].reduce(String(contentsOfFile: example, encoding: .utf8)) { $0.replacing($1.0, with: $1.1) }
        return try plane.write(text, to: "config.json")
    }

    @Test func `with the installed file, the unit, the cron line and commands by hand need no option`() throws {
        let service = try String(contentsOfFile: jobs + "wg-reconcile.service", encoding: .utf8)
        #expect(service.contains("\nExecStart=/usr/local/bin/wg-reconcile run\n"))
        let cron = try String(contentsOfFile: jobs + "wg-reconcile.cron", encoding: .utf8)
        #expect(cron.contains(" root wg-reconcile run || "))
        try withControlPlane { plane in
            try plane.makeInbox([("a.csv", try plane.read("feed.csv"))])
            // In place of /etc/wg-reconcile/config.json, which only root could lay down.
            let environment = try ["WG_RECONCILE_CONFIG": installedFile(plane), "WG_RECONCILE_NO_APPLY": "1"]
            func call(_ arguments: String...) throws -> ProgramResult {
                try Program.run(arguments, environment: environment)
            }
            let plan = try call("plan", plane.path("feed.csv"))
            #expect(plan.status == 1 && plan.stdout.contains("customer"), "\(plan.stderr)")
            #expect(try call("check").stdout.contains("1 feed waits in \(plane.inbox)"))
            let stopped = try Program.run(
                ["run"], environment: environment.merging(["WG_RECONCILE_MAX_REMOVALS": "1"]) { $1 })
            #expect(stopped.status == 2, "\(stopped.stderr)")
            let digest = try #require(stopped.stderr.firstMatch(of: #/--approve ([0-9a-f]{32})/#)).1
            let held = try #require(stopped.stderr.firstMatch(of: #/--approve [0-9a-f]+ (\S+)/#)).1
            let approved = try call("run", "--approve", String(digest), String(held))
            #expect(approved.status == 1, "\(approved.stderr)")
            let email = try #require(try plane.report().accounts.first { $0.outcome == "removed" }).email
            #expect(try call("history", email).stdout.contains("removed"))
        }
    }

    @Test(arguments: [
        ("WG_RECONCILE_MAX_REMOVAL", "did you mean WG_RECONCILE_MAX_REMOVALS?"),
        ("WG_RECONCILE_REPORTDIR", "did you mean WG_RECONCILE_REPORT_DIR?"),
        ("WG_RECONCILE_report_dir", "did you mean WG_RECONCILE_REPORT_DIR?"),
        ("WG_RECONCILE_", "the nearest known one is "),
    ])
    func `a misspelt variable is 78, also an empty one, and names the nearest known one`(
        name: String, hint: String
    ) throws {
        try withControlPlane { plane in
            let before = try plane.fingerprint()
            for value in ["1", ""] {
                let result = try plane.program("run", "feed.csv", environment: [name: value])
                #expect(result.status == 78)
                #expect(
                    result.stderr.contains(
                        "cannot use the variable \(name): there is no such option try=\"\(hint)"),
                    "\(result.stderr)")
            }
            #expect(try plane.fingerprint().changes(since: before) == [])
        }
    }

    /// By the level that has an inbox, then by the one that has a format: the command line, the environment, the file.
    @Test(arguments: [
        (0, 0, true), (0, 1, false), (0, 2, false), (1, 0, true), (1, 1, true), (1, 2, false), (2, 0, true),
        (2, 1, true),
        (2, 2, true),
    ])
    func `a format yields to an inbox of a stronger level, and to no other`(
        inbox: Int, format: Int, conflicts: Bool
    ) throws {
        try withControlPlane { plane in
            try plane.makeInbox([("a.csv", "email,status\nnobody@example.com,cancelled\n")])
            func given(at level: Int) -> [(option: String, value: String)] {
                (inbox == level ? [("inbox", plane.inbox)] : []) + (format == level ? [("format", "csv")] : [])
            }
            let file = try plane.configure(
                given(at: 2).map { #""\#($0.option)": "\#($0.value)""# }.joined(separator: ", "))
            let variables = given(at: 1).map { ("WG_RECONCILE_" + $0.option.uppercased(), $0.value) }
            let options = given(at: 0).map { "--\($0.option)=\($0.value)" }
            let result = try Program.run(
                ["run", "--no-apply", "--config", file] + options + plane.places,
                environment: Dictionary(uniqueKeysWithValues: variables))
            #expect(result.status == (conflicts ? 64 : 0), "\(result.stderr)")
            #expect(result.stderr.contains("cannot begin with --format: --inbox is given, too") == conflicts)
        }
    }

    /// An inbox in the environment is passed over for the feed on the command line, and takes no format along.
    @Test func `a feed has the format of any level`() throws {
        try withControlPlane { plane in
            let file = try plane.configure(#""format": "jsonl""#)
            let result = try plane.program(
                "plan", "feed.csv", ["--config", file], environment: ["WG_RECONCILE_INBOX": plane.path("in")])
            #expect(result.status == 65 && result.stderr.contains("not valid JSON"), "\(result.stderr)")
        }
    }

    private let jobs = URL(filePath: #filePath).appending(path: "../../../jobs/").standardizedFileURL.path()
    private var example: String { jobs + "config.json" }
}
