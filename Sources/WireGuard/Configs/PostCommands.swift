/// The shell commands that `wg-quick` runs when an interface goes up and down.
struct PostCommands: Hashable {
    private(set) var up: String
    private(set) var down: String

    /// For an instance under the application's firewall. Only one instance runs its script.
    init(runningFirewallScript: Bool) {
        up = runningFirewallScript ? "/etc/wireguard/wg-firewall.sh" : ""
        down = ""
    }

    /// For an instance with commands of its own, as the administrator wrote them.
    init(legacyUp up: String, down: String, _ layout: ConfigLayout) {
        let separator = layout.separatesCommands ? "; " : ""
        self.up = Self.joined(up, by: separator)
        self.down = Self.joined(down, by: separator)
    }

    /// Redirects a port to a peer, on the address of the application's container in its own network.
    mutating func add(_ rule: RedirectRule) {
        up += rule.commands(table: "-A")
        down += rule.commands(table: "-D")
    }

    /// Limits an instance's bandwidth with its scripts, which run last.
    mutating func addBandwidthLimit(of number: Int) {
        let scripts = BandwidthScripts.commands(of: number)
        up += (up.isEmpty ? "" : " ; ") + scripts.up
        down += (down.isEmpty ? "" : " ; ") + scripts.down
    }

    /// Joins several lines into one. Each run of line breaks becomes one separator; other control characters are
    /// dropped.
    private static func joined(_ commands: String, by separator: String) -> String {
        var line = ""
        var isInBreak = false
        for scalar in commands.unicodeScalars {
            if scalar == "\n" || scalar == "\r" {
                if !isInBreak { line += separator }
                isInBreak = true
            } else {
                isInBreak = false
                if scalar.value >= 0x20 && scalar.value != 0x7F { line.unicodeScalars.append(scalar) }
            }
        }
        return line.isEmpty ? "" : line + "; "
    }

    /// Programs that add neither addresses nor routes.
    private static let withoutRoutes: Set<String> = [
        "iptables", "ip6tables", "iptables-restore", "ip6tables-restore", "nft", "tc", "sysctl", "echo", "true",
        FirewallScript.fileName,
    ]

    /// Whether shell commands may add addresses or routes. An unknown program counts as one that may.
    static func mayAddRoutes(_ commands: String) -> Bool {
        // A substitution may run any other program.
        if commands.contains("$(") || commands.contains("`") { return true }
        var words = ShellWords(Array(commands.utf8))
        while let command = words.next() {
            guard let path = command.first else { continue }
            let name = String(path.split(separator: "/").last ?? "")
            if !withoutRoutes.contains(name), BandwidthScripts.number(ofFileNamed: name) == nil { return true }
        }
        return false
    }
}
