import Feed
import Support

/// The firewall script in the folder of the configs, and whether the kernel still has to hear of its last change.
///
/// A mark beside the script is set before the script is replaced and goes once it was run. So a run that is cut short
/// between the two, or that was not to touch anything live, leaves the work to the next. The mark names the network
/// namespace where a run saw the database's interfaces: once the last of them was taken down, none tells any more that
/// this is the place.
struct FirewallRun: Sendable {
    /// The folder of the configs.
    let folder: OpenFolder

    private static let script = FirewallScript.fileName
    private static let mark = ".wg-firewall.pending"

    /// To be called before the script is replaced by another.
    func markPending() throws(FileFailure) {
        if try isPending { return }
        try DurableFile.replace(Self.mark, in: folder, with: [], mode: 0o600)
        try folder.sync()
    }

    var isPending: Bool {
        get throws(FileFailure) { try folder.status(of: Self.mark) != nil }
    }

    /// To be called where interfaces of the database are seen, before any of them is taken down.
    func remember(_ place: NetworkNamespace.Identity) throws(FileFailure) {
        let isRemembered = try isPending(in: place)
        guard try isPending, !isRemembered else { return }
        try DurableFile.replace(Self.mark, in: folder, with: Array(place.description.utf8), mode: 0o600)
    }

    /// Whether the script is still to be run where interfaces of the database were seen.
    func isPending(in place: NetworkNamespace.Identity) throws(FileFailure) -> Bool {
        try folder.regularFile(Self.mark)?.bytes.elementsEqual(place.description.utf8) == true
    }

    /// It would not do here what it says.
    struct Hindered: Error, CustomStringConvertible {
        var obstacles: [FirewallObstacle]
        var description: String {
            let causes = obstacles.map(\.description).joined(separator: ", and ")
            return "it was not run: \(causes); \(obstacles.map(\.hint).joined(separator: "; "))"
        }
    }

    /// Somebody else could have changed the script.
    struct Untrusted: Error, CustomStringConvertible {
        var file: UntrustedFile
        var description: String { "it was not run: \(file.cause); \(file.hint)" }
    }

    /// Runs the script if it was not run since its last change.
    ///
    /// - Parameter script: what this run rendered. Anything else that stands in the file is not run: it was left alone, or
    ///   could not be replaced, and either is reported by whoever tried.
    /// - Returns: whether it was run.
    /// - Throws: ``FileFailure``, ``Untrusted``, ``Hindered`` or ``ProgramFailure``; the next run tries again.
    func runIfPending(_ script: FirewallScript, _ live: LiveInterfaces) throws -> Bool {
        guard try isPending, let present = try folder.regularFile(Self.script),
            present.bytes.elementsEqual(script.text.utf8)
        else { return false }
        let path = folder.path(of: Self.script)
        if let objection = live.trust.objection(to: present.facts) {
            throw Untrusted(file: UntrustedFile(role: .firewallScript, path: path, reason: objection))
        }
        let obstacles = try FirewallObstacle.all(for: script.text, live.programs)
        guard obstacles.isEmpty else { throw Hindered(obstacles: obstacles) }
        try live.programs.program(at: path).run(["strict"])
        try folder.remove(Self.mark)
        return true
    }
}
