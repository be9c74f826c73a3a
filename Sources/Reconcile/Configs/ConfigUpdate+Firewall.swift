import Glibc

extension ConfigUpdate {
    /// Replaces the application's firewall script, or our own of an earlier run; one that somebody else wrote stays.
    mutating func write(_ firewall: FirewallScript) {
        record.firewallProblems = firewall.problems
        let name = FirewallScript.fileName
        let run = FirewallRun(folder: folder)
        do throws(FileFailure) {
            if try run.isSomebodyElses {
                record.unknown.append(name)
                return
            }
            let bytes = Array(firewall.text.utf8)
            let present = try folder.regularFile(name)
            if let present, present.bytes == bytes {
                if present.facts.st_mode & 0o7777 != Self.scriptMode {
                    try folder.setMode(of: name, to: Self.scriptMode)
                }
                return
            }
            if present == nil { try requireReplaceable(name) }
            guard mayChangeFiles() else { return }
            try run.markPending()
            try DurableFile.replace(
                name, in: folder, with: bytes, mode: Self.scriptMode, keepingOwner: present != nil)
            record.firewallWritten = true
        } catch {
            note(error)
        }
    }

    /// wg-quick, which is root, runs it as PostUp.
    private static let scriptMode: mode_t = 0o700
}
