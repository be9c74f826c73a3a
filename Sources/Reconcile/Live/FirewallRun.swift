/// The firewall script in the folder of the configs, and whether the kernel still has to hear of its last change.
///
/// A mark beside the script is set before the script is replaced and goes once it was run. So a run that is cut short
/// between the two, or that was not to touch anything live, leaves the work to the next. The mark names the network
/// namespace where a run saw the database's interfaces: once the last of them was taken down, none tells any more that
/// this is the place.
struct FirewallRun: Sendable {
    /// The folder of the configs.
    let folder: String

    private var path: String { folder + "/" + FirewallScript.fileName }
    private var mark: String { folder + "/.wg-firewall.pending" }

    /// To be called before the script is replaced by another.
    func markPending() throws(FileFailure) {
        if try isPending { return }
        try DurableFile.replace(mark, with: [], mode: 0o600)
        try DurableFile.syncFolder(folder)
    }

    var isPending: Bool {
        get throws(FileFailure) { try FileSystem.status(of: mark) != nil }
    }

    /// To be called where interfaces of the database are seen, before any of them is taken down.
    func remember(_ place: NetworkNamespace.Identity) throws(FileFailure) {
        let isRemembered = try isPending(in: place)
        guard try isPending, !isRemembered else { return }
        try DurableFile.replace(mark, with: Array(place.description.utf8), mode: 0o600)
    }

    /// Whether the script is still to be run where interfaces of the database were seen.
    func isPending(in place: NetworkNamespace.Identity) throws(FileFailure) -> Bool {
        try FileContents.readRegularFile(mark)?.elementsEqual(place.description.utf8) == true
    }

    /// Whether the script that is there was written neither by this program nor by the application, so that it is left
    /// alone. A link is somebody's arrangement, whatever it leads to.
    var isSomebodyElses: Bool {
        get throws(FileFailure) {
            guard let present = try FileContents.readRegularFile(path) else {
                return try FileSystem.status(of: path)?.isLink == true
            }
            return !FirewallScript.isKnown(present)
        }
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
        guard try isPending, try FileContents.readRegularFile(path)?.elementsEqual(script.text.utf8) == true else {
            return false
        }
        if let facts = try FileSystem.status(of: path), let objection = live.trust.objection(to: facts) {
            throw Untrusted(file: UntrustedFile(role: .firewallScript, path: path, reason: objection))
        }
        let obstacles = try FirewallObstacle.all(for: script.text, live.programs)
        guard obstacles.isEmpty else { throw Hindered(obstacles: obstacles) }
        try live.programs.program(at: path).run(["strict"])
        try FileSystem.remove(mark)
        return true
    }
}
