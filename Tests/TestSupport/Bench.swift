import Foundation
import GRDB
import Glibc
import SamplePlane
import Support

/// A database, a config folder and a report folder in a temporary folder. Everything is real: SQLite and files.
package struct Bench: Sendable {
    package let folder: String

    package var database: String { folder + "/db.sqlite3" }
    package var wireguard: String { folder + "/wireguard" }
    package var reports: String { folder + "/reports" }
    package var feed: String { folder + "/feed.csv" }

    // MARK: The database

    /// Works on the database as the application or an administrator would, from a connection of its own. Foreign keys
    /// are not enforced, so that a test can also make what should not be.
    @discardableResult
    package func work<Value>(_ body: (SmallControlPlane) throws -> Value) throws -> Value {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = OFF") }
        let isNew = !FileManager.default.fileExists(atPath: database)
        let queue = try DatabaseQueue(path: database, configuration: configuration)
        let value = try queue.write { db in
            if isNew { try db.execute(sql: SampleSchema.year2025) }
            return try body(SmallControlPlane(db: db))
        }
        try queue.close()
        return value
    }

    package func execute(_ sql: String, _ arguments: StatementArguments = []) throws {
        try work { try $0.db.execute(sql: sql, arguments: arguments) }
    }

    package func count(_ table: String, where condition: String = "1") throws -> Int {
        try work { try Int.fetchOne($0.db, sql: "SELECT count(*) FROM \(table) WHERE \(condition)") ?? -1 }
    }

    package func strings(_ sql: String) throws -> [String] {
        try work { try String.fetchAll($0.db, sql: sql) }
    }

    /// Takes a lock on the database and keeps it until ``DatabaseLock/release()``.
    package func lock(_ begin: String) throws -> DatabaseLock {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let queue = try DatabaseQueue(path: database, configuration: configuration)
        try queue.writeWithoutTransaction { try $0.execute(sql: begin) }
        return DatabaseLock(queue: queue)
    }

    package func image() throws -> DatabaseImage { try DatabaseImage(ofDatabaseAt: database) }

    // MARK: Feeds

    package func write(feed emails: [String]) throws {
        let lines = ["email,status"] + emails.map { "\"" + $0.replacing("\"", with: "\"\"") + "\",cancelled" }
        try (lines.joined(separator: "\n") + "\n").write(toFile: feed, atomically: false, encoding: .utf8)
    }

    /// Writes a feed as text. The time of its file is when it was made.
    ///
    /// A program that another test starts meanwhile does not inherit the open file: a feed of an inbox that somebody has
    /// open for writing is left alone.
    package func write(_ text: String, to path: String? = nil, madeAt time: UTCTime? = nil) throws {
        let path = path ?? feed
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
        guard let time else { return }
        let stamp = timespec(tv_sec: Int(time.seconds), tv_nsec: Int(time.nanoseconds))
        guard utimensat(AT_FDCWD, path, [stamp, stamp], 0) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
    }

    // MARK: Files

    package func put(_ text: String, at name: String, mode: Int = 0o600) throws {
        let path = wireguard + "/" + name
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    package func config(_ name: String) throws -> String {
        try String(contentsOfFile: wireguard + "/" + name, encoding: .utf8)
    }

    package func configNames() throws -> [String] {
        // The firewall script and the marks of what is still to be applied are no configs.
        try FileManager.default.contentsOfDirectory(atPath: wireguard).sorted()
            .filter { $0 != "wg-firewall.sh" && !$0.hasSuffix(".pending") }
    }

    /// The last report's `response` objects, as JSON.
    package func responses() throws -> [[String: Any]?] {
        let data = try Data(contentsOf: URL(fileURLWithPath: reports + "/latest/report.json"))
        let document = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        return (document?["accounts"] as? [[String: Any]] ?? []).map { $0["response"] as? [String: Any] }
    }

    /// Every file with its content, but for the lock file, which stays where a run has been.
    package func files() throws -> [String: Data] {
        var files: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder)
        where !name.hasSuffix(".wg-reconcile.lock") {
            var isFolder: ObjCBool = false
            let path = folder + "/" + name
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { continue }
            files[name] = isFolder.boolValue ? Data() : try Data(contentsOf: URL(fileURLWithPath: path))
        }
        return files
    }
}

package struct DatabaseLock: Sendable {
    fileprivate let queue: DatabaseQueue

    package func release() throws { try end("ROLLBACK") }

    package func commit() throws { try end("COMMIT") }

    private func end(_ statement: String) throws {
        try queue.writeWithoutTransaction { try $0.execute(sql: statement) }
        try queue.close()
    }
}

/// Runs a test on a bench of its own, which is gone afterwards.
package func withBench(_ body: (Bench) throws -> Void) throws {
    let bench = Bench(folder: NSTemporaryDirectory() + "wg-reconcile-bench-" + UUID().uuidString)
    try FileManager.default.createDirectory(atPath: bench.wireguard, withIntermediateDirectories: true)
    // What cannot be deleted stays in the temporary folder, and the test has its result either way.
    defer { try? FileManager.default.removeItem(atPath: bench.folder) }
    try body(bench)
}
