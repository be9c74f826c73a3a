import Glibc

extension ConfigUpdate {
    /// Replaces the application's firewall script, or our own of an earlier run; one that somebody else wrote stays.
    mutating func write(_ firewall: FirewallScript) {
        record.firewallProblems = firewall.problems
        let path = folder + "/" + FirewallScript.fileName
        let run = FirewallRun(folder: folder)
        do throws(FileFailure) {
            if try run.isSomebodyElses {
                record.unknown.append(FirewallScript.fileName)
                return
            }
            let bytes = Array(firewall.text.utf8)
            let present = try FileContents.readRegularFile(path)
            if present == bytes { return try mendMode(path) }
            try run.markPending()
            try DurableFile.replace(path, with: bytes, mode: Self.scriptMode, keepingOwner: present != nil)
            record.firewallWritten = true
        } catch {
            note(error)
        }
    }

    /// wg-quick, which is root, runs it as PostUp.
    private static let scriptMode: mode_t = 0o700

    private func mendMode(_ path: String) throws(FileFailure) {
        guard let mode = try FileSystem.status(of: path)?.st_mode, mode & 0o7777 != Self.scriptMode else { return }
        guard chmod(path, Self.scriptMode) == 0 else { throw FileFailure(.setMode, path) }
    }
}
