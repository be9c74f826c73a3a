import Support

/// How one generation of the application writes its configs, as observed on its output.
struct ConfigLayout: Hashable, Sendable {
    /// Whether `PostUp = ` and `PostDown = ` are written even without a command. The last of them then has no line
    /// end.
    var keepsEmptyCommands: Bool
    /// Whether each peer is preceded by a comment with its name.
    var namesPeers: Bool
    var commentsOutPeersWithoutAllowedIPs: Bool
    /// Whether an administrator's commands on separate lines are joined with `; `. The fork only drops the line
    /// breaks, which joins the commands into one that nobody wrote. wg-reconcile writes what the fork writes.
    var separatesCommands: Bool

    static let withEmptyCommands = ConfigLayout(
        keepsEmptyCommands: true, namesPeers: false, commentsOutPeersWithoutAllowedIPs: false, separatesCommands: true)
    static let ofFork = ConfigLayout(
        keepsEmptyCommands: true, namesPeers: false, commentsOutPeersWithoutAllowedIPs: false, separatesCommands: false)
    static let withComments = ConfigLayout(
        keepsEmptyCommands: false, namesPeers: true, commentsOutPeersWithoutAllowedIPs: true, separatesCommands: true)

    // MARK: Lines

    /// The lines of `[Interface]` that follow the listen port.
    func commandLines(_ commands: PostCommands) -> String {
        if keepsEmptyCommands { return "PostUp = \(commands.up)\nPostDown = \(commands.down)" }
        return [("PostUp", commands.up), ("PostDown", commands.down)]
            .filter { !$0.1.isEmpty }.map { "\($0.0) = \($0.1)\n" }.joined()
    }

    /// Appends a peer's section, from the blank line before it to its last line end.
    func append(_ peer: Peer, to text: inout [UInt8]) {
        if peer.allowedIPs.isEmpty && commentsOutPeersWithoutAllowedIPs {
            text.append(text: "\n# WARNING: No Allowed IPs set for peer \(peer.title). \n")
            var lines: [UInt8] = []
            appendLines(of: peer, allowedIPs: Array("(missing)".utf8), to: &lines)
            for line in lines.split(separator: .lineFeed) {
                text.append("# ")
                text += line
                text.append("\n")
            }
            return
        }
        text.append("\n")
        if namesPeers { text.append(text: "# Peer: \(peer.title)\n") }
        appendLines(of: peer, allowedIPs: peer.allowedIPs, to: &text)
    }

    private func appendLines(of peer: Peer, allowedIPs: [UInt8], to text: inout [UInt8]) {
        text.append("[Peer]\nPublicKey = ")
        text += peer.publicKey
        if !peer.presharedKey.isEmpty {
            text.append("\nPresharedKey = ")
            text += peer.presharedKey
        } else if !namesPeers {
            // Layouts that name peers omit the line of a missing preshared key; the others leave it empty.
            text.append("\n")
        }
        text.append("\nPersistentKeepalive = ")
        text += peer.persistentKeepalive
        text.append("\nAllowedIPs = ")
        text += allowedIPs
        text.append("\n")
    }

    /// A peer, as written in its section.
    struct Peer {
        var name = ""
        var publicKey: [UInt8] = []
        var presharedKey: [UInt8] = []
        var persistentKeepalive: [UInt8] = []
        /// Networks as written in the config, separated by `, `.
        var allowedIPs: [UInt8] = []

        /// The peer's name without control characters, which could end the comment. If nothing is left, the beginning
        /// of its key.
        fileprivate var title: String {
            let printable = String(name.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F })
            return printable.isEmpty ? String(decoding: publicKey, as: UTF8.self).prefix(16) + "..." : printable
        }
    }
}
