import Support

/// How a generation of the application writes its configs, as observed on its output.
struct ConfigLayout: Hashable, Sendable {
    /// Whether `PostUp = ` and `PostDown = ` stand there without a command, the last of them without a line end.
    var keepsEmptyCommands: Bool
    /// Whether a comment with its name stands before a peer.
    var namesPeers: Bool
    var commentsOutPeersWithoutAllowedIPs: Bool
    /// Whether commands of an administrator that stand on lines of their own get `; ` between them. The fork drops the line
    /// breaks alone, so that its command is one that nobody wrote; it is left as the fork has it.
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

    /// Appends the section of a peer, from the blank line before it to its last line's end.
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
            // Where the application names peers, it leaves the line of a missing preshared key out; else it leaves it
            // empty.
            text.append("\n")
        }
        text.append("\nPersistentKeepalive = ")
        text += peer.persistentKeepalive
        text.append("\nAllowedIPs = ")
        text += allowedIPs
        text.append("\n")
    }

    /// A peer as its section shows it.
    struct Peer {
        var name = ""
        var publicKey: [UInt8] = []
        var presharedKey: [UInt8] = []
        var persistentKeepalive: [UInt8] = []
        /// Networks as they stand in the config, with `, ` between them.
        var allowedIPs: [UInt8] = []

        /// The peer's name without characters that would end the comment it stands in; else the beginning of its key.
        fileprivate var title: String {
            let printable = String(name.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F })
            return printable.isEmpty ? String(decoding: publicKey, as: UTF8.self).prefix(16) + "..." : printable
        }
    }
}
