import Feed
import Support

/// The firewall script in the folder of the configs.
enum ScriptOnDisk {
    /// No script, or an empty one, which the application leaves behind if it dies during an export.
    case none
    /// wg-reconcile's own script. `generation` is nil for a script of an earlier version, which did not record it.
    /// `letsClientsReachApplication` is nil where the generation does not control that.
    case own(generation: String?, letsClientsReachApplication: Bool?)
    case application(ApplicationScript)
    /// Any other script, or a symbolic link, which somebody has set up on purpose, whatever it leads to.
    case somebodyElses

    init(in folder: OpenFolder) throws(FileFailure) {
        let name = FirewallScript.fileName
        if let present = try folder.regularFile(name) {
            self.init(present.bytes)
        } else {
            self = try folder.status(of: name)?.isLink == true ? .somebodyElses : .none
        }
    }

    /// Recognises a script by its second line.
    init(_ bytes: [UInt8]) {
        let lines = bytes.prefix(1024).split(separator: .lineFeed, maxSplits: 3, omittingEmptySubsequences: false)
        if bytes.isEmpty {
            self = .none
        } else if lines.count < 3 || !lines[0].starts(with: "#!".utf8) {
            self = .somebodyElses
        } else if lines[1].elementsEqual(FirewallShell.mark.utf8) {
            self = Self.own(thirdLine: String(decoding: lines[2], as: UTF8.self))
        } else if Self.trimmed(lines[1]).elementsEqual(Self.applicationsMark.utf8) {
            self = .application(ApplicationScript(bytes))
        } else {
            self = .somebodyElses
        }
    }

    private static let applicationsMark = "# Description: Firewall rules for WireGuard_WebAdmin"

    /// Ignores Windows line ends and trailing blanks.
    private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        line.prefix(line.lastIndex { $0 > 0x20 }.map { $0 - line.startIndex + 1 } ?? 0)
    }

    private static func own(thirdLine: String) -> ScriptOnDisk {
        guard thirdLine.hasPrefix(FirewallShell.generationMark) else {
            return .own(generation: nil, letsClientsReachApplication: nil)
        }
        let words = thirdLine.dropFirst(FirewallShell.generationMark.count).split(separator: " ", maxSplits: 1)
        let generation = words.first.map(String.init) ?? ""
        return .own(
            generation: generation,
            letsClientsReachApplication: Generation.named(generation)?.firewall.clientGuard == nil
                ? nil : words.last?.elementsEqual(FirewallShell.clientsReachApplication) == true)
    }
}
