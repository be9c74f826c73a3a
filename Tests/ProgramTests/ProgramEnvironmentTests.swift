import Foundation
import Support
import Testing

@Suite("Program: options as variables")
struct ProgramEnvironmentTests {
    @Test func `everything that a run needs can stand in the environment`() throws {
        try withControlPlane { plane in
            let result = try Program.run(["run"], environment: plane.variables)
            #expect(result.status == 1)
            #expect(try plane.report().accounts.count == 19)
        }
    }

    @Test func `the fork's variables get along with the configuration file that the image has`() throws {
        let overlay = try JobFiles.read("docker/compose-fork.yml")
        let variables = overlay.matches(of: #/\n      (WG_RECONCILE_\w+): (.*)/#).map { (String($0.1), String($0.2)) }
        #expect(variables.contains { $0.0 == "WG_RECONCILE_DATABASE" })
        let check = try Program.run(
            ["check", "--no-apply", "--config", JobFiles.folder + "/config.json"],
            environment: Dictionary(uniqueKeysWithValues: variables))
        #expect(!check.stdout.contains("stands there beside the database"), "\(check.stdout)")
        #expect(check.stdout.contains("/app/database/db.sqlite3"), "\(check.stdout)")
    }

    @Test func `the command line goes first`() throws {
        try withControlPlane { plane in
            var variables = plane.variables.mapValues { $0 + "-absent" }
            variables["WG_RECONCILE_MAX_REMOVALS"] = "0"
            let stopped = try plane.program("run", "feed.csv", environment: variables)
            #expect(stopped.status == 2)
            let done = try plane.program("run", "feed.csv", ["--max-removals", "9"], environment: variables)
            #expect(done.status == 1)
        }
    }

    @Test func `an empty variable is as good as none`() throws {
        try withControlPlane { plane in
            let names = ["MAX_REMOVALS", "DRY_RUN", "FORMAT", "LOG_LEVEL", "API_KEY_FILE", "FEED_OWNER"]
            let empty = Dictionary(uniqueKeysWithValues: names.map { ("WG_RECONCILE_" + $0, "") })
            let result = try plane.program("run", "feed.csv", environment: empty)
            #expect(result.status == 1)
            #expect(plane.exists("reports/latest"))
        }
    }

    /// A variable, a value that changes how the sample's feed ends, and how.
    @Test(arguments: [
        ("MAX_REMOVALS", "1", 2, "of --max-removals"), ("MAX_SHARE", "0.5", 2, "of --max-share"),
        ("MAX_FEED_AGE", "0", 2, "of --max-feed-age"), ("FORMAT", "jsonl", 65, "not valid JSON"),
        ("PROTECT", "/nowhere", 78, "list of protected accounts"), ("API_KEY_FILE", "/nowhere", 78, "the API key"),
        ("LOG_FORMAT", "json", 1, #""message":"feed done""#), ("LOG_LEVEL", "debug", 1, "feed done"),
        ("DATABASE_OWNER", "root", 1, "report done"), ("FEED_OWNER", "0", 1, "report done"),
        ("BUSY_TIMEOUT", "1.5", 1, "report done"),
        ("ACCEPT_COLUMN", "wireguard_peer.note,wireguard_peer.blocked", 1, "report done"),
        ("COMMIT_EVERY", "1", 1, "report done"),
        ("PAUSE", "0", 1, "report done"), ("JOURNAL_DAYS", "1", 1, "report done"),
        ("KEEP_REPORTS", "1", 1, "report done"), ("NO_APPLY", "1", 1, "report done"),
        ("APPROVE", "0123", 1, "report done"), ("HMAC", "0123", 64, "cannot begin without --api-key-file"),
    ])
    func `each option has its variable`(name: String, value: String, status: Int32, says: String) throws {
        try withControlPlane { plane in
            // A feed of some seconds ago, for the limit on its age.
            plane.touch("feed.csv", UTCTime(seconds: Int64(Date().timeIntervalSince1970) - 60))
            let result = try plane.program("run", "feed.csv", environment: ["WG_RECONCILE_" + name: value])
            #expect(result.status == status)
            #expect(result.stderr.contains(says), "\(result.stderr)")
        }
    }

    @Test(arguments: [
        ("MAX_REMOVALS", "many"), ("MAX_REMOVALS", "-1"), ("MAX_SHARE", "101"), ("MAX_FEED_AGE", "a day"),
        ("FORMAT", "xml"), ("LOG_FORMAT", "xml"), ("LOG_LEVEL", "loud"), ("FEED_OWNER", "no such user"),
        ("DATABASE_OWNER", "no such user"), ("BUSY_TIMEOUT", "soon"), ("ACCEPT_COLUMN", "note"), ("COMMIT_EVERY", "0"),
        ("PAUSE", "long"),
        ("JOURNAL_DAYS", "0"), ("KEEP_REPORTS", "0"), ("DRY_RUN", "maybe"), ("SUMMARY", "2"), ("NO_APPLY", "maybe"),
        ("ALLOW_UNSAFE_PERMISSIONS", "maybe"),
    ])
    func `a variable that holds nonsense is 78, named, and nothing is removed`(name: String, value: String) throws {
        try withControlPlane { plane in
            let accounts = "SELECT name FROM wireguard_wireguardinstance"
            let before = try plane.strings(accounts)
            let result = try plane.program(
                "run", "feed.csv", looksAtInterfaces: true, environment: ["WG_RECONCILE_" + name: value])
            #expect(result.status == 78)
            #expect(result.stderr.contains("cannot use the variable WG_RECONCILE_\(name): "), "\(result.stderr)")
            #expect(try plane.strings(accounts) == before)
        }
    }

    @Test(arguments: ["1", "true", "TRUE", "yes"])
    func `a flag is on with`(value: String) throws {
        try withControlPlane { plane in
            let before = try plane.fingerprint()
            let result = try plane.program("run", "feed.csv", environment: ["WG_RECONCILE_DRY_RUN": value])
            #expect(result.status == 1)
            #expect(try plane.fingerprint().changes(since: before) == [])
        }
    }

    @Test(arguments: ["0", "false", "no"])
    func `a flag is off with`(value: String) throws {
        try withControlPlane { plane in
            _ = try plane.program("run", "feed.csv", environment: ["WG_RECONCILE_DRY_RUN": value])
            #expect(plane.exists("reports/latest"))
        }
    }

    @Test func `plan and the flags of output have their variables, too`() throws {
        try withControlPlane { plane in
            let plan = try plane.program("plan", "feed.csv", environment: ["WG_RECONCILE_JSON": "1"])
            #expect(try JSONObject(plan.stdout).value("plan_version") == 1)
            let run = try plane.program("run", "feed.csv", environment: ["WG_RECONCILE_SUMMARY": "1"])
            #expect(run.stdout.contains("Report: \(plane.reports)/"))
        }
    }
}

extension ControlPlaneFolder {
    fileprivate var variables: [String: String] {
        [
            "WG_RECONCILE_FEED": path("feed.csv"), "WG_RECONCILE_DATABASE": database,
            "WG_RECONCILE_WIREGUARD_DIR": wireguard, "WG_RECONCILE_REPORT_DIR": reports,
        ]
    }
}
