import GRDB
import Support

/// The addresses that accounts hold: the networks of their instances, and the addresses routed to their peers.
package enum HeldAddresses {
    /// The network of a stored address. nil if it is not an address, and for a default route, whole or in halves: no
    /// account holds every address.
    package static func network(_ text: String) -> IPPrefix? {
        guard let prefix = prefix(text), prefix.length > 1 else { return nil }
        return prefix.network
    }

    /// A stored address. White space around it and the IPv6 form of an IPv4 address make no difference.
    static func prefix(_ text: some StringProtocol) -> IPPrefix? { IPPrefix(String(text).trimmed)?.unmapped }

    /// The address in `row`, with its prefix length if there is one.
    package static func text(_ row: HeldRow, _ column: Int32) -> String? {
        guard let address = row.text(column)?.trimmed else { return nil }
        return row.isInteger(column + 1) ? "\(address)/\(row.integer(column + 1))" : address
    }

    /// The networks of every instance.
    package static func all(in db: Database) throws -> Set<IPPrefix> {
        var networks: Set<IPPrefix> = []
        try forEach(in: db) { _, address in
            if let network = network(address) { networks.insert(network) }
        }
        return networks
    }

    /// The addresses of these instances, by the instances' UUIDs.
    package static func of(_ instances: Set<String>, in db: Database) throws -> [String: [String]] {
        var addresses: [String: [String]] = [:]
        try forEach(in: db) { instance, address in
            if instances.contains(instance) { addresses[instance, default: []].append(address) }
        }
        return addresses
    }

    private static func forEach(in db: Database, _ body: (_ instance: String, _ address: String) -> Void) throws {
        // Rows whose config_file is `client` are the networks that the client routes into the tunnel.
        let statement = try HeldStatement(
            db,
            sql: """
                SELECT uuid, address, netmask FROM wireguard_wireguardinstance
                UNION ALL
                SELECT peer.wireguard_instance_id, own.allowed_ip, own.netmask
                FROM wireguard_peerallowedip AS own JOIN wireguard_peer AS peer ON peer.uuid = own.peer_id
                WHERE own.config_file = 'server'
                """)
        try statement.forEachRow { row in
            guard let instance = row.text(0), let address = text(row, 1) else { return }
            body(instance, address)
        }
    }
}
