import Foundation
import GRDB
import Glibc
import SamplePlane
import Support
import Testing

/// A sample control plane in a temporary folder of its own: database, configs, feeds; and the program run on it.
struct ControlPlaneFolder: Sendable {
    let folder: String
    /// What the sample holds.
    let inventory: SampleInventory

    var database: String { folder + "/db.sqlite3" }
    var wireguard: String { folder + "/wireguard" }
    var reports: String { folder + "/reports" }
    var lockFile: String { database + ".wg-reconcile.lock" }

    /// The path of a file in the folder.
    func path(_ name: String) -> String { folder + "/" + name }

    /// The options that every run needs.
    var places: [String] { ["--database", database, "--wireguard-dir", wireguard, "--report-dir", reports] }

    // MARK: Running the program

    /// Runs a command on a feed: a name in the folder, an absolute path, or `-`.
    ///
    /// - Parameter looksAtInterfaces: as a run does by itself. The interfaces of the sample are nowhere, so that it could tell of
    ///   no tunnel and would end with 1 for that alone; hence without this, it has `--no-apply`.
    func program(
        _ command: String, _ feed: String, _ options: [String] = [], looksAtInterfaces: Bool = false,
        environment: [String: String] = [:],
        input: ProgramProcess.Input = .nothing, output: ProgramProcess.Output = .files
    ) throws -> ProgramResult {
        try Program.run(
            arguments(command, feed, options, looksAtInterfaces), environment: environment, input: input, output: output
        )
    }

    /// Begins a run, for a test that interrupts it.
    func start(
        _ command: String, _ feed: String, _ options: [String] = [], environment: [String: String] = [:]
    ) throws -> ProgramProcess {
        try ProgramProcess(Program.path, arguments(command, feed, options, false), environment: environment)
    }

    private func arguments(
        _ command: String, _ feed: String, _ options: [String], _ looksAtInterfaces: Bool
    ) -> [String] {
        let feed = feed.hasPrefix("/") || feed == "-" ? feed : path(feed)
        let isBlind = command == "run" && !looksAtInterfaces && !options.contains("--no-apply")
        return [command, feed] + places + (isBlind ? ["--no-apply"] : []) + options
    }

    /// Begins to remove accounts by name, on a terminal where the test answers.
    func startRemoving(_ names: [String], _ options: [String] = []) throws -> ProgramProcess {
        try ProgramProcess(
            Program.path, ["remove"] + names.map(email) + places + ["--no-apply"] + options, input: .keyboard,
            output: .terminal(columns: 120))
    }

    /// Removes accounts by name, without a terminal.
    func remove(
        _ names: [String], _ options: [String] = ["--yes"], environment: [String: String] = [:]
    ) throws -> ProgramResult {
        try Program.run(
            ["remove"] + names.map(email) + places + ["--no-apply"] + options, environment: environment)
    }

    // MARK: Files

    /// Writes a file, by default readable by its owner alone.
    @discardableResult
    func write(_ text: String, to name: String, mode: mode_t = 0o600) throws -> String {
        let file = try openForWriting(name, O_CREAT | O_TRUNC)
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
        chmod(path(name), mode)
        return path(name)
    }

