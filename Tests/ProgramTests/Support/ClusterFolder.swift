import Foundation
import GRDB
import Glibc

/// A control plane whose application runs a cluster, with nothing up on its own host, and two workers at work.
final class ClusterFolder {
    static let workers = ["vpn2", "vpn3"]

    let folder: String
    private var processes: [ProgramProcess] = []

    var database: String { folder + "/db.sqlite3" }
    var wireguard: String { folder + "/wireguard" }
    var reports: String { folder + "/reports" }

    /// The first Python that has SQLite; nil where there is none.
    static let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    init() throws {
        folder = NSTemporaryDirectory() + "wg-reconcile-cluster-" + UUID().uuidString
        let files = FileManager.default
        try files.createDirectory(
            atPath: wireguard, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let recording = Self.fixtures + "/reference/2026"
        let content = try Data(contentsOf: URL(filePath: recording + "/before.sqlite3"))
        guard files.createFile(atPath: database, contents: content, attributes: [.posixPermissions: 0o600]) else {
            throw CocoaError(.fileWriteUnknown)
        }
        for name in try files.contentsOfDirectory(atPath: recording + "/wireguard-before") {
            try files.copyItem(atPath: recording + "/wireguard-before/" + name, toPath: wireguard + "/" + name)
        }
        try fill()
    }

    deinit {
        // What cannot be deleted stays in the temporary folder.
        try? FileManager.default.removeItem(atPath: folder)
    }

    private static let fixtures = URL(filePath: #filePath).appending(path: "../../../../fixtures").standardizedFileURL
        .path()

    private func fill() throws {
        try connection().write { db in
            // Whatever the clock says here, the accounts are older than their end.
            try db.execute(
                sql: """
                    UPDATE wireguard_wireguardinstance SET created = '2020-01-01 00:00:00';
                    UPDATE auth_user SET date_joined = '2020-01-01 00:00:00';
                    INSERT INTO cluster_clustersettings
                        (name, enabled, primary_enable_wireguard, cluster_mode, restart_mode, worker_display, config_version,
                        updated, created, uuid, dns_version)
                    VALUES ('cluster_settings', 1, 0, 'mirror', 'auto', 'name', 1, '', '', 's', 0);
                    """)
            for name in Self.workers {
                try db.execute(
                    sql: """
                        INSERT INTO cluster_worker
                            (name, enabled, token, ip_lock, force_reload, force_restart, updated, created, uuid, error_status)
                        VALUES (?1, 1, ?1, 0, 0, 0, '', '', ?1, '');
                        """, arguments: [name])
                try db.execute(
                    sql: """
                        INSERT INTO cluster_workerstatus
                            (last_seen, config_version, updated, created, uuid, worker_id, active_peers, worker_version, dns_version)
                        VALUES ('2020-01-01 00:00:00', 0, '', '', ?, last_insert_rowid(), 0, 10, 0)
                        """, arguments: [name])
            }
        }
    }

    // MARK: Workers

    func startWorkers(_ python: String, seed: Int) throws {
        let script = URL(filePath: #filePath).appending(path: "../../../Cluster/worker.py").standardizedFileURL.path()
        for name in Self.workers {
            processes.append(
                try ProgramProcess(python, ["-B", script, database, wireguard, name, folder, "\(seed)"]))
        }
        let deadline = Date(timeIntervalSinceNow: 30)
        while try strings("SELECT 1 FROM cluster_workerstatus WHERE wireguard_status IS NOT NULL").count
            < processes.count
        {
            guard Date() < deadline else { throw CocoaError(.fileReadUnknown) }
            usleep(20_000)
        }
    }

    /// - Returns: what the workers said, which is nothing if they are right.
    func stopWorkers() throws -> String {
        try Data().write(to: URL(filePath: folder + "/stop"))
        defer { processes = [] }
        return try processes.map { try $0.end(within: 30) }.map(\.stderr).joined()
    }

    /// Notes that these keys are said to be gone everywhere. A worker that has one from here on breaks the promise.
    func declareGone(_ keys: Set<String>) throws {
        let data = try JSONSerialization.data(withJSONObject: keys.sorted())
        try data.write(to: URL(filePath: folder + "/gone.json"), options: .atomic)
    }

    /// The keys that a worker really has.
    func keys(of worker: String) throws -> Set<String> {
        let data = try Data(contentsOf: URL(filePath: "\(folder)/\(worker).json"))
        return Set(try JSONSerialization.jsonObject(with: data) as? [String] ?? [])
    }

    /// Keys that came back after they were said to be gone.
    var violations: String { (try? String(contentsOfFile: folder + "/violations", encoding: .utf8)) ?? "" }

    // MARK: The program and the database

    /// Begins a run of a feed that ends these accounts. No `wg` is to be found.
    func start(_ emails: [String], _ options: [String] = []) throws -> ProgramProcess {
        let feed = folder + "/feed.csv"
        let text = "email,status\n" + emails.map { "\($0),cancelled\n" }.joined()
        guard
            FileManager.default.createFile(
                atPath: feed, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else { throw CocoaError(.fileWriteUnknown) }
        return try ProgramProcess(
            Program.path,
            [
                "run", feed, "--database", database, "--wireguard-dir", wireguard, "--report-dir", reports,
                "--max-share", "100", "--max-removals", "100000", "--pause", "0",
            ] + options, environment: ["PATH": "/nonexistent"])
    }

    func strings(_ sql: String, _ arguments: StatementArguments = []) throws -> [String] {
        try connection().read { try String.fetchAll($0, sql: sql, arguments: arguments) }
    }

    private func connection() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(20)
        configuration.foreignKeysEnabled = false
        return try DatabaseQueue(path: database, configuration: configuration)
    }
}
