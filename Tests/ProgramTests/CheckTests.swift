import Foundation
import Glibc
import SamplePlane
import Support
import Testing

@Suite("Program: check")
struct CheckTests {
    /// Something that is not as it should be, and what a check says of it.
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let subject: String
        let says: String
        let options: [String]
        let spoil: @Sendable (ControlPlaneFolder) throws -> Void

        init(
            _ name: String, _ subject: String, _ says: String, _ options: [String] = [],
            _ spoil: @escaping @Sendable (ControlPlaneFolder) throws -> Void = { _ in }
        ) {
            (testDescription, self.subject, self.says, self.options, self.spoil) = (name, subject, says, options, spoil)
        }
    }

    @Test func `where all is well it says so of everything, ends with 0, and leaves nothing behind`() throws {
        try withControlPlane { plane in
            let check = try Check(plane, ["--no-apply"])
            #expect(check.status == 0)
            #expect(
                Set(check.findings.map(\.subject)) == [
                    "configuration", "user", "feed", "lock", "database", "references", "journal", "configs",
                    "live interfaces", "reports", "disk space",
                ])
            #expect(check.findings.filter { $0.level != "ok" } == [])
            let table = try plane.program("check", "feed.csv", ["--no-apply"])
            #expect(table.status == 0)
            #expect(table.stdout.contains("ok       database         \(plane.database) is intact: wireguard_webadmin"))
            #expect(table.stdout.hasSuffix("0 problems, 0 notes: a run would have everything that it needs\n"))
        }
    }

    private static let problems = [
        Case(
            "a firewall script of somebody's own", "firewall script",
            "neither the application nor wg-reconcile wrote it"
        ) {
            try $0.write("#!/bin/sh\niptables -F\n", to: "wireguard/wg-firewall.sh")
        },
        Case("a firewall script of an unknown release", "firewall script", "it matches no known release") {
            try $0.write(ControlPlaneFolder.scriptOfUnknownRelease, to: "wireguard/wg-firewall.sh")
        },
        Case("a feed that is cut off", "feed", "the quote that opens here is never closed") {
            try $0.write("email\n\"a@example.com\n", to: "feed.csv")
        },
        Case("a feed that states no removal", "feed", "nothing in the feed states that an account is to be removed") {
            try $0.write("email\na@example.com\n", to: "feed.csv")
        },
        Case(
            "a feed profile that is none", "configuration", "has to be one of columns",
            ["--feed-profile", "PLANE/profile.json"]
        ) {
            try $0.write(#"{"column": {}}"#, to: "profile.json")
        },
        Case("a word in both lists", "configuration", "it is listed both as", ["--removal-status", "active"]),
        Case("a feed that others may write", "feed", "everybody can write to it") { chmod($0.path("feed.csv"), 0o666) },
        Case("no folder for the feed", "feed", "No such file or directory", ["/no/such/feed.csv"]),
        Case("a feed of no known format", "feed", "its name ends neither in", ["feed.txt"]),
        Case("a feed without its signature", "feed", "its signature", ["--api-key-file", "/etc/hostname"]),
        Case("no key", "API key", "No such file", ["--api-key-file", "/no/such"]),
        Case("a key that others may write", "API key", "everybody can write to it", ["--api-key-file", "PLANE/key"]) {
            try $0.write("correct horse battery staple", to: "key", mode: 0o666)
        },
        Case("a key that is no file", "API key", "not a regular file", ["--api-key-file", "/dev/null"]),
        Case("no list of protected accounts", "protected accounts", "No such file", ["--protect", "/no/such"]),
        Case("no database", "database", "there is no such file", ["--database", "/no/such"]),
        Case("another file", "database", "it is not an SQLite database", ["--database", "/etc/passwd"]),
        Case("a database that others may write", "database", "its group can write to it") { chmod($0.database, 0o660) },
        Case("another application's database", "database", "missing: table wireguard_peerstatus") {
            try $0.execute("DROP TABLE wireguard_peerstatus")
        },
        Case("a damaged database", "database", "the database is corrupt") { try $0.spoilDatabase() },
        Case("no folder of configs", "configs", "No such file", ["--wireguard-dir", "/no/such"]),
        Case(
            "configs that all differ", "configs", "configs differ from the database; it is probably not the folder",
            ["--mtu", "1400"]),
        Case("configs that differ or are missing", "configs", "configs differ from the database, ") {
            for name in try $0.configs().dropFirst(3) { try FileManager.default.removeItem(atPath: name) }
            for name in try $0.configs() { try $0.write("[Interface]\n", to: "wireguard/" + FileSystem.name(of: name)) }
        },
        Case("an empty folder", "configs", "configs of the database is in ") {
            for name in try $0.configs() { try FileManager.default.removeItem(atPath: name) }
        },
        Case("an empty folder, of the only instance", "configs", "the only config of the database is not in ") {
            for name in try $0.configs() { try FileManager.default.removeItem(atPath: name) }
            try $0.execute("DELETE FROM wireguard_wireguardinstance WHERE instance_id <> 1")
        },
        Case(
            "a config with a key that is none of the database's", "configs",
            "that no instance of the database has, or none and other peers: wg1.conf"
        ) {
            try $0.write(
                "[Interface]\nPrivateKey = \(SampleKeyPair.another.privateKey)\n", to: "wireguard/wg1.conf")
        },
        Case("the folder of other instances", "configs", ", and there are 1 of no known instance") {
            for name in try $0.configs() { try FileManager.default.removeItem(atPath: name) }
            try $0.write("[Interface]\n", to: "wireguard/wg999.conf")
        },
        Case("the folder of another control plane", "configs", "it is probably another control plane's: ") {
            for (index, name) in try $0.configs().enumerated() {
                var random = SplitMix64(seed: UInt64(90_000 + index))
                let key = SampleKeyPair(using: &random).privateKey
                try $0.write(
                    "[Interface]\nPrivateKey = \(key)\n[Peer]\nPublicKey = STRANGE=\n",
                    to: "wireguard/" + FileSystem.name(of: name))
            }
        },
        Case("a file for the configs' folder", "configs", "Not a directory", ["--wireguard-dir", "/etc/passwd"]),
        Case("a key with a line end", "configs", "private_key holds a control character") {
            try $0.execute("UPDATE wireguard_wireguardinstance SET private_key = 'x' || char(10) WHERE instance_id = 1")
        },
        Case("no folder above the reports'", "reports", "No such file", ["--report-dir", "/no/such/reports"]),
        Case("something in the place of the link", "reports", "File exists") {
            try FileManager.default.createDirectory(
                atPath: $0.path("reports/latest"), withIntermediateDirectories: true)
        },
        Case("no folder for the metrics", "metrics", "No such file", ["--metrics-file", "/no/such/run.prom"]),
        Case("no such network namespace", "live interfaces", "there is no such namespace", ["--netns", "/no/such"]),
        Case("a clock that is behind", "clock", "the run 20990101T000000Z-00000000 began later than that") {
            try $0.addRun("20990101T000000Z-00000000", startedAt: "2099-01-01T00:00:00Z", feed: "x", isComplete: true)
        },
    ]

    @Test(arguments: problems)
    func `a problem is found, and ends with 78`(broken: Case) throws {
        try withControlPlane { plane in
            try broken.spoil(plane)
            let check = try Check(
                plane, broken.options.map { $0.replacing("PLANE", with: plane.folder) },
                path: broken.subject == "live interfaces" ? .withPrograms : .none)
            #expect(check.status == 78)
            #expect(check.findings.contains { $0.level == "problem" && $0.subject == broken.subject })
            #expect(check.contains("problem", broken.subject, broken.says), "\(check.findings)")
            #expect(check.findings.allSatisfy { $0.level != "problem" || $0.advice?.isEmpty == false })
        }
    }

    private static let notes = [
        Case("no feed yet", "feed", "there is none at ", ["absent.csv"]),
        Case("a feed on standard input", "feed", "it comes on standard input", ["-"]),
        Case("unknown status words", "feed", #"unknown status words: "expired" (2 entries)"#) {
            try $0.write("email,status\na@example.com,expired\nb@example.com,expired\n", to: "feed.csv")
        },
        Case("ids that a spreadsheet has shortened", "feed", "1 id is in scientific notation, the first on line 2") {
            try $0.write("account_id,email,status\n1.91E+18,a@example.com,cancelled\n", to: "feed.csv")
        },
        Case("users who are known by their usernames", "database", "1 user has no email, but an email as username") {
            try $0.execute("UPDATE auth_user SET username = email, email = '' WHERE email = ?", [$0.email("ANNA")])
        },
        Case("an old feed", "feed", "older than --max-feed-age", ["--max-feed-age", "1"]) {
            $0.touch("feed.csv", UTCTime(seconds: 1_700_000_000))
        },
        Case("an unknown table", "references", "the table crm_contract, which wg-reconcile does not know, refers") {
            try $0.execute("CREATE TABLE crm_contract (owner INTEGER REFERENCES auth_user (id))")
        },
        Case("a dangling reference", "references", "1 row of user_manager_useracl refers to a missing row") {
            try $0.execute(
                """
                INSERT INTO user_manager_useracl (uuid, user_id, user_level, enable_reload, enable_restart, \
                enable_console, enable_enhanced_filter, created, updated) \
                VALUES ('00', 999999, 10, 0, 0, 0, 0, '2026-01-01', '2026-01-01')
                """)
        },
        Case("a config of no known instance", "configs", "left alone: wg999.conf") {
            try $0.write("[Interface]\n", to: "wireguard/wg999.conf")
        },
        Case("a config that somebody changed", "configs", "1 of ") { try $0.write("\n", to: "wireguard/wg1.conf") },
        Case(
            "a firewall script of somebody's own, which is to stay", "firewall script", "is left alone",
            ["--keep-firewall"]
        ) {
            try $0.write("#!/bin/sh\niptables -F\n", to: "wireguard/wg-firewall.sh")
        },
        Case("a run that was cut short, of this feed", "journal", "the current feed continues it") {
            try $0.addRun(
                "20260101T000000Z-00000000", startedAt: "2026-01-01T00:00:00Z",
                feed: SHA256.digest(of: Array($0.read("feed.csv").utf8)).hexDigits)
        },
        Case("a run that was cut short, of another", "journal", "was cut short, or stopped by a guard") {
            try $0.addRun("20260101T000000Z-00000000", startedAt: "2026-01-01T00:00:00Z", feed: "x")
        },
    ]

    @Test(arguments: [Check.Programs.none, .withPrograms])
    func `interfaces that a run could not see are a problem, since every removal would end with 1`(
        programs: Check.Programs
    ) throws {
        try withControlPlane { plane throws in
            let check = try Check(plane, path: programs, looksAtInterfaces: true)
            #expect(check.status == 78)
            let says = programs == .none ? "wg is not installed here" : "is up here"
            #expect(check.contains("problem", "live interfaces", says), "\(check.findings)")
            #expect(check.contains("problem", "live interfaces", "with 1"), "\(check.findings)")
        }
    }

    @Test(arguments: notes)
    func `what a night can do with is a note, and ends with 0`(odd: Case) throws {
        try withControlPlane { plane in
            try odd.spoil(plane)
            let check = try Check(plane, odd.options)
            #expect(check.status == 0)
            #expect(check.contains("note", odd.subject, odd.says), "\(check.findings)")
        }
    }

    @Test func `an inbox is looked at, and the feed that a run would begin with`() throws {
        try withControlPlane { plane in
            try FileManager.default.createDirectory(atPath: plane.path("in"), withIntermediateDirectories: false)
            let options = ["--inbox", plane.path("in"), "--metrics-file", plane.path("run.prom")]
            let empty = try Check(plane, options)
            #expect(empty.status == 0)
            #expect(empty.contains("note", "inbox", "no feed waits in "))
            #expect(empty.contains("ok", "metrics", "the file can be written"))

            try plane.write("email,status\nnobody@example.com,cancelled\n", to: "in/a.csv")
            try plane.write("", to: "in/readme.txt")
            let waiting = try Check(plane, options)
            #expect(waiting.status == 0)
            #expect(waiting.contains("ok", "inbox", "1 feed waits in "))
            #expect(waiting.contains("note", "inbox", "readme.txt would be left alone"))
            #expect(waiting.contains("ok", "feed", "in/a.csv is complete: 1 entry"))

            try plane.write("", to: "in/done")
            #expect(try Check(plane, options).contains("problem", "inbox", "Not a directory"))
            let conflicting = try Check(plane, options + ["--format", "csv"])
            #expect(conflicting.contains("problem", "configuration", "--inbox is given, too"))
            #expect(try Check(plane, ["--inbox", "/no/such"]).contains("problem", "inbox", "No such file"))
        }
    }

    @Test func `it goes on after a problem, so that one look tells all`() throws {
        try withControlPlane { plane in
            let file = try plane.write(#"{"max-removal": 1, "mtu": 0, "protect": "/no/such"}"#, to: "config.json")
            let options = ["--config", file, "--report-dir", "/no/such/reports", "--wireguard-dir", "/no/such"]
            let check = try Check(plane, options, environment: ["WG_RECONCILE_PROTECTED": "x"])
            #expect(check.status == 78)
            let problems = check.findings.filter { $0.level == "problem" }
            #expect(
                problems.map(\.subject) == [
                    "configuration", "configuration", "configuration", "protected accounts", "configs", "reports",
                ])
            #expect(check.contains("problem", "configuration", "max-removal of \(file)"))
            #expect(check.contains("ok", "configuration", "\(file) is read: 3 options"))
            #expect(check.contains("ok", "database", "can be written"))
        }
    }

    @Test func `what is not given at all is a problem each`() throws {
        let check = try Program.run(["check", "--no-apply"])
        #expect(check.status == 78)
        for name in ["FEED", "--database", "--wireguard-dir", "--report-dir"] {
            #expect(check.stdout.contains("cannot begin without \(name): it was not given"))
        }
        #expect(
            try Program.run(["check", "--config", "/no/such"]).stdout.contains("cannot read the configuration file"))
    }

    @Test func `a database that another process keeps locked is a problem`() throws {
        try withControlPlane { plane in
            let other = try Locker(plane.database)
            let check = try Check(plane, ["--busy-timeout", "0.1"])
            #expect(check.contains("problem", "database", "another process kept it locked"))
            other.release()
            #expect(try Check(plane).status == 0)
        }
    }

    @Test func `a run at work is a note, and goes on undisturbed`() throws {
        try withControlPlane { plane in
            let run = try plane.start("run", "feed.csv", environment: ["WG_RECONCILE_TEST_PAUSE": "planned"])
            #expect(try run.waitUntilStopped())
            let check = try Check(plane)
            #expect(check.status == 0)
            #expect(check.contains("note", "lock", "another run is in progress: process \(run.pid) since"))
            run.send(SIGCONT)
            #expect(try run.end().status == 1)
            #expect(try Check(plane).contains("ok", "lock", "no other run is in progress"))
        }
    }

    @Test(.enabled(if: SmallDisk.obstacle == nil, "\(SmallDisk.obstacle ?? "")"))
    func `folders on a read-only file system are problems, also for root`() throws {
        try withControlPlane { plane in
            try FileManager.default.createDirectory(atPath: plane.reports, withIntermediateDirectories: false)
            for (folder, subject) in [
                (plane.wireguard, "configs"), (plane.reports, "reports"), (plane.folder, "database"),
            ] {
                try SmallDisk.readOnly(folder) {
                    let check = try Check(plane, leaves: .anything)
                    let found = check.findings.filter { $0.level == "problem" && $0.subject == subject }
                    #expect(found.contains { $0.advice?.contains("ReadWritePaths=") == true }, "\(subject): \(found)")
                }
            }
        }
    }

    @Test(.enabled(if: SmallDisk.obstacle == nil, "\(SmallDisk.obstacle ?? "")"))
    func `a plan needs no folder of configs that can be written`() throws {
        try withControlPlane { plane in
            try SmallDisk.readOnly(plane.wireguard) {
                let planned = try plane.program("plan", "feed.csv", ["--no-apply"])
                #expect([0, 1].contains(planned.status), "\(planned.stderr)")
                #expect(try plane.program("run", "feed.csv", ["--no-apply"]).status == 77)
            }
        }
    }

    /// As a container may have a single file of the host.
    @Test(.enabled(if: SmallDisk.obstacle == nil, "\(SmallDisk.obstacle ?? "")"))
    func `a config that is a mount point of its own cannot be replaced, and check and run say so`() throws {
        try withControlPlane { plane in
            let config = plane.path("wireguard/wg1.conf")
            try plane.write("\n", to: "wireguard/wg1.conf")
            try SmallDisk.mountedOnItself(config) {
                let check = try Check(plane, leaves: .anything)
                #expect(check.status == 78)
                #expect(
                    check.contains("problem", "configs", "wg1.conf cannot be replaced: it is a mount point of its own"),
                    "\(check.findings)")
                let run = try plane.program("run", "feed.csv", ["--no-apply"])
                #expect(run.status == 1)
                let said = "wg1.conf: it is a mount point of its own; mount the folder that holds it instead"
                #expect(try plane.read("reports/latest/report.json").contains(said), "\(run.stderr)")
            }
        }
    }

    @Test(.enabled(if: SmallDisk.obstacle == nil, "\(SmallDisk.obstacle ?? "")"))
    func `a disk without room for a night is a problem`() throws {
        try withControlPlane { plane in
            try SmallDisk.with(kilobytes: 512) { disk in
                let check = try Check(plane, ["--report-dir", disk.path + "/reports"])
                #expect(check.contains("problem", "disk space", "512 kB free for "))
            }
        }
    }
}

