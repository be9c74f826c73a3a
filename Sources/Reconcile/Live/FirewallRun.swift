import Glibc

/// The firewall script in the folder of the configs, and whether the kernel still has to hear of its last change.
///
/// A mark beside the script is set before the script is replaced and goes once it was run. So a run that is cut short
/// between the two, or that was not to touch anything live, leaves the work to the next.
struct FirewallRun: Sendable {
    static let fileName = "wg-firewall.sh"

    /// The folder of the configs.
    let folder: String

    private var path: String { folder + "/" + Self.fileName }
    private var mark: String { folder + "/.wg-firewall.pending" }

    /// To be called before the script is replaced by another.
    func markPending() throws(FileFailure) {
        try DurableFile.replace(mark, with: [], mode: 0o600)
        try DurableFile.syncFolder(folder)
    }

    var isPending: Bool {
        get throws(FileFailure) { try FileSystem.status(of: mark) != nil }
    }

    /// Runs the script if it was not run since its last change.
    ///
    /// - Returns: whether it was run.
    /// - Throws: ``FileFailure`` or ``ProgramFailure``; the next run tries again.
    func runIfPending(_ programs: LivePrograms) throws -> Bool {
        guard try isPending else { return false }
        try programs.program(at: path).run([])
        try FileSystem.remove(mark)
        return true
    }
}
