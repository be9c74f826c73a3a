import Foundation
import WireGuard

/// The working folder of a comparison, with databases, feeds and configs that are made on demand.
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
        // The error is printed and not thrown, because the tables are already printed.
        do { try FileManager.default.removeItem(atPath: folder) } catch { print("\(folder) stays: \(error)") }
    }

    /// A control plane of this size with its feed. It is made once.
    func controlPlane(_ size: Scale.ControlPlane) throws -> PreparedControlPlane {
        if let made = controlPlanes[size] { return made }
        let made = try PreparedControlPlane(size, in: folder, seed: seed)
        controlPlanes[size] = made
        return made
    }

    /// The path for a file that one measurement makes.
    func path(_ name: String) -> String { folder + "/" + name }

    func remove(_ path: String) throws {
        if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
    }

    /// The measured program, which is built next to this one.
    var program: String {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path + "/wg-reconcile"
    }

    /// Flushes memory to the disk, so that one measurement does not pay for another's files.
    func settle() { sync() }
}

/// A script that is compiled into the benchmark and run by another program.
enum Script {
    /// Writes a script into the folder.
    static func place(_ bytes: [UInt8], as name: String, in bench: Bench) throws -> String {
        let path = bench.path(name)
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
    }
}
