import Foundation
import GRDB
import Glibc
import Synchronization
import Testing

@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import Report
@testable import SamplePlane
@testable import Support
@testable import WireGuard

/// A database, a config folder and a report folder in a temporary folder, and runs on them. Everything is real: SQLite,
/// files, the whole `Reconciliation`.
struct Bench: Sendable {
    let folder: String

    var database: String { folder + "/db.sqlite3" }
    var wireguard: String { folder + "/wireguard" }
    var reports: String { folder + "/reports" }
    var feed: String { folder + "/feed.csv" }

    // MARK: The database

    /// Works on the database as the application or an administrator would, from a connection of its own. Foreign keys
    /// are not enforced, so that a test can also make what should not be.
    @discardableResult
    func work<Value>(_ body: (SmallControlPlane) throws -> Value) throws -> Value {
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

    func execute(_ sql: String, _ arguments: StatementArguments = []) throws {
        try work { try $0.db.execute(sql: sql, arguments: arguments) }
    }

    func count(_ table: String, where condition: String = "1") throws -> Int {
        try work { try Int.fetchOne($0.db, sql: "SELECT count(*) FROM \(table) WHERE \(condition)") ?? -1 }
    }

    func strings(_ sql: String) throws -> [String] {
        try work { try String.fetchAll($0.db, sql: sql) }
    }

    /// Takes a lock on the database and keeps it until ``DatabaseLock/release()``.
    func lock(_ begin: String) throws -> DatabaseLock {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let queue = try DatabaseQueue(path: database, configuration: configuration)
        try queue.writeWithoutTransaction { try $0.execute(sql: begin) }
        return DatabaseLock(queue: queue)
    }

    func image() throws -> DatabaseImage { try DatabaseImage(ofDatabaseAt: database) }

    // MARK: Runs

    func options(_ change: (inout Reconciliation.Options) -> Void = { _ in }) -> Reconciliation.Options {
        var options = Reconciliation.Options(
            feedPath: feed, databasePath: database, wireguardDirectory: wireguard, reportDirectory: reports,
            programVersion: "test")
        options.guards.massRemoval = MassRemovalGuard(maxRemovals: 1_000_000, maxShare: 100)
        options.pace = CommitPace(group: .accounts(50), pause: 0)
        options.busyTimeout = 5
        change(&options)
        return options
    }

    func write(feed emails: [String]) throws {
        let lines = ["email,status"] + emails.map { "\"" + $0.replacing("\"", with: "\"\"") + "\",cancelled" }
        try (lines.joined(separator: "\n") + "\n").write(toFile: feed, atomically: false, encoding: .utf8)
    }

    /// Writes a feed as text. The time of its file is when it was made.
    ///
    /// A program that another test starts meanwhile does not inherit the open file: a feed of an inbox that somebody has
    /// open for writing is left alone.
    func write(_ text: String, to path: String? = nil, madeAt time: UTCTime? = nil) throws {
        let path = path ?? feed
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
        guard let time else { return }
        let stamp = timespec(tv_sec: Int(time.seconds), tv_nsec: Int(time.nanoseconds))
        #expect(utimensat(AT_FDCWD, path, [stamp, stamp], 0) == 0)
    }

    /// Runs a feed that means removal for each of these emails.
    @discardableResult
    func run(
        _ emails: [String], in surroundings: Surroundings = .still(),
        _ change: (inout Reconciliation.Options) -> Void = { _ in }
    ) throws -> FinishedRun {
        try write(feed: emails)
        return try Reconciliation(options(change), surroundings).run()
    }

    func plan(
        _ emails: [String], _ change: (inout Reconciliation.Options) -> Void = { _ in }
    ) throws -> PlannedRun {
        try write(feed: emails)
        return try Reconciliation(options(change), .still()).plan()
    }

    // MARK: Files

    func put(_ text: String, at name: String, mode: Int = 0o600) throws {
        let path = wireguard + "/" + name
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    func config(_ name: String) throws -> String {
        try String(contentsOfFile: wireguard + "/" + name, encoding: .utf8)
    }

    func configNames() throws -> [String] {
        // The firewall script and the marks of what is still to be applied are no configs.
        try FileManager.default.contentsOfDirectory(atPath: wireguard).sorted()
            .filter { $0 != FirewallScript.fileName && !$0.hasSuffix(".pending") }
    }

    /// The last report's `response` objects, as JSON.
    func responses() throws -> [[String: Any]?] {
        let data = try Data(contentsOf: URL(fileURLWithPath: reports + "/latest/report.json"))
        let document = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        return (document?["accounts"] as? [[String: Any]] ?? []).map { $0["response"] as? [String: Any] }
    }

    /// Every file with its content, but for the lock file, which stays where a run has been.
    func files() throws -> [String: Data] {
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

struct DatabaseLock: Sendable {
    fileprivate let queue: DatabaseQueue

    func release() throws { try end("ROLLBACK") }

    func commit() throws { try end("COMMIT") }

    private func end(_ statement: String) throws {
        try queue.writeWithoutTransaction { try $0.execute(sql: statement) }
        try queue.close()
    }
}

/// Runs a test on a bench of its own, which is gone afterwards.
func withBench(_ body: (Bench) throws -> Void) throws {
    let bench = Bench(folder: NSTemporaryDirectory() + "wg-reconcile-bench-" + UUID().uuidString)
    try FileManager.default.createDirectory(atPath: bench.wireguard, withIntermediateDirectories: true)
    // What cannot be deleted stays in the temporary folder, and the test has its result either way.
    defer { try? FileManager.default.removeItem(atPath: bench.folder) }
    try body(bench)
}

/// Minutes that have gone by in tests, so that each run has a time and thus an id of its own.
private let minutes = Atomic<Int64>(0)

extension Surroundings {
    /// 23 November 2026, and a minute more for each run; nothing waits.
    static func still(
        at time: UTCTime? = nil, uptime: @escaping @Sendable () -> Milliseconds = { 0 },
        pause: @escaping @Sendable (Milliseconds) -> Void = { _ in },
        isStopRequested: @escaping @Sendable () -> Bool = { false },
        observe: @escaping @Sendable (RunEvent) -> Void = { _ in }
    ) -> Surroundings {
        let minute = minutes.add(1, ordering: .relaxed).newValue
        let now = time ?? UTCTime(seconds: 1_795_441_471 + 60 * minute)
        return Surroundings(
            now: { now }, uptime: uptime, pause: pause, randomNumber: { 0x1a2b_3c4d }, hostName: "test",
            isStopRequested: isStopRequested, observe: observe)
    }
}

extension FinishedRun {
    var outcomes: [Outcome] { results.map(\.outcome) }
    /// The items that the entry's result names, as `type identifier`.
    func items(_ entry: Int) -> [String] {
        results[entry - 1].removal?.items.map { "\($0.type.rawValue) \($0.identifier)" } ?? []
    }

    /// What the entry's result names as kept restricted, as `type identifier`.
    func kept(_ entry: Int) -> [String] {
        results[entry - 1].removal?.keptRestricted.map { "\($0.type.rawValue) \($0.identifier)" } ?? []
    }
}

/// Something that changes in a closure that is called from elsewhere.
final class Shared<Value: Sendable>: Sendable {
    private let storage: Mutex<Value>

    init(_ value: Value) { storage = Mutex(value) }

    var value: Value { storage.withLock { $0 } }

    func change<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        storage.withLock { value in
            var copy = value
            let result = body(&copy)
            value = copy
            return result
        }
    }
}
