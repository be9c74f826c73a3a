import Foundation
import GRDB
import Glibc
import Testing

/// Files that SQLite keeps beside a database in WAL mode, and that belong to somebody else.
@Suite("Program: files beside the database", .enabled(if: Somebody.obstacle == nil, "\(Somebody.obstacle ?? "")"))
struct ProgramDatabaseAccessTests {
    /// Readable for everybody, such a file lets a plan be made; a run cannot write.
    @Test(arguments: [("-wal", 0o600), ("-shm", 0o600), ("-wal", 0o644), ("-shm", 0o644)])
    func `a file of root's is named, with its owner and what to do`(suffix: String, mode: Int) throws {
        try withControlPlane { plane in
            let application = try DatabaseQueue(path: plane.database)
            try application.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA journal_mode = WAL; UPDATE auth_user SET first_name = first_name")
            }
            try plane.giveAway(to: Somebody.id)
            let file = plane.database + suffix
            #expect(chown(file, 0, 0) == 0 && chmod(file, mode_t(mode)) == 0)

            let run = ["run", plane.path("feed.csv"), "--no-apply"] + plane.places
            let result = try Somebody.run(run)
            #expect(result.status == 77, "\(result.stderr)")
            #expect(result.stderr.contains("\(file), which SQLite keeps beside it, belongs to user 0"))
            #expect(result.stderr.contains("chown --reference=\(plane.database) \(file)"))

            #expect(chown(file, Somebody.id, Somebody.id) == 0)
            #expect(try Somebody.run(run).status == 1, "as advised")
            try application.close()
        }
    }
}

/// A user of no name, who is not root.
enum Somebody {
    static let id: uid_t = 12_345

    /// Why the program cannot be run as this user; nil where it can.
    static let obstacle: String? = {
        guard geteuid() == 0 else { return "only root can be somebody else" }
        // Why it could not be started is of no interest.
        let status = try? run(["--version"]).status
        return status == 0 ? nil : "setpriv is missing, or others cannot reach the build folder"
    }()

    static func run(_ arguments: [String]) throws -> ProgramResult {
        let becoming = ["--reuid", "\(id)", "--regid", "\(id)", "--clear-groups", "--"]
        return try ProgramProcess("setpriv", becoming + [Program.path] + arguments).end()
    }
}

extension ControlPlaneFolder {
    /// Gives the folder, and everything in it, to a user.
    fileprivate func giveAway(to user: uid_t) throws {
        for path in [folder] + (try FileManager.default.subpathsOfDirectory(atPath: folder)).map({ folder + "/" + $0 })
        {
            guard lchown(path, user, user) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        }
    }
}
