import GRDB

/// The networks that a peer of another instance can have routes to.
package enum InstanceNetworks {
    /// Calls `body` for the network of each instance and for each network that its peers announce.
    ///
    /// - Parameter body: Takes the UUID of the instance, and the address and the length of the prefix as they are stored.
    package static func forEach(
        in db: Database, _ body: (_ instance: String, _ address: String?, _ length: Int64?) throws -> Void
    ) throws {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT uuid, address, netmask FROM wireguard_wireguardinstance
                UNION ALL
                SELECT peer.wireguard_instance_id, announced.allowed_ip, announced.netmask
                FROM wireguard_peerallowedip AS announced JOIN wireguard_peer AS peer ON peer.uuid = announced.peer_id
                WHERE announced.config_file = 'server' AND announced.priority >= 1
                """)
        while let row = try rows.next() {
            guard let instance = row.text(0) else { continue }
            try body(instance, row.text(1), row.integer(2))
        }
    }
}
