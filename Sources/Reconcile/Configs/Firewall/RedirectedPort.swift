import GRDB

/// A port of the server that is passed on to a peer or to an address behind one.
enum RedirectedPort {
    /// Rules of all instances, also of those that carry commands of their own, by port.
    ///
    /// A rule leads to the peer's own address, the first /32 of priority 0; where the peer has none or there is no peer,
    /// to the rule's own address; a rule with neither leads nowhere and is left out, as the application leaves it out.
    static func write(_ db: Database, over wanInterface: FirewallWord?, _ tables: inout FirewallTables) throws {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT uuid, rowid, protocol, port, port_forward, add_forward_rule, masquerade_source, description,
                    coalesce(
                        (SELECT allowed_ip FROM wireguard_peerallowedip AS own
                        WHERE own.peer_id = rule.peer_id AND own.config_file = 'server' AND own.netmask = 32
                            AND own.priority = 0
                        ORDER BY own.uuid LIMIT 1),
                        ip_address) AS destination
                FROM firewall_redirectrule AS rule
                ORDER BY port, protocol, rowid
                """)
        for row in rows {
            let name = nameOfRow("redirect rule", uuid: row.text(0), row: row.integer(1))
            let explanation = row.text(7).map { $0.isEmpty ? name : "\(name): \($0)" } ?? name
            guard let address = row.text(8), !address.isEmpty else { continue }
            do {
                try write(row, to: address, explanation, over: wanInterface, &tables)
            } catch let column as UnusableColumn {
                tables.report("\(name): \(column.complaint); the rule is left out")
            }
        }
    }

    private static func write(
        _ row: Row, to address: String, _ explanation: String, over wanInterface: FirewallWord?,
        _ tables: inout FirewallTables
    ) throws {
        let transport = try transport(row.text(2))
        guard let port = FirewallWord.port(row.integer(3)) else { throw UnusableColumn("port is no port") }
        // A column that holds no number at all counts for nothing in the application.
        let forwarded = row.text(4).flatMap { Int64($0.filter { $0 != " " }) } ?? row.integer(4) ?? row.integer(3)
        guard let destinationPort = FirewallWord.port(forwarded) else {
            throw UnusableColumn("port_forward is no port")
        }
        guard let destination = FirewallWord.address(address) else {
            throw UnusableColumn("the address that it leads to is no IPv4 address")
        }
        tables.explainNAT(explanation)
        if let wanInterface {
            tables.prerouting([
                "-i", wanInterface, "-d", "wireguard-webadmin", "-p", transport, "--dport", port,
                "-j", "DNAT", "--to-destination", .socket(destination, port: destinationPort),
            ])
        }
        let toDestination: [FirewallWord] = [
            "-o", "wg+", "-d", destination, "-p", transport, "--dport", destinationPort,
        ]
        if row.flag(6) { tables.postrouting(toDestination + ["-j", "MASQUERADE"]) }
        if row.flag(5), let wanInterface {
            tables.explainFilter(explanation)
            tables.forward(["-i", wanInterface] + toDestination + ["-j", "ACCEPT"])
        }
    }

    private static func transport(_ name: String?) throws -> FirewallWord {
        switch name {
        case "tcp": "tcp"
        case "udp": "udp"
        default: throw UnusableColumn("protocol is neither tcp nor udp")
        }
    }
}

/// A column that holds what it cannot hold. Names the column, never the value.
struct UnusableColumn: Error {
    var complaint: String

    init(_ complaint: String) { self.complaint = complaint }
}
