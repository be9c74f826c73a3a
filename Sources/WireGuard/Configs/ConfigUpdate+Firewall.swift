import Glibc
import Support

extension ConfigUpdate {
    /// Replaces the application's firewall script, or one that an earlier run wrote. A script by somebody else, or by
    /// an unknown release, is left alone.
    mutating func write(_ firewall: FirewallScript, _ learnt: LearntOutput) {
        record.firewallProblems = firewall.problems
        let name = FirewallScript.fileName
        let run = FirewallRun(folder: folder)
        do throws(FileFailure) {
            let bytes = Array(firewall.text.utf8)
            let present = try folder.regularFile(name)
            // The script may have been replaced since it was first read.
            if try !learnt.mayReplace(ScriptOnDisk(in: folder)) {
                record.unknown.append(name)
                scriptLeftAlone = learnt.foreignScript ?? "another script was put there during the run"
                return
            }
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
            noteChange()
            record.firewallWritten = true
        } catch {
            note(error, leaving: name)
        }
    }

    /// wg-quick runs it as root, from PostUp.
    private static let scriptMode: mode_t = 0o700
}
