import Foundation

/// A second process at work on the bench's database, as the web application is: Python with its own SQLite.
extension BrokenBench {
    static let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// Starts a script that finds the database's path in `sys.argv[1]`, and waits until it has printed `ready`.
    func startPython(_ script: String, _ arguments: [String] = []) throws -> BrokenChild {
        guard let python = Self.python else { throw BrokenChild.Failure(description: "there is no python3") }
        let child = try BrokenChild(python, ["-u", "-c", script, database] + arguments, in: folder + "/io")
        let limit = Date().addingTimeInterval(30)
        while !child.output.hasPrefix("ready") {
            guard Date() < limit else { throw BrokenChild.Failure(description: "python: \(child.errors)") }
            usleep(2_000)
        }
        return child
    }

    /// Takes a lock on the database and holds it until the child is killed.
    func holdLock(_ statement: String) throws -> BrokenChild {
        try startPython(
            """
            import sqlite3, sys, time
            db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=5)
            for statement in \"\"\"\(statement)\"\"\".split(';'):
                print(end='')
                db.execute(statement).fetchone()
            print('ready')
            time.sleep(600)
            """)
    }
}
