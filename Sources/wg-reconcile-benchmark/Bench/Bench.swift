import Foundation
import WireGuard

/// Where the comparison works: a folder for databases, feeds and configs, made as they are asked for.
final class Bench {
    let folder: String
    let seed: UInt64
    let rounds: Int
    private var controlPlanes: [Scale.ControlPlane: PreparedControlPlane] = [:]

    init(in parent: String?, seed: UInt64, rounds: Int) throws {
        let parent = URL(fileURLWithPath: parent ?? NSTemporaryDirectory(), isDirectory: true)
        folder = parent.appendingPathComponent("wg-reconcile-benchmark-\(UUID().uuidString.prefix(8))").path
        self.seed = seed
        self.rounds = rounds
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    func clear() {
        // Said rather than thrown: the tables are printed.
        do { try FileManager.default.removeItem(atPath: folder) } catch { print("\(folder) stays: \(error)") }
    }

    /// A control plane of this size with a feed, made once.
    func controlPlane(_ size: Scale.ControlPlane) throws -> PreparedControlPlane {
        if let made = controlPlanes[size] { return made }
        let made = try PreparedControlPlane(size, in: folder, seed: seed)
        controlPlanes[size] = made
        return made
    }

    /// A path for something that one measurement makes.
    func path(_ name: String) -> String { folder + "/" + name }

    func remove(_ path: String) throws {
        if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
    }

    /// The program that is measured, built beside this one.
    var program: String {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path + "/wg-reconcile"
    }

    /// Writes what lies in memory to the disk, so that one measurement does not pay for another's files.
    func settle() { sync() }
}

/// Something that one of the benchmark's own files holds, and that other programs read.
enum Script {
    /// Writes a script into the folder.
    static func place(_ bytes: [UInt8], as name: String, in bench: Bench) throws -> String {
        let path = bench.path(name)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }
}
