import Feed
import Support

/// The firewall script that lies in the folder of the configs.
package enum ScriptOnDisk {
    /// None, or an empty one: the application leaves that where it dies while it exports.
    case none
    /// This program's own. `generation` is nil for one of an earlier version, which did not say; the other is nil where
    /// the generation leaves it open.
    case own(generation: String?, letsClientsReachApplication: Bool?)
    case application(ApplicationScript)
    /// Neither; or a link, which is somebody's arrangement whatever it leads to.
    case somebodyElses

    init(in folder: OpenFolder) throws(FileFailure) {
        let name = FirewallScript.fileName
        if let present = try folder.regularFile(name) {
            self.init(present.bytes)
        } else {
            self = try folder.status(of: name)?.isLink == true ? .somebodyElses : .none
        }
    }

    /// Known by its second line.
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

    /// With line ends of Windows, or blanks at the end, it is the same line.
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
