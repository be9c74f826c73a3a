import Foundation
import Glibc
import Testing

@Suite("Program: the configuration file")
struct ConfigurationFileTests {
    @Test func `everything that a run needs can stand in the file`() throws {
        try withControlPlane { plane in
            let file = try plane.configure(plane.required)
            #expect(try Program.run(["run", "--config", file]).status == 1)
            #expect(try plane.report().accounts.count == 19)
        }
    }

    @Test func `the command line goes before the environment, and that before the file`() throws {
        try withControlPlane { plane in
            let file = try plane.configure(plane.required + #", "max-removals": 0, "dry-run": true"#)
            func run(_ options: [String], _ environment: [String: String]) throws -> ProgramResult {
                try Program.run(["run", "--config", file] + options, environment: environment)
            }
            let variable = ["WG_RECONCILE_MAX_REMOVALS": "1", "WG_RECONCILE_DRY_RUN": "0"]
            #expect(try run([], [:]).stderr.contains("the 0 of --max-removals"))
            #expect(!plane.exists("reports"), "the file says dry-run")
            #expect(try run([], variable).stderr.contains("the 1 of --max-removals"))
            #expect(plane.exists("reports/latest"), "the environment says no dry run")
            #expect(try run(["--max-removals", "99"], variable).status == 1)
        }
    }

    @Test func `the file can be named by a variable, and --config goes before it`() throws {
        try withControlPlane { plane in
            let variable = ["WG_RECONCILE_CONFIG": try plane.configure(#""max-removals": 0"#)]
            #expect(try plane.program("plan", "feed.csv", environment: variable).status == 2)
            let other = try plane.write("{}", to: "other.json")
            #expect(try plane.program("plan", "feed.csv", ["--config", other], environment: variable).status == 1)
        }
    }

    @Test(.enabled(if: SmallDisk.obstacle == nil, "\(SmallDisk.obstacle ?? "")"))
    func `/etc/wg-reconcile/config.json is taken where none is named, and has to be right`() throws {
        try withControlPlane { plane in
            // In a mount namespace with an /etc of its own.
            func plan(_ text: String, _ options: [String] = []) throws -> ProgramResult {
                let script = """
                    mount -t tmpfs none /etc && mkdir /etc/wg-reconcile || exit 99
                    printf '%s' "$0" > /etc/wg-reconcile/config.json
                    exec "$@"
                    """
                return try ProgramProcess(
                    "unshare", ["-m", "sh", "-c", script, text, Program.path, "plan"] + options
                ).end()
            }
            #expect(try plan("{\(plane.required)}").status == 1)
            #expect(try plan("{\(plane.required), \"max-removals\": 0}").status == 2)
            #expect(try plan("{").status == 78)
            let other = try plane.configure(plane.required)
            #expect(try plan("{", ["--config", other]).status == 1, "a file that is named takes its place")
        }
    }

    @Test(arguments: ["run", "plan", "check", "regenerate"])
    func `the folder that stands beside another database is not taken: 78`(command: String) throws {
        try withControlPlane { plane in
            let other = try plane.write("", to: "other.sqlite3")
            let here = #""feed": "\#(plane.path("feed.csv"))", "report-dir": "\#(plane.reports)""#
            let beside = #"\#(here), "database": "\#(other)", "wireguard-dir": "\#(plane.wireguard)""#
            func end(_ members: String, _ options: [String] = [], _ environment: [String: String] = [:]) throws
                -> ProgramResult
            {
                try Program.run(
                    [command, "--config", plane.configure(members), "--no-apply"] + options, environment: environment)
            }
            let database = ["--database", plane.database]
            let variable = ["WG_RECONCILE_DATABASE": plane.database]
            for result in [try end(beside, database), try end(beside, [], variable)] {
                #expect(result.status == 78)
                #expect(
                    (result.stdout + result.stderr).contains("give the folder of this database"), "\(result.stderr)")
            }
            #expect(!plane.exists("reports") && !plane.exists("db.sqlite3.wg-reconcile.lock"))

            func passes(_ result: ProgramResult) -> Bool {
                !(result.stdout + result.stderr).contains("give the folder of this database")
            }
            #expect(try passes(end(beside, database + ["--wireguard-dir", plane.wireguard])))
            #expect(
                try passes(end(beside, [], variable.merging(["WG_RECONCILE_WIREGUARD_DIR": plane.wireguard]) { $1 })))
            // The same database in another spelling, and a file that names none.
            let same = beside.replacing(other, with: plane.folder + "/./db.sqlite3")
            #expect(try passes(end(same, database)))
            let without = beside.replacing(#""database": "\#(other)", "#, with: "")
            #expect(try passes(end(without, database)))
        }
    }

    /// What the file says, how a plan of the sample's feed then ends, and what it says of it.
    @Test(arguments: [
        (#""max-removals": 1"#, 2, "of --max-removals"), (#""max-removals": "1""#, 2, "of --max-removals"),
        (#""max-share": 0.5"#, 2, "of --max-share"), (#""max-share": 5e-1"#, 2, "of --max-share"),
        (#""format": "jsonl""#, 65, "not valid JSON"), (#""log-format": "json""#, 1, #""message":"feed done""#),
        (#""feed-owner": 0"#, 1, "plan done"), (#""feed-owner": "root""#, 1, "plan done"),
        (#""json": true"#, 1, "plan done"), (#""no-apply": "yes""#, 1, "plan done"),
        (#""log-level": "debug", "pause": 0, "keep-reports": 3"#, 1, "plan done"),
        ("", 1, "plan done"),
    ])
    func `values are numbers, true and false, or strings`(members: String, status: Int32, says: String) throws {
        try withControlPlane { plane in
            let result = try plane.program("plan", "feed.csv", ["--config", plane.configure(members)])
            #expect(result.status == status)
            #expect(result.stderr.contains(says), "\(result.stderr)")
        }
    }

    @Test(arguments: [
        (#""max-removals": -1"#, "max-removals"), (#""max-removals": true"#, "max-removals"),
        (#""max-removals": 1.5"#, "max-removals"), (#""max-removals": 100000000000000000000"#, "max-removals"),
        (#""max-removals": "many""#, "max-removals"), (#""max-removals": """#, "max-removals"),
        (#""max-removals": null"#, "max-removals"), (#""max-removals": [1]"#, "max-removals"),
        (#""no-apply": 2"#, "no-apply"), (#""no-apply": {}"#, "no-apply"), (#""format": "xml""#, "format"),
        (#""protect": """#, "protect"), (#""protect": 1"#, "protect"), (#""api-key-file": true"#, "api-key-file"),
        (#""feed-owner": "no such user""#, "feed-owner"), (#""protect": "a\u0000b""#, "protect"),
    ])
    func `a value that its option does not take is 78, and named with its file`(members: String, key: String) throws {
        try withControlPlane { plane in
            let file = try plane.configure(members)
            try expectRefusal(plane, file, 78, "cannot use the key \(key) of \(file): its value is ")
        }
    }

    @Test(arguments: [
        ("max-removal", "did you mean max-removals?"), ("maxRemovals", "did you mean max-removals?"),
        ("report_dir", "did you mean report-dir?"), ("REPORT-DIR", "did you mean report-dir?"),
        ("protcet", "did you mean protect?"), ("fedd-owner", "did you mean feed-owner?"),
        ("config", "the nearest known one is "), ("accounts", "the nearest known one is "),
        ("a\u{1B}[31m\n", "the nearest known one is "), ("", "the nearest known one is "),
    ])
    func `an unknown key is 78 and names the nearest known one`(key: String, hint: String) throws {
        try withControlPlane { plane in
            let spelled = String(decoding: try JSONEncoder().encode(key), as: UTF8.self)
            let result = try expectRefusal(
                plane, plane.configure(spelled + ": 1"), 78, "there is no such option try=", hint)
            #expect(!result.stderr.contains("\u{1B}"))
        }
    }

    @Test(arguments: [
        ("", "it is empty"), (" \n", "it is empty"), ("[]", "expected an object"), ("{", "ends before it is complete"),
        (#"{"max-removals": 1, "max-removals": 2}"#, #"line 1, column 21: the key "max-removals" appears here for"#),
        (#"{"mtu": 1420, "\u006dtu": 1420}"#, #"the key "mtu" appears here for the second time"#),
        ("{} {}", "text after the end"), ("{\"mtu\": 1420,}", "expected a key"), ("{// no\n}", "expected a key"),
        ("mtu = 1420", "expected an object"), (#"{"mtu": 1e999}"#, "numbers that are not that large"),
    ])
    func `a file that is no whole JSON object is 78`(text: String, cause: String) throws {
        try withControlPlane { plane in
            let file = try plane.write(text, to: "config.json")
            try expectRefusal(plane, file, 78, "cannot use the configuration file \(file): ", cause)
        }
    }

    @Test func `a file that cannot be read is 78, or 77 where permissions are in the way`() throws {
        try withControlPlane { plane in
            let absent = plane.path("absent.json")
            try expectRefusal(plane, absent, 78, "cannot read the configuration file \(absent): No such file")
            try expectRefusal(plane, plane.folder, 78, "Is a directory")
        }
    }

    @Test(arguments: [(0o620, "its group can write to it"), (0o602, "everybody can write to it")])
    func `a file that others may write is 77`(mode: Int, cause: String) throws {
        try withControlPlane { plane in
            let file = try plane.configure("")
            chmod(file, mode_t(mode))
            try expectRefusal(plane, file, 77, "cannot trust the configuration file \(file): \(cause)")
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a file away"))
    func `a file of somebody else is 77`() throws {
        try withControlPlane { plane in
            let file = try plane.configure("")
            chown(file, 12_345, 0)
            try expectRefusal(plane, file, 77, "it belongs to user 12345")
        }
    }

    @Test(arguments: [
        ["plan", "feed.csv"], ["regenerate"], ["history", "nobody@example.com"], ["sign", "feed.csv"],
    ])
    func `every command that it can concern takes it`(command: [String]) throws {
        try withControlPlane { plane in
            let key = try plane.write("correct horse battery staple", to: "key")
            let file = try plane.configure(
                #""database": "\#(plane.database)", "wireguard-dir": "\#(plane.wireguard)", "#
                    + #""report-dir": "\#(plane.reports)", "api-key-file": "\#(key)", "no-apply": true"#)
            let arguments = command.map { $0 == "feed.csv" ? plane.path($0) : $0 } + ["--config", file]
            if command[0] == "plan" {
                #expect(try Program.run(["sign", plane.path("feed.csv"), "--config", file]).status == 0)
            }
            // Nobody's removal is known, and the plan has entries that need attention.
            #expect(try Program.run(arguments).status == (["plan", "history"].contains(command[0]) ? 1 : 0))
        }
    }

    // MARK: Steps

    /// This status, these words, and nothing touched.
    @discardableResult
    private func expectRefusal(
        _ plane: ControlPlaneFolder, _ file: String, _ status: Int32, _ words: String...,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> ProgramResult {
        let before = try plane.fingerprint()
        let result = try plane.program("run", "feed.csv", ["--config", file], looksAtInterfaces: true)
        #expect(result.status == status, sourceLocation: sourceLocation)
        for text in words { #expect(result.stderr.contains(text), "\(result.stderr)", sourceLocation: sourceLocation) }
        #expect(try plane.fingerprint().changes(since: before) == [], sourceLocation: sourceLocation)
        return result
    }
}

extension ControlPlaneFolder {
    /// Writes a configuration file with these members.
    func configure(_ members: String) throws -> String { try write("{\(members)}\n", to: "config.json") }

    /// What every run needs, as members of a configuration file.
    var required: String {
        [("feed", path("feed.csv")), ("database", database), ("wireguard-dir", wireguard), ("report-dir", reports)]
            .map { "\"\($0.0)\": \"\($0.1)\"" }.joined(separator: ", ")
    }
}
