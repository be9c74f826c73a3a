import Foundation
import GRDB
import Glibc
import SamplePlane
import Support
import Testing

/// One case for each way to end: what is wrong, the exit status, and what standard error says of it.
@Suite("Program: exit status")
struct ProgramExitStatusTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var status: Int32
        /// What standard error holds.
        var says: String
        var command = "run"
        var feed = "feed.csv"
        /// Brings about what is wrong, and gives the options for it.
        var arrange: @Sendable (ControlPlaneFolder) throws -> [String]

        init(
            _ description: String, _ status: Int32, _ says: String, _ command: String = "run",
            feed: String = "feed.csv",
            _ arrange: @escaping @Sendable (ControlPlaneFolder) throws -> [String] = { _ in [] }
        ) {
            (testDescription, self.status, self.says) = (description, status, says)
            (self.command, self.feed, self.arrange) = (command, feed, arrange)
        }
    }

    // MARK: With a report

    private static let reported: [Case] = [
        Case("0: every entry is done or not due", 0, "report done", feed: "good.csv") { plane in
            try plane.write(
                "email,status\n\(plane.bystanders[0].email),cancelled\nnobody@example.com,cancelled\n", to: "good.csv")
            return []
        },
        Case("0: a feed with no entry", 0, "entries=0", feed: "header.csv") { plane in
            try plane.write("email,status\n", to: "header.csv")
            return []
        },
        Case("1: an entry is invalid", 1, "outcome=invalid", feed: "one.csv") { plane in
            try plane.write("email,status\nnobody,cancelled\n", to: "one.csv")
            return []
        },
        Case("1: an entry is refused", 1, "outcome=refused", feed: "one.csv") { plane in
            try plane.write("email,status\n\(plane.inventory.administratorEmail),cancelled\n", to: "one.csv")
            return []
        },
        Case("1: an account fails", 1, "outcome=failed", feed: "one.csv") { plane in
            try plane.execute(
                """
                CREATE TRIGGER no BEFORE DELETE ON wireguard_wireguardinstance
                BEGIN SELECT RAISE(ABORT, 'not this one'); END
                """)
            try plane.write("email,status\n\(plane.bystanders[0].email),cancelled\n", to: "one.csv")
            return []
        },
        Case("2: more than --max-removals", 2, "more than the 3 of --max-removals") { _ in ["--max-removals", "3"] },
        Case("2: more than --max-share", 2, "more than the 1.5 percent of --max-share") { _ in
            ["--max-share", "1.5"]
        },
        Case("2: older than --max-feed-age", 2, "the feed was made at 2026-01-02T03:04:05Z, more than the 36 hours") {
            plane in
            plane.touch("feed.csv", try #require(UTCTime(rfc3339: "2026-01-02T03:04:05Z")))
            return ["--max-feed-age", "36"]
        },
        Case("2: --max-feed-age goes by generated_at first", 2, "made at 2026-01-01T00:00:00Z", feed: "old.json") {
            plane in
            try plane.write(#"{"generated_at":"2026-01-01T00:00:00Z","accounts":[]}"#, to: "old.json")
            return ["--max-feed-age", "36"]
        },
    ]

    @Test(arguments: reported)
    func `with a report`(ending: Case) throws {
        try withControlPlane { plane in
            let options = try ending.arrange(plane)
            let result = try plane.program(ending.command, ending.feed, options)
            #expect(result.status == ending.status)
            #expect(result.stderr.contains(ending.says))
            // Every run that had begun has its report.
            #expect(try plane.report().runID == plane.runs().only)
        }
    }

    @Test(arguments: reported.filter { $0.status == 2 })
    func `2 means that nothing was removed`(ending: Case) throws {
        try withControlPlane { plane in
            let accounts = "SELECT name FROM wireguard_wireguardinstance UNION ALL SELECT email FROM auth_user"
            let before = (try plane.strings(accounts), try Fingerprint(of: plane.wireguard))
            _ = try plane.program(ending.command, ending.feed, try ending.arrange(plane))
            #expect(try plane.strings(accounts) == before.0)
            #expect(try Fingerprint(of: plane.wireguard).changes(since: before.1) == [])
            let outcomes = Set(try plane.report().outcomes)
            #expect(outcomes.isDisjoint(with: ["removed", "partially_removed", "already_absent"]))
        }
    }

    // MARK: Without one

    private static let usage: [Case] = [
        Case("64: an unknown option", 64, "Unknown option '--frobnicate'") { _ in ["--frobnicate"] },
        Case("64: a number that is none", 64, "'--max-removals <n>'") { _ in ["--max-removals", "many"] },
        Case("64: a number out of range", 64, "'--max-share <percent>'") { _ in ["--max-share", "101"] },
        Case("64: an unknown format", 64, "'--format <format>'") { _ in ["--format", "xml"] },
        Case("64: a log level that there is not", 64, "'--log-level <level>'") { _ in ["--log-level", "loud"] },
        Case("64: standard input without --format", 64, "find out the format of the feed on standard input", feed: "-"),
        Case("64: a name that tells no format", 64, "give --format csv", feed: "feed.txt"),
        Case("64: a user whom there is not", 64, "'--feed-owner <user>'") { _ in ["--feed-owner", "no such user"] },
    ]

    private static let feed: [Case] = [
        Case("65: not whole", 65, "the quote that opens here is never closed", feed: "feed-broken.csv"),
        Case("65: --format says what it is, not the name", 65, "not valid JSON") { _ in ["--format", "jsonl"] },
        Case("66: missing", 66, "absent.csv: No such file or directory", feed: "absent.csv"),
        Case("66: below a file", 66, "Not a directory", feed: "feed.csv/feed.csv"),
        Case("66: a folder", 66, "Is a directory", feed: "folder.csv") { plane in
            mkdir(plane.path("folder.csv"), 0o755)
            return []
        },
        Case("74: that cannot be read", 74, "Input/output error", feed: "/proc/self/mem") { _ in ["--format", "csv"] },
    ]

    private static let database: [Case] = [
        Case("69: missing", 69, "there is no such file") { plane in
            try FileManager.default.removeItem(atPath: plane.database)
            return []
        },
        Case("69: missing with its folder", 69, "there is no such file") { plane in
            ["--database", plane.path("absent/db.sqlite3")]
        },
        Case("69: a folder", 69, "it is not a regular file") { plane in ["--database", plane.wireguard] },
        Case("69: empty", 69, "it is not an SQLite database") { plane in
            ["--database", try plane.write("", to: "empty.sqlite3")]
        },
        Case("69: text", 69, "it is not an SQLite database") { plane in
            ["--database", try plane.write(String(repeating: "text ", count: 1_000), to: "text.sqlite3")]
        },
        Case("69: of another application", 69, "missing: table auth_user, ") { plane in
            let other = plane.path("other.sqlite3")
            let queue = try DatabaseQueue(path: other)
            try queue.write { try $0.execute(sql: "CREATE TABLE recipe (name)") }
            try queue.close()
            return ["--database", other]
        },
        Case("69: with an unknown column", 69, "unknown: column wireguard_peer.blocked; the nearest known state is ") {
            plane in
            try plane.execute("ALTER TABLE wireguard_peer ADD COLUMN blocked bool NOT NULL DEFAULT 0")
            return []
        },
        Case("69: corrupt", 69, "the database is corrupt") { plane in
            try plane.spoilDatabase()
            return []
        },
    ]

    private static let places: [Case] = [
        Case("73: the report folder is a file", 73, "Not a directory try=\"give a folder") { plane in
            ["--report-dir", plane.path("feed.csv")]
        },
        Case("73: the report folder is below a file", 73, "Not a directory try=\"give a folder") { plane in
            ["--report-dir", plane.path("feed.csv/reports")]
        },
        Case("73: the folder above the report folder is missing", 73, "create the folder ") { plane in
            ["--report-dir", plane.path("absent/reports")]
        },
        Case("73: something is in the way of `latest`", 73, "move what is in the way") { plane in
            try FileManager.default.createDirectory(
                atPath: plane.reports + "/latest", withIntermediateDirectories: true)
            return []
        },
    ]

    private static let configuration: [Case] = [
        Case("78: a protected account that is none", 78, "line 3 is not an email") { plane in
            ["--protect", try plane.write("# our own\nboss@example.com\nboss\n", to: "protect")]
        },
        Case("78: the list of protected accounts is missing", 78, "read the list of protected accounts") { plane in
            ["--protect", plane.path("absent")]
        },
        Case("78: a key that is empty", 78, "read the API key ") { plane in
            ["--api-key-file", try plane.write(" \n", to: "key")]
        },
        Case("78: the key is missing", 78, "read the API key ") { plane in ["--api-key-file", plane.path("absent")] },
    ]

    @Test(arguments: ["run", "plan"], usage + feed + database + places + configuration)
    func `without a report`(command: String, ending: Case) throws {
        try withControlPlane { plane in
            let options = try ending.arrange(plane)
            let before = try plane.fingerprint()
            let result = try Program.run(
                [command, ending.feed.hasPrefix("/") || ending.feed == "-" ? ending.feed : plane.path(ending.feed)]
                    + plane.places(overriddenBy: options))
            #expect(result.status == ending.status)
            #expect(result.stderr.contains(ending.says), "\(result.stderr)")
            #expect(result.stdout == "")
            let changes = try plane.fingerprint().changes(since: before)
            if command == "plan" || ![69, 73].contains(ending.status) {
                #expect(changes == [])
            } else {
                #expect(changes.allSatisfy { $0.contains(".lock: absent → ") || $0.hasPrefix(".: ") }, "\(changes)")
            }
        }
    }

    @Test func `64: no feed, no database, no folder`() throws {
        #expect(try Program.run(["run"]).stderr.contains("set WG_RECONCILE_FEED, WG_RECONCILE_DATABASE"))
        #expect(try Program.run(["run"]).status == 64)
        #expect(try Program.run(["run", "feed.csv"]).stderr.contains(" and WG_RECONCILE_REPORT_DIR, or "))
        #expect(try Program.run(["regenerate"]).status == 64)
        #expect(try Program.run(["history", "nobody", "--database", "x"]).status == 64)
        #expect(try Program.run(["frobnicate"]).status == 64)
        #expect(try Program.run(["run", "feed.csv", "--commit-every", "0"]).status == 64)
    }

    @Test func `74: no room for the database, and once there is, the same feed goes through`() throws {
        try withControlPlane { plane in
            // Files may grow to 256 blocks of 512 bytes: enough for the report, not for the database.
            let result = try plane.run(withFilesUpTo: 256)
            #expect(result.status == 74)
            #expect(result.stderr.contains("cannot write files larger than 131072 bytes"), "\(result.stderr)")
            #expect(result.stderr.contains("raise the limit on the size of files (ulimit -f"))
            #expect(result.stderr.contains("cannot enter the run in the journal of the database \(plane.database): "))
            #expect(Set(try plane.report().outcomes).isDisjoint(with: ["removed", "partially_removed"]))
            #expect(try plane.report().summary["unprocessed"] != 0)

            let again = try plane.program("run", "feed.csv")
            #expect(again.status == 1)
            #expect(try plane.report().summary["unprocessed"] == 0)
            #expect(try plane.strings("PRAGMA integrity_check") == ["ok"])
        }
    }

    @Test func `73: files may not grow as large as the report, and nothing is removed`() throws {
        try withControlPlane { plane in
            let before = try plane.strings("SELECT name FROM wireguard_wireguardinstance")
            let result = try plane.run(withFilesUpTo: 8)
            #expect(result.status == 73, "\(result.stderr)")
            #expect(result.stderr.contains("File too large"))
            #expect(result.stderr.contains("raise the limit on the size of files (ulimit -f"))
            #expect(try plane.strings("SELECT name FROM wireguard_wireguardinstance") == before)
            #expect(try plane.program("run", "feed.csv").status == 1, "and after that it works")
        }
    }

    // MARK: Others at work

    @Test func `75: another process keeps the database locked`() throws {
        try withControlPlane { plane in
            let other = try Locker(plane.database)
            let result = try plane.program("run", "feed.csv", ["--busy-timeout", "0.3"])
            #expect(result.status == 75)
            #expect(result.stderr.contains("another process kept it locked for longer than the timeout"))
            #expect(result.stderr.contains("run it again"))
            other.release()
            #expect(!plane.exists("reports"))
            #expect(try plane.program("run", "feed.csv").status == 1, "and after that it works")
        }
    }

    @Test func `75: another run is at work, and the message says which and since when`() throws {
        try withControlPlane { plane in
            let first = try plane.start("run", "feed.csv", environment: ["WG_RECONCILE_TEST_PAUSE": "planned"])
            #expect(try first.waitUntilStopped())
            let second = try plane.program("run", "feed.csv")
            #expect(second.status == 75)
            let holder = #/another run is in progress: process (\d+) since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/#
            #expect(try holder.firstMatch(in: second.stderr)?.1 == "\(first.pid)")
            #expect(try Program.run(["regenerate"] + plane.configPlaces).status == 75)
            #expect(try plane.program("plan", "feed.csv").status == 1, "a plan needs no lock")
            first.send(SIGCONT)
            #expect(try first.end().status == 1)
        }
    }

    @Test func `75: a lock dies with the process that held it`() throws {
        try withControlPlane { plane in
            let first = try plane.start("run", "feed.csv", environment: ["WG_RECONCILE_TEST_PAUSE": "planned"])
            #expect(try first.waitUntilStopped())
            first.send(SIGKILL)
            #expect(try first.end().ending == .signal(SIGKILL))
            #expect(try plane.program("run", "feed.csv").status == 1)
        }
    }
}

/// Another process, which holds an exclusive lock on a database.
final class Locker {
    private let process: ProgramProcess

    init(_ database: String) throws {
        let script = """
            import sqlite3, sys, time
            connection = sqlite3.connect(sys.argv[1], isolation_level=None)
            connection.execute("BEGIN EXCLUSIVE")
            print("locked", file=sys.stderr, flush=True)
            time.sleep(600)
            """
        process = try ProgramProcess("python3", ["-c", script, database], environment: Self.path)
        try process.waitUntilItLogs("locked")
    }

    private static var path: [String: String] {
        ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"]
    }

    func release() {
        process.send(SIGKILL)
        // It ends; how is not in question.
        _ = try? process.end()
    }
}

extension ControlPlaneFolder {
    /// The options of `regenerate`.
    var configPlaces: [String] { ["--database", database, "--wireguard-dir", wireguard] }

    /// The places, without those that `options` names itself.
    func places(overriddenBy options: [String]) -> [String] {
        let pairs = stride(from: 0, to: places.count, by: 2).map { (places[$0], places[$0 + 1]) }
        return pairs.filter { !options.contains($0.0) }.flatMap { [$0.0, $0.1] } + options
    }

    /// Overwrites a page that holds the accounts' users, as a failing disk does.
    func spoilDatabase() throws {
        let root = try strings("SELECT rootpage FROM sqlite_master WHERE name = 'wireguard_wireguardinstance'")
        let page = try #require(root.only.flatMap { Int($0) })
        let size = try #require(try strings("PRAGMA page_size").only.flatMap { Int($0) })
        let file = try #require(FileHandle(forUpdatingAtPath: database))
        try file.seek(toOffset: UInt64((page - 1) * size))
        try file.write(contentsOf: Data(repeating: 0xA5, count: size))
        try file.close()
    }
}

extension ControlPlaneFolder {
    /// Runs the feed with a limit on the size of files, in blocks of 512 bytes.
    fileprivate func run(withFilesUpTo blocks: Int) throws -> ProgramResult {
        let run = [Program.path, "run", path("feed.csv")] + places
        return try ProgramProcess("sh", ["-c", "ulimit -f \(blocks); exec \"$0\" \"$@\""] + run).end()
    }
}
