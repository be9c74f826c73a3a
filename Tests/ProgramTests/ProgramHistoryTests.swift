import Foundation
import GRDB
import Glibc
import Testing

@Suite("Program: history")
struct ProgramHistoryTests {
    private func history(_ plane: ControlPlaneFolder, _ name: String, _ options: [String] = []) throws -> ProgramResult
    {
        try Program.run(["history", plane.email(name), "--database", plane.database] + options)
    }

    @Test func `--json has every removal of the account, the oldest first, and no keys`() throws {
        try withControlPlane { plane in
            let backup = plane.path("backup.sqlite3")
            try FileManager.default.copyItem(atPath: plane.database, toPath: backup)
            try plane.writeFeed("email,status,account_id\nBEN,active,\nANNA,cancelled,=7\n", to: "a.csv")
            #expect(try plane.program("run", "a.csv").status == 0)
            let first = try plane.report()
            try plane.restoreAccounts(from: backup)
            try plane.execute("UPDATE auth_user SET date_joined = datetime('now')")
            #expect(try plane.remove(["ANNA"], environment: ["SUDO_USER": "olga"]).status == 0)
            let second = try plane.report()

            let result = try history(plane, "ANNA", ["--json"])
            #expect(result.status == 0)
            let document = try JSONObject(result.stdout)
            let (version, email): (Int, String) = (try document.value("history_version"), try document.value("email"))
            #expect(try version == 1 && email == plane.email("ANNA"))
            let removals = try document.objects("removals")
            let texts = try ["run", "command", "outcome"].map { name in
                try removals.map { try $0.value(name) as String }
            }
            #expect(
                texts == [[first.runID, second.runID], ["run", "remove"], ["removed", "removed"]])
            let users: [Int] = try removals.map { try $0.object("run_by").value("user_id") }
            #expect(users == [Int(geteuid()), Int(geteuid())])
            let sudoUser: String = try removals[1].object("run_by").value("sudo_user")
            #expect(sudoUser == "olga")
            let (feed, digest): (String, String) = (
                try removals[0].value("feed"), try removals[0].value("feed_sha256")
            )
            #expect(feed == plane.path("a.csv") && digest.count == 64)
            #expect(removals[1].members["feed"] is NSNull && removals[1].members["feed_sha256"] is NSNull)
            let (line, entry, id): (Int, Int, String) = (
                try removals[0].value("line"), try removals[0].value("entry"), try removals[0].value("account_id")
            )
            #expect(line == 3 && entry == 2 && id == "=7")
            let items: [String] = try removals[0].objects("removed_items").map { try $0.value("type") }
            #expect(items.contains("wireguard_instance"))
            let usersGone: Int = try removals[0].object("removed_rows").value("auth_user")
            #expect(usersGone == 1)
            // A key is 44 characters of Base64.
            #expect(!result.stdout.contains(#/[A-Za-z0-9+\/]{43}=/#))
            let text = try history(plane, "ANNA").stdout
            #expect(text.contains("\n  started by user \(geteuid()), by sudo of olga\n"))
        }
    }

    @Test func `where nothing is found it ends with 1, and the list is empty`() throws {
        try withControlPlane { plane in
            // Without a journal, and with one.
            for _ in 1...2 {
                let result = try history(plane, "ANNA", ["--json"])
                #expect(result.status == 1 && result.stderr == "")
                let removals = try JSONObject(result.stdout).objects("removals")
                #expect(removals.isEmpty)
                #expect(try history(plane, "ANNA").status == 1)
                #expect(try plane.remove(["BEN"]).status == 0)
            }
        }
    }
}

/// As an auditor who may read the database of root's, and write nothing.
@Suite(
    "Program: history without the right to write", .enabled(if: Somebody.obstacle == nil, "\(Somebody.obstacle ?? "")"))
struct ProgramHistoryReaderTests {
    /// A database with a removal, in a folder that only root may write.
    private func withJournal(wal: Bool, _ body: (ControlPlaneFolder, _ read: () throws -> ProgramResult) throws -> Void)
        throws
    {
        try withControlPlane { plane in
            if wal { try plane.executeOutsideTransaction("PRAGMA journal_mode = WAL") }
            #expect(try plane.remove(["ANNA"]).status == 0)
            #expect(chmod(plane.folder, 0o755) == 0 && chmod(plane.database, 0o644) == 0)
            let email = try plane.email("ANNA")
            try body(plane) { try Somebody.run(["history", email, "--json", "--database", plane.database]) }
        }
    }

    @Test(arguments: [false, true])
    func `a database that nobody has open is read, and nothing is made beside it`(wal: Bool) throws {
        try withJournal(wal: wal) { plane, read in
            #expect(!plane.exists("db.sqlite3-wal"))
            let before = try plane.fingerprint()
            let result = try read()
            #expect(result.status == 0, "\(result.stderr)")
            let removals = try JSONObject(result.stdout).objects("removals")
            #expect(removals.count == 1)
            #expect(try plane.fingerprint() == before)
        }
    }

    @Test func `in WAL mode, beside the application that has it open, it sees what is only in the log`() throws {
        try withJournal(wal: true) { plane, read in
            let application = try DatabaseQueue(path: plane.database)
            try application.write { try $0.execute(sql: "UPDATE wg_reconcile_outcome SET account_id = 'new'") }
            for suffix in ["-wal", "-shm"] { #expect(chmod(plane.database + suffix, 0o644) == 0) }
            let result = try read()
            #expect(result.status == 0, "\(result.stderr)")
            #expect(result.stdout.contains(#""account_id":"new""#))

            #expect(chmod(plane.database + "-shm", 0o600) == 0)
            let refused = try read()
            #expect(refused.status == 77 && refused.stdout == "")
            #expect(refused.stderr.contains("reading takes what SQLite keeps beside it"))
            try application.close()
        }
    }

    @Test func `a log that a killed process left is not passed over`() throws {
        try withJournal(wal: true) { plane, read in
            let application = try DatabaseQueue(path: plane.database)
            try application.write { try $0.execute(sql: "UPDATE wg_reconcile_outcome SET account_id = 'new'") }
            let log = try Data(contentsOf: URL(filePath: plane.database + "-wal"))
            try application.close()
            try log.write(to: URL(filePath: plane.database + "-wal"))
            #expect(chmod(plane.database + "-wal", 0o644) == 0)
            let refused = try read()
            #expect(refused.status == 77 && refused.stdout == "", "\(refused.stderr)")
            #expect(refused.stderr.contains("reading takes what SQLite keeps beside it"))
            #expect(refused.stderr.contains("run it as root, or as user 0, who owns the database"))
        }
    }

    @Test func `a transaction that a killed process left half done is not read`() throws {
        try withJournal(wal: false) { plane, read in
            let script = """
                import os, sqlite3, sys
                application = sqlite3.connect(sys.argv[1], isolation_level=None)
                application.execute("PRAGMA cache_size = 1")
                application.execute("BEGIN")
                application.execute("UPDATE auth_user SET first_name = hex(zeroblob(2000))")
                os.kill(os.getpid(), 9)
                """
            _ = try ProgramProcess("python3", ["-c", script, plane.database]).end()
            #expect(plane.exists("db.sqlite3-journal"))
            #expect(chmod(plane.database + "-journal", 0o644) == 0)
            let refused = try read()
            #expect(refused.status == 77 && refused.stdout == "", "\(refused.stderr)")
            #expect(refused.stderr.contains("run it as root, or as user 0, who owns the database"))
        }
    }
}
