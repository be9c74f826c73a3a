import Foundation
import GRDB
import Glibc
import Testing

/// `--backup-dir`: a copy of the database before a run's first removal.
@Suite("Program: copies of the database")
struct ProgramBackupTests {
    private func withFeed(
        _ body: (ControlPlaneFolder, _ run: ([String]) throws -> ProgramResult) throws -> Void
    ) throws {
        try withControlPlane { plane in
            try plane.writeFeed("email,status\nANNA,cancelled\nBEN,cancelled\n", to: "a.csv")
            try body(plane) { options in
                try plane.program("run", "a.csv", ["--backup-dir", plane.path("backups")] + options)
            }
        }
    }

    @Test(arguments: ["delete", "wal"])
    func `it is whole, from before the removal, and for its owner alone`(mode: String) throws {
        try withFeed { plane, run in
            try plane.executeOutsideTransaction("PRAGMA journal_mode = \(mode)")
            let end = try run([])
            #expect(end.status == 0, "\(end.stderr)")
            let name = "backups/\(try plane.report().runID).sqlite3"
            #expect(try plane.backups() == [name])
            #expect(plane.mode("backups") == 0o700 && plane.mode(name) == 0o600)
            #expect(end.stderr.contains("backup done path=\(plane.path(name))"))
            let copy = try DatabaseQueue(path: plane.path(name))
            try copy.read { db in
                #expect(try String.fetchAll(db, sql: "PRAGMA integrity_check") == ["ok"])
                for person in ["ANNA", "BEN"] {
                    let instances = try Int.fetchOne(
                        db, sql: "SELECT count(*) FROM wireguard_wireguardinstance WHERE name = ?",
                        arguments: [try plane.email(person)])
                    #expect(instances == 1)
                }
                #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM wg_reconcile_outcome") == 0)
            }
            try copy.close()
            #expect(try plane.gone() == ["ANNA", "BEN"])
        }
    }

    @Test func `a run that removes nobody makes none, nor does one that a guard stops, nor a plan`() throws {
        try withFeed { plane, run in
            #expect(try run(["--max-removals", "1"]).status == 2)
            #expect(try run(["--dry-run"]).status == 0)
            #expect(!plane.exists("backups"))
            #expect(try run([]).status == 0)
            let first = try plane.backups()
            #expect(first.count == 1)
            #expect(try run([]).status == 0)
            #expect(try plane.runs().count == 2 && plane.backups() == first)
        }
    }

