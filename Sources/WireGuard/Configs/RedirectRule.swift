/// A redirect of a server port to an address behind the server.
///
/// It becomes commands that root runs, so it consists of checked words only.
struct RedirectRule: Hashable {
    /// `tcp`, `udp`, or another protocol with ports.
    let transport: FirewallWord
    let port: FirewallWord
    let destination: FirewallWord
    let addsForwardRule: Bool
    let masqueradesSource: Bool

    /// The SQL of the address that the row `rule` of `firewall_redirectrule` leads to: that of its peer, else its own.
    static let destinationOfRow = """
        coalesce(
            (SELECT allowed_ip FROM wireguard_peerallowedip AS own
            WHERE own.peer_id = rule.peer_id AND own.config_file = 'server' AND own.netmask = 32
                AND own.priority = 0
            ORDER BY own.uuid LIMIT 1),
            rule.ip_address)
        """

    /// - Throws: ``UnusableColumn`` where a value is not valid for its column.
    init(
        transport: String?, port: Int64?, destination: String, addsForwardRule: Bool, masqueradesSource: Bool
    ) throws(UnusableColumn) {
        guard let transport = transport.flatMap(FirewallWord.transport), transport.hasPorts else {
            throw UnusableColumn("protocol is neither tcp nor udp")
        }
        guard let port = FirewallWord.port(port) else { throw UnusableColumn("port is not a port") }
        guard let destination = FirewallWord.decimalAddress(destination) else {
            throw UnusableColumn("the address that it leads to is not an IPv4 address")
        }
        self.transport = transport
        self.port = port
        self.destination = destination
        self.addsForwardRule = addsForwardRule
        self.masqueradesSource = masqueradesSource
    }

    /// The shell commands for PostUp and PostDown.
    ///
    /// - Parameter action: `-A` to add the rules, `-D` to delete them.
    func commands(table action: FirewallWord) -> String {
        let (action, transport, port) = (action.text, transport.text, port.text)
        let destination = destination.text
        var commands = [
            "iptables -t nat \(action) PREROUTING -p \(transport) -d wireguard-webadmin --dport \(port) "
                + "-j DNAT --to-dest \(destination):\(port)"
        ]
        if addsForwardRule {
            commands.append("iptables \(action) FORWARD -d \(destination) -p \(transport) --dport \(port) -j ACCEPT")
        }
        if masqueradesSource {
            commands.append(
                "iptables -t nat \(action) POSTROUTING -d \(destination) -p \(transport) --dport \(port) -j MASQUERADE")
        }
        return commands.map { $0 + " ; " }.joined()
    }
}
