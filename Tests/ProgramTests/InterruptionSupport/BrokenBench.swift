import Foundation
import Support
import Testing

/// A control plane in a folder of its own, on which the built program is run and broken.
struct BrokenBench: Sendable {
    let folder: String
    var database: String
    var wireguard: String
    var reports: String
    var feed: String

    private init(in folder: String) {
        self.folder = folder
        database = folder + "/db/db.sqlite3"
        wireguard = folder + "/wireguard"
        reports = folder + "/reports"
        feed = folder + "/feed.csv"
    }

    /// Makes the folder, with all that was in another bench's.
    init(_ folder: String, _ tree: DiskTree) throws {
        self.init(in: folder)
        try tree.write(to: folder)
        try FileManager.default.createDirectory(atPath: folder + "/io", withIntermediateDirectories: true)
    }

    /// Puts a copy of the template's database, configs and feed into the folder.
    init(_ folder: String, _ template: BrokenTemplate) throws {
        self.init(in: folder)
        for path in [folder + "/db", folder + "/io", wireguard] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        try put(template.database, at: database)
        try put(Data(template.feed.utf8), at: feed)
        for (name, content) in template.configs { try put(content, at: wireguard + "/" + name) }
    }

    /// Writes a file that its owner alone may read.
    func put(_ content: Data, at path: String) throws {
        guard
            FileManager.default.createFile(atPath: path, contents: content, attributes: [.posixPermissions: 0o600])
        else { throw CocoaError(.fileWriteUnknown) }
    }

    // MARK: The program

    func arguments(_ more: [String] = []) -> [String] {
        [
            "run", feed, "--database", database, "--wireguard-dir", wireguard, "--report-dir", reports,
            "--max-share", "100", "--busy-timeout", "20",
        ] + more
    }

    func start(_ more: [String] = [], environment: [String: String] = [:]) throws -> BrokenChild {
        try startProgram(arguments(more), environment: environment)
    }

    /// Starts any command of the program.
    func startProgram(_ arguments: [String], environment: [String: String] = [:]) throws -> BrokenChild {
        try BrokenChild(Program.path, arguments, in: folder + "/io", environment: environment)
    }

    /// Runs the job to its end.
    @discardableResult
    func run(_ more: [String] = ["--pause", "0"], environment: [String: String] = [:]) throws -> BrokenChild {
        let child = try start(more, environment: environment)
        try child.wait()
        return child
    }

    /// Starts the job and waits until it stops itself at the checkpoint.
    ///
    /// - Returns: the stopped child; nil where the run does not come to that point so often, and has ended.
    func runUntil(_ checkpoint: RunCheckpoint, _ visit: Int = 1, _ more: [String] = ["--pause", "0"]) throws
        -> BrokenChild?
    {
        let child = try start(more, environment: ["WG_RECONCILE_TEST_PAUSE": "\(checkpoint.rawValue):\(visit)"])
        return try child.wait() == .stopped ? child : nil
    }

    // MARK: What it left

    /// The database as the next one who opens it will find it, also after a crash. Looks at a copy, so that a hot
    /// journal is left to the program.
    func image() throws -> BrokenImage {
        try withCopy { copy, _ in try BrokenImage(ofDatabaseAt: copy) }
    }

    /// What the configs would be, rendered now.
    func rendering() throws -> [String: Data] {
        try withCopy { copy, folder in
            let configs = folder + "/wireguard"
            try FileManager.default.createDirectory(atPath: configs, withIntermediateDirectories: true)
            try Program.regenerate(copy, configs)
            let names = try FileManager.default.contentsOfDirectory(atPath: configs).filter { !$0.hasPrefix(".") }
            return Dictionary(
                uniqueKeysWithValues: try names.map { ($0, try Data(contentsOf: URL(filePath: configs + "/" + $0))) })
        }
    }

    private func withCopy<Value>(_ body: (_ database: String, _ folder: String) throws -> Value) throws -> Value {
        let folder = self.folder + "/copy-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }  // lies in the bench's folder, which goes anyway
        let copy = folder + "/db.sqlite3"
        for suffix in ["", "-journal", "-wal"] where FileManager.default.fileExists(atPath: database + suffix) {
            try FileManager.default.copyItem(atPath: database + suffix, toPath: copy + suffix)
        }
        return try body(copy, folder)
    }

    /// Whether a rollback journal lies beside the database that the next one who opens it has to play back.
    var hasHotJournal: Bool {
        guard let journal = FileManager.default.contents(atPath: database + "-journal") else { return false }
        return journal.count > 512 && journal.prefix(8).contains { $0 != 0 }
    }

    /// Whether a write-ahead log lies beside the database that holds more than its header.
    var hasWriteAheadFrames: Bool {
        (FileManager.default.contents(atPath: database + "-wal")?.count ?? 0) > 32
    }

    func configs() throws -> [String: Data] {
        var configs: [String: Data] = [:]
        // What is still to be applied is no config, and grows from run to run where nothing is applied.
        for name in try FileManager.default.contentsOfDirectory(atPath: wireguard) where !name.hasSuffix(".pending") {
            configs[name] = FileManager.default.contents(atPath: wireguard + "/" + name)
        }
        return configs
    }

    /// Names below the folder that only a run which is still at work may have.
    func leftovers() throws -> [String] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
        let endings = ["-journal", "-wal", "-shm"]
        return names.filter { name in name.contains(".wg-reconcile-") || endings.contains { name.hasSuffix($0) } }
            .sorted()
    }

    /// The reports that are in place, by run id.
    func publishedReports() throws -> [String: BrokenReport] {
        guard FileManager.default.fileExists(atPath: reports) else { return [:] }
        var found: [String: BrokenReport] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: reports)
        where name != "latest" && name != "index.html" && !name.hasPrefix(".") {
            found[name] = try BrokenReport(inFolder: reports + "/" + name)
        }
        return found
    }

    func latestReport() throws -> BrokenReport { try BrokenReport(inFolder: reports + "/latest") }
}

/// Runs a test on a bench of its own, which is gone afterwards.
func withBrokenBench(
    _ template: BrokenTemplate, under parent: String = NSTemporaryDirectory(), _ body: (BrokenBench) throws -> Void
) throws {
    let folder = parent + "/wg-reconcile-broken-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    // What cannot be deleted stays in the temporary folder, and the test has its result either way.
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(BrokenBench(folder, template))
}

/// The same on a copy of another bench.
func withBrokenBench(_ tree: DiskTree, _ body: (BrokenBench) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "/wg-reconcile-broken-" + UUID().uuidString
    // What cannot be deleted stays in the temporary folder, and the test has its result either way.
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(BrokenBench(folder, tree))
}