    @Test func `so many are kept as --keep-backups says, and what is not ours stays`() throws {
        try withControlPlane { plane in
            let options = ["--yes", "--backup-dir", plane.path("backups"), "--keep-backups", "2"]
            #expect(try plane.remove(["ANNA"], options).status == 0)
            let first = try plane.backups()
            let others = [
                "20200101T000000Z-00000000.sqlite3.bak", "20200101T000000Z-0000000G.sqlite3", "before.sqlite3",
            ]
            for name in others { try plane.write("mine", to: "backups/" + name) }
            let folder = plane.path("backups/20200101T000000Z-00000001.sqlite3")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
            // A clock that was ahead: the newest copy is another.
            try plane.write("old", to: "backups/20990101T000000Z-00000000.sqlite3")

            #expect(try plane.remove(["BEN"], options).status == 0)
            let run = try plane.report().runID
            #expect(!plane.exists(first[0]))
            #expect(
                try Set(FileManager.default.contentsOfDirectory(atPath: plane.path("backups")))
                    == Set(
                        others + [
                            "20200101T000000Z-00000001.sqlite3", "20990101T000000Z-00000000.sqlite3", run + ".sqlite3",
                        ]))
        }
    }

    @Test func `a run that is continued keeps the copy that it began with`() throws {
        try withFeed { plane, _ in
            let options = ["--backup-dir", plane.path("backups"), "--commit-every", "1", "--no-apply"]
            let first = try plane.start(
                "run", "a.csv", options, environment: ["WG_RECONCILE_TEST_PAUSE": "committed"])
            try #require(try first.waitUntilStopped())
            first.send(SIGKILL)
            _ = try first.end()
            let copies = try plane.backups()
            let content = try Data(contentsOf: URL(filePath: plane.path(copies[0])))
            #expect(try plane.program("run", "a.csv", options).status == 0)
            #expect(try plane.report().continued && plane.backups() == copies)
            #expect(try Data(contentsOf: URL(filePath: plane.path(copies[0]))) == content)
        }
    }

    @Test func `one that is killed right after the copy is continued without another`() throws {
        try withFeed { plane, _ in
            let options = ["--backup-dir", plane.path("backups"), "--no-apply"]
            let first = try plane.start(
                "run", "a.csv", options, environment: ["WG_RECONCILE_TEST_PAUSE": "backed-up"])
            try #require(try first.waitUntilStopped())
            first.send(SIGKILL)
            _ = try first.end()
            #expect(try plane.gone() == [] && plane.backups().count == 1)
            #expect(try plane.program("run", "a.csv", options).status == 0)
            #expect(try plane.gone() == ["ANNA", "BEN"] && plane.backups().count == 1)
        }
    }

    // MARK: Where it cannot be made

    private func expectStop(
        _ plane: ControlPlaneFolder, _ run: ([String]) throws -> ProgramResult, _ status: Int32, _ says: String
    ) throws {
        let end = try run([])
        #expect(end.status == status, "\(end.stderr)")
        #expect(
            end.stderr.contains("cannot copy the database, before anything is removed, to \(plane.path("backups"))"))
        #expect(end.stderr.contains(says), "\(end.stderr)")
        #expect(try plane.gone() == [])
        #expect(try plane.report().outcomes == ["unprocessed", "unprocessed"])
        let check = try plane.program("check", "a.csv", ["--no-apply", "--backup-dir", plane.path("backups")])
        #expect(check.status == 78 && check.stdout.contains("problem  backups"), "\(check.stdout)")
    }

    @Test func `in a folder that others may read, nobody is removed`() throws {
        try withFeed { plane, run in
            try FileManager.default.createDirectory(atPath: plane.path("backups"), withIntermediateDirectories: false)
            chmod(plane.path("backups"), 0o750)
            try expectStop(plane, run, 77, "others may list it or go into it")
            chmod(plane.path("backups"), 0o700)
            #expect(try run([]).status == 0, "as advised")
            #expect(try plane.report().continued || plane.runs().count == 1)
        }
    }

    @Test func `where a file is in its place, nobody is removed`() throws {
        try withFeed { plane, run in
            try plane.write("", to: "backups")
            try expectStop(plane, run, 74, "Not a directory")
        }
    }

    @Test(.enabled(if: SmallDisk.obstacle == nil, Comment(rawValue: SmallDisk.obstacle ?? "")))
    func `on a disk that is full, nobody is removed, and no half copy stays`() throws {
        try SmallDisk.with(kilobytes: 200) { disk in
            try withFeed { plane, _ in
                chmod(disk.path, 0o700)
                let end = try plane.program("run", "a.csv", ["--backup-dir", disk.path])
                #expect(end.status == 74, "\(end.stderr)")
                #expect(end.stderr.contains("full") && end.stderr.contains("--keep-backups N keeps fewer"))
                #expect(try plane.gone() == [])
                #expect(try plane.report().outcomes == ["unprocessed", "unprocessed"])
                #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == [])
                let check = try plane.program("check", "a.csv", ["--no-apply", "--backup-dir", disk.path])
                #expect(check.status == 78 && check.stdout.contains("free for \(disk.path)"), "\(check.stdout)")
            }
        }
    }

    @Test func `check says that all is well, and leaves nothing behind`() throws {
        try withFeed { plane, _ in
            let check = try Check(plane, ["--no-apply", "--backup-dir", plane.path("backups")])
            #expect(check.status == 0)
            #expect(check.findings.contains { $0.subject == "backups" && $0.level == "ok" })
        }
    }
}

extension ControlPlaneFolder {
    /// The copies of the database, the oldest first.
    fileprivate func backups() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path("backups")).sorted().map { "backups/" + $0 }
    }
}
