/// The shell commands that `wg-quick` runs when an interface goes up and down.
struct PostCommands: Hashable {
    private(set) var up: String
    private(set) var down: String

    /// An instance under the application's firewall: one instance of them all runs its script.
    init(runningFirewallScript: Bool) {
        up = runningFirewallScript ? "/etc/wireguard/wg-firewall.sh" : ""
        down = ""
    }

    /// An instance that carries commands of its own, as the administrator wrote them.
    init(legacyUp up: String, down: String, _ layout: ConfigLayout) {
        let separator = layout.separatesCommands ? "; " : ""
        self.up = Self.joined(up, by: separator)
        self.down = Self.joined(down, by: separator)
    }

    /// Redirects a port to a peer, on the address that the application's container has in its own network.
    mutating func add(_ rule: RedirectRule) {
        up += rule.commands(table: "-A")
        down += rule.commands(table: "-D")
    }

    /// Limits the bandwidth of an instance by its scripts. They run last.
    mutating func addBandwidthLimit(of number: Int) {
        let scripts = BandwidthScripts.commands(of: number)
        up += (up.isEmpty ? "" : " ; ") + scripts.up
        down += (down.isEmpty ? "" : " ; ") + scripts.down
    }

    /// One line of several: line breaks, however many in a row, become the separator, and no other control character
    /// stays.
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
}
