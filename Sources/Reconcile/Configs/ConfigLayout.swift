/// How an edition of the application writes its configs, as observed on its output.
struct ConfigLayout: Hashable, Sendable {
    /// Which instance's PostUp runs the firewall script.
    enum FirewallRunner: Hashable, Sendable {
        /// The first, in the order of the rows, that does not carry commands of its own.
        case firstWithoutLegacyFirewall
        /// The one that the firewall's settings name; where they name none, the one with the lowest number. One that
        /// carries commands of its own runs those, and nobody runs the script.
        case chosenInSettings
    }

    /// Whether `PostUp = ` and `PostDown = ` stand there without a command, the last of them without a line end.
    var keepsEmptyCommands: Bool
    /// Whether a comment with its name stands before a peer.
    var namesPeers: Bool
    /// Whether peers that are suspended, or disabled by a schedule, are left out.
    var leavesOutSuspendedPeers: Bool
    var commentsOutPeersWithoutAllowedIPs: Bool
    var firewallRunner: FirewallRunner

    // MARK: Lines

    /// The lines of `[Interface]` that follow the listen port.
    func commandLines(_ commands: PostCommands) -> String {
        if keepsEmptyCommands { return "PostUp = \(commands.up)\nPostDown = \(commands.down)" }
        return [("PostUp", commands.up), ("PostDown", commands.down)]
            .filter { !$0.1.isEmpty }.map { "\($0.0) = \($0.1)\n" }.joined()
    }

    /// Appends the section of a peer, from the blank line before it to its last line's end.
    func append(_ peer: Peer, to text: inout String) {
        if peer.allowedIPs.isEmpty && commentsOutPeersWithoutAllowedIPs {
            text += "\n# WARNING: No Allowed IPs set for peer \(peer.title). \n"
            for line in lines(of: peer, allowedIPs: "(missing)").split(separator: "\n") { text += "# \(line)\n" }
            return
        }
        text += namesPeers ? "\n# Peer: \(peer.title)\n" : "\n"
        text += lines(of: peer, allowedIPs: peer.allowedIPs)
    }

    /// Piece by piece: on many peers, joining lines takes longer than reading them from the database.
    private func lines(of peer: Peer, allowedIPs: String) -> String {
        var text = "[Peer]\nPublicKey = "
        text += peer.publicKey
        if !peer.presharedKey.isEmpty {
            text += "\nPresharedKey = "
            text += peer.presharedKey
        } else if !namesPeers {
            // Where the application names peers, it leaves the line of a missing preshared key out; else it leaves it
            // empty.
            text += "\n"
        }
        text += "\nPersistentKeepalive = "
        text += peer.persistentKeepalive
        text += "\nAllowedIPs = "
        text += allowedIPs
        text += "\n"
        return text
    }

    /// A peer as its section shows it.
    struct Peer {
        var name: String
        var publicKey: String
        var presharedKey: String
        var persistentKeepalive: String
        /// Networks as they stand in the config, with `, ` between them.
        var allowedIPs: String

        /// The peer's name without characters that would end the comment it stands in; else the beginning of its key.
        fileprivate var title: String {
            let printable = String(name.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F })
            return printable.isEmpty ? publicKey.prefix(16) + "..." : printable
        }
    }
}