    /// Opens a file so that a program which another test starts meanwhile does not inherit it: a feed that somebody has
    /// open for writing is left alone.
    func openForWriting(_ name: String, _ flags: Int32 = 0) throws -> FileHandle {
        let descriptor = open(path(name), O_WRONLY | O_CLOEXEC | flags, 0o600)
        guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    func read(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }

    func exists(_ name: String) -> Bool {
        var facts = stat()
        return lstat(path(name), &facts) == 0
    }

    func mode(_ name: String) -> mode_t {
        var facts = stat()
        return lstat(path(name), &facts) == 0 ? facts.st_mode & 0o7777 : 0
    }

    /// Gives a file a time of change, as `touch -d` does.
    func touch(_ name: String, _ time: UTCTime) {
        let moment = timespec(tv_sec: Int(time.seconds), tv_nsec: 0)
        utimensat(AT_FDCWD, path(name), [moment, moment], 0)
    }

    /// Of database, configs, feeds and reports.
    func fingerprint() throws -> Fingerprint { try Fingerprint(of: folder) }

    /// The names in the report folder that are runs, the oldest first.
    func runs() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: reports).filter { $0 != "latest" && $0 != "index.html" }
            .sorted()
    }

    /// The report that `latest` leads to.
    func report() throws -> ReportRead { try ReportRead(at: reports + "/latest/report.json") }

    // MARK: The database

    /// Works on the database as the application would, from a connection of its own.
    func execute(_ sql: String, _ arguments: StatementArguments = []) throws {
        try connection().write { try $0.execute(sql: sql, arguments: arguments) }
    }

    func executeOutsideTransaction(_ sql: String) throws {
        try connection().writeWithoutTransaction { try $0.execute(sql: sql) }
    }

    func strings(_ sql: String, _ arguments: StatementArguments = []) throws -> [String] {
        try connection().read { try String.fetchAll($0, sql: sql, arguments: arguments) }
    }

    func hasInstance(_ email: String) throws -> Bool {
        try !strings("SELECT uuid FROM wireguard_wireguardinstance WHERE name = ?", [email]).isEmpty
    }

    private func connection() throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.foreignKeysEnabled = false
        return try DatabaseQueue(path: database, configuration: configuration)
    }

    // MARK: Who is in the sample

    /// Accounts with one instance and one user, which the sample's own feed does not name.
    var bystanders: [SampleAccount] {
        // The feed ends and keeps accounts from the beginning, and puts off the last one.
        inventory.accounts.suffix(40).filter { $0.isComplete && $0.instances.count == 1 && $0.userIDs.count == 1 }
            .dropLast()
    }
}

/// Runs a test on a sample of its own, which is gone afterwards.
func withControlPlane(_ body: (ControlPlaneFolder) throws -> Void) throws {
    let plane = try ControlPlaneFolder.copyOfSample()
    // What cannot be deleted stays in the temporary folder, and the test has its result either way.
    defer { try? FileManager.default.removeItem(atPath: plane.folder) }
    try body(plane)
}

extension ControlPlaneFolder {
    /// Made once, then copied: keys take time.
    private static let sample = Result {
        let folder = sampleFolder
        atexit { removeSample() }
        let now = UTCTime(seconds: Int64(Date().timeIntervalSince1970))
        let inventory = try SampleFolder(controlPlane: SampleControlPlane(accounts: 60, sessions: 60, now: now))
            .write(to: folder) { database, configs in
                try Program.regenerate(database, configs)
            }
        // A copy begins as the application leaves it: without a trace of this program.
        try FileManager.default.removeItem(atPath: folder + "/db.sqlite3.wg-reconcile.lock")
        return ControlPlaneFolder(folder: folder, inventory: inventory)
    }

    fileprivate static func copyOfSample() throws -> ControlPlaneFolder {
        let sample = try sample.get()
        let folder = NSTemporaryDirectory() + "wg-reconcile-plane-" + UUID().uuidString
        try FileManager.default.copyItem(atPath: sample.folder, toPath: folder)
        // Whatever the umask is where the tests run, these files are nobody else's to write.
        for name in ["feed.csv", "feed.json", "feed.jsonl", "feed-broken.csv"] { chmod(folder + "/" + name, 0o644) }
        return ControlPlaneFolder(folder: folder, inventory: sample.inventory)
    }

    private static var sampleFolder: String { NSTemporaryDirectory() + "wg-reconcile-sample-\(getpid())" }

    private static func removeSample() {
        // There is nobody left to tell.
        try? FileManager.default.removeItem(atPath: sampleFolder)
    }
}
