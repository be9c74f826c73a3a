import Foundation
import Report

/// A control plane to measure: a database and its feed, which never change, and copies of them to work on.
struct PreparedControlPlane {
    let size: Scale.ControlPlane
    let database: String
    let feed: String
    /// The real number of instances; a few accounts have two or none.
    let instances: Int
    private let configs: String
    private let folder: String

    init(_ size: Scale.ControlPlane, in parent: String, seed: UInt64) throws {
        self.size = size
        folder = parent + "/\(size.instances)-\(size.sessions)-\(size.accounts)"
        database = folder + "/db.sqlite3"
        feed = folder + "/feed.csv"
        configs = folder + "/wireguard"
        let files = FileManager.default
        try files.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let made = try Child.measure(
            "make-database", folder, "--instances", "\(size.instances)", "--sessions", "\(size.sessions)", "--accounts",
            "\(size.accounts)", "--seed", "\(seed)")
        instances = Int(made["instances"] ?? 0)
    }

    /// The latest copy.
    var workingCopy: WorkingCopy { WorkingCopy(folder: folder + "/work", feed: feed, accounts: size.accounts) }

    /// Makes a copy to work on: a new copy of the database and, if wanted, a folder of configs.
    ///
    /// Configs are linked, not copied, because they are only ever replaced or deleted as a whole.
    func copy(withConfigs: Bool = true) throws -> WorkingCopy {
        let copy = workingCopy
        let files = FileManager.default
        if files.fileExists(atPath: copy.folder) { try files.removeItem(atPath: copy.folder) }
        for directory in [copy.folder, copy.reports] {
            try files.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
        _ = try Child.run(["cp", database, copy.database])
        // At night, the database has not been written for a while.
        try files.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: Double(DatabaseMaking.time.seconds))],
            ofItemAtPath: copy.database)
        if withConfigs {
            _ = try Child.run(["cp", "-al", try renderedConfigs(), copy.configs])
        } else {
            try files.createDirectory(atPath: copy.configs, withIntermediateDirectories: false)
        }
        _ = try Child.run(["sync"])
        return copy
    }

    /// The configs of the original database. They are rendered in memory if there is room, because writing each durably
    /// to a disk takes minutes.
    private func renderedConfigs() throws -> String {
        guard !FileManager.default.fileExists(atPath: configs) else { return configs }
        let memory = "/dev/shm"
        let parent = FileManager.default.isWritableFile(atPath: memory) ? memory : folder
        let aside = parent + "/wg-reconcile-benchmark-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(
            atPath: aside, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        // If this fails, the folder uses some memory but does not distort the results.
        defer { _ = try? Child.run(["rm", "-r", aside]) }
        _ = try Child.measure("measure-configs", database, aside)
        _ = try Child.run(["cp", "-a", aside, configs])
        return configs
    }
}

/// A copy of a database and its files that a measurement may change.
struct WorkingCopy {
    let folder: String
    let feed: String
    /// How many accounts the feed removes.
    let accounts: Int
    var database: String { folder + "/db.sqlite3" }
    var configs: String { folder + "/wireguard" }
    var reports: String { folder + "/reports" }
}