extension SampleKeyPair {
    /// One that no sample has.
    fileprivate static var another: SampleKeyPair {
        var random = SplitMix64(seed: 4_711)
        return SampleKeyPair(using: &random)
    }
}

extension ControlPlaneFolder {
    /// The paths of the configs in the folder.
    fileprivate func configs() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: wireguard).filter { $0.hasSuffix(".conf") }.sorted()
            .map { wireguard + "/" + $0 }
    }

    /// Enters a run in the journal, as if it had been begun.
    fileprivate func addRun(_ id: String, startedAt: String, feed: String, isComplete: Bool = false) throws {
        if try strings("SELECT name FROM sqlite_master WHERE name = 'wg_reconcile_run'").isEmpty {
            // Made by a run of which nothing else is left.
            let feed = try write("email,status\nnobody@example.com,cancelled\n", to: "nobody.csv")
            let result = try program("run", feed, ["--report-dir", path("reports-of-nobody"), "--no-apply"])
            #expect(result.status == 0, "\(result.stderr)")
            for table in ["outcome", "statement", "run", "feed"] { try execute("DELETE FROM wg_reconcile_\(table)") }
            for name in ["nobody.csv", "reports-of-nobody"] { try FileManager.default.removeItem(atPath: path(name)) }
        }
        try execute(
            """
            INSERT INTO wg_reconcile_run
                (id, feed_sha256, feed_path, host, program_version, started_at, completed_at, plan_digest)
            VALUES (?, ?, 'feed.csv', 'vpn1', '1', ?, ?, '')
            """, [id, feed, startedAt, isComplete ? startedAt : nil])
    }
}
