import Feed
import Glibc
import Support

/// The firewall script in the folder of the configs, and whether it still has to be run since its last change.
///
/// A mark file next to the script is set before the script is replaced, and removed once the script was run. So if a
/// run is cut short in between, or must not touch live interfaces, the next run finishes the work. The mark contains
/// the network namespace in which a run saw the database's interfaces. Once the last of them is taken down, nothing
/// else shows that the rules belong there.
struct FirewallRun: Sendable {
    /// The folder of the configs.
    let folder: OpenFolder

    private static let script = FirewallScript.fileName
    private static let mark = ".wg-firewall.pending"

    /// Call it before the script is replaced.
    func markPending() throws(FileFailure) {
        if try isPending { return }
        try DurableFile.replace(Self.mark, in: folder, with: [], mode: 0o600)
        try folder.sync()
    }

    var isPending: Bool {
        get throws(FileFailure) { try folder.status(of: Self.mark) != nil }
    }

    /// Call it when interfaces of the database are seen, before any of them is taken down.
    func remember(_ place: NetworkNamespace.Identity) throws(FileFailure) {
        let isRemembered = try isPending(in: place)
        guard try isPending, !isRemembered else { return }
        try DurableFile.replace(Self.mark, in: folder, with: Array(place.description.utf8), mode: 0o600)
    }

    /// Whether the script still has to be run in this namespace, where interfaces of the database were seen.
    func isPending(in place: NetworkNamespace.Identity) throws(FileFailure) -> Bool {
        try folder.regularFile(Self.mark)?.bytes.elementsEqual(place.description.utf8) == true
    }

    /// Whether a changed script is run in the network namespace of these interfaces. If no interface of the database is
    /// seen there, the rules may belong to another namespace. It is run then only if the operator has given this
    /// namespace, or an earlier run has recorded it.
    func belongs(in live: LiveInterfaces, isSighted: Bool) throws(FileFailure) -> Bool {
        if isSighted || live.isPlaceGiven { return true }
        return try isPending(in: live.place)
    }

    /// Why the script was not run.
    enum NotRun: Error, CustomStringConvertible {
        /// It would not work as written here.
        case hindered([FirewallObstacle])
        /// Somebody else could have changed it.
        case untrusted(UntrustedFile)

        /// Without saying that it was not run.
        var reason: String {
            switch self {
            case .hindered(let obstacles):
                obstacles.map(\.description).joined(separator: ", and ") + "; "
                    + obstacles.map(\.hint).joined(separator: "; ")
            case .untrusted(let file): "\(file.cause); \(file.hint)"
            }
        }

        var description: String { "it was not run: \(reason)" }
    }

    /// The script ran, and some of its commands failed.
    struct Incomplete: Error, CustomStringConvertible {
        var failure: ProgramFailure
        var description: String { failure.description }
    }

    /// Runs the script if it has changed since it was last run.
    ///
    /// - Parameter script: the script that this run rendered. A file with any other content is not run. It was left
    ///   alone or could not be replaced, which is reported elsewhere.
    /// - Parameter leftUp: interfaces of removed instances that are still up.
    /// - Returns: whether it was run.
    /// - Throws: ``FileFailure``, ``NotRun``, ``Incomplete`` or ``ProgramFailure``; the next run tries
    ///   again.
    func runIfPending(_ script: FirewallScript, _ live: LiveInterfaces, leftUp: Set<String>) throws -> Bool {
        guard try isPending, let present = try folder.regularFile(Self.script),
            present.bytes.elementsEqual(script.text.utf8)
        else { return false }
        try requireRunnable(present, live, leftUp: leftUp)
        let path = folder.path(of: Self.script)
        do throws(ProgramFailure) {
            try live.programs.others.program(at: path).run(["strict"])
        } catch {
            throw error.reasonNotStarted == nil ? Incomplete(failure: error) : error
        }
        try folder.remove(Self.mark)
        return true
    }

    /// Checks that the script may be run here, as `wg-quick up` runs it where the config's PostUp names it.
    ///
    /// - Throws: ``FileFailure``, ``NotRun`` or ``ProgramFailure``.
    func requireRunnable(in live: LiveInterfaces, leftUp: Set<String>) throws {
        // Without a script, wg-quick fails and takes the interface down again.
        guard let present = try folder.regularFile(Self.script) else { return }
        try requireRunnable(present, live, leftUp: leftUp)
    }

    private func requireRunnable(
        _ present: (bytes: [UInt8], facts: stat), _ live: LiveInterfaces, leftUp: Set<String>
    ) throws {
        if let objection = live.trust.objection(to: present.facts) {
            throw NotRun.untrusted(
                UntrustedFile(role: .firewallScript, path: folder.path(of: Self.script), reason: objection))
        }
        var obstacles = try FirewallObstacle.all(
            for: String(decoding: present.bytes, as: UTF8.self), live.programs.others)
        if !leftUp.isEmpty { obstacles.append(.removedInstanceUp(leftUp.sorted())) }
        guard obstacles.isEmpty else { throw NotRun.hindered(obstacles) }
    }
}
