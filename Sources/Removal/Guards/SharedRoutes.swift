import ControlPlane
import GRDB
import Support

/// Finds peers whose routes are enforced and that would have none left without an account's instance.
///
/// A template for the peers of all instances gives a peer the networks of every instance. The firewall limits a peer to
/// its routes only as long as it has any. The removal refuses the account that would take the last of them. The plan
/// finds it by going through the accounts in the order of their removal.
struct SharedRoutes {
    /// A peer that has no route of its own.
    private struct LimitedPeer {
        let name: String
        let instance: String
        let instanceName: String
        /// Networks that lie behind the peer itself, and so are none of its routes.
        let behind: Set<IPPrefix>
    }

    private var peers: [LimitedPeer] = []
    /// By instance, its own network and those that its peers announce.
    private var networks: [String: Set<IPPrefix>] = [:]
    private var gone: Set<String> = []

    /// - Returns: nil if there is no such peer.
    init?(_ db: Database, schema: ControlPlaneSchema) throws {
        let capabilities = schema.capabilities
        let enforcing = [
            capabilities.templatesEnforceRoutes ? "template.enforce_route_policy" : nil,
            capabilities.instancesEnforceRoutes ? "instance.enforce_route_policy" : nil,
        ].compactMap(\.self)
        guard capabilities.givesPeersRoutingTemplates, !enforcing.isEmpty else { return nil }
        // The network of a peer's own instance is a route of it, unless the peer announces that network. The condition
        // leaves out nearly every peer; the comparison below is the exact one.
        let candidates = try Row.fetchAll(
            db,
            sql: """
                SELECT peer.uuid, coalesce(nullif(peer.name, ''), peer.uuid), instance.uuid, instance.name,
                    template.custom_routes
                FROM routing_templates_routingtemplate AS template
                JOIN wireguard_peer AS peer ON peer.routing_template_id = template.id
                JOIN wireguard_wireguardinstance AS instance ON instance.uuid = peer.wireguard_instance_id
                WHERE template.route_type = 'peer_all_instances' AND (\(enforcing.joined(separator: " OR ")))
                    AND (instance.address NOT LIKE '%.%.%.%' OR instance.netmask NOT BETWEEN 0 AND 32 OR EXISTS (
                        SELECT 1 FROM wireguard_peerallowedip AS own WHERE own.peer_id = peer.uuid
                            AND own.config_file = 'server' AND own.netmask = instance.netmask))
                """)
        let allowedIPs = try HeldStatement(
            db, sql: "SELECT config_file, allowed_ip, netmask FROM wireguard_peerallowedip WHERE peer_id = ?")
        for row in candidates {
            guard let peer = row.text(0), let instance = row.text(2) else { continue }
            var (behind, routes): (Set<IPPrefix>, Set<IPPrefix>) = ([], [])
            try allowedIPs.forEachRow(peer) { row in
                guard let network = Self.network(row.text(1), row.isInteger(2) ? row.integer(2) : nil) else { return }
                switch row.text(0) {
                case "client": routes.insert(network)
                case "server": behind.insert(network)
                default: break
                }
            }
            let custom = (row.text(4) ?? "").split(whereSeparator: \.isNewline).compactMap { line in
                IPPrefix(line.filter { !$0.isWhitespace })
            }
            routes.formUnion(custom.map(\.network))
            guard routes.isSubset(of: behind) else { continue }
            peers.append(
                LimitedPeer(
                    name: row.text(1) ?? peer, instance: instance, instanceName: row.text(3) ?? instance, behind: behind
                ))
        }
        if peers.isEmpty { return nil }
        try InstanceNetworks.forEach(in: db) { instance, address, length in
            guard let network = Self.network(address, length.map { Int($0) }) else { return }
            networks[instance, default: []].insert(network)
        }
    }

    /// The IPv4 network; nil for an IPv6 one, which no rule is made from.
    private static func network(_ address: String?, _ length: Int?) -> IPPrefix? {
        guard let address, let length, !address.contains(":") else { return nil }
        return IPPrefix("\(address)/\(length)")?.network
    }

    /// Why the account must not be removed after those of the earlier calls. nil if it may be; then it counts as
    /// removed.
    mutating func refusal(of target: AccountTarget) -> String? {
        let after = gone.union(target.instances.map(\.uuid))
        guard after.count > gone.count else { return nil }
        for peer in peers where !after.contains(peer.instance) && !hasRoutes(peer, without: after) {
            guard hasRoutes(peer, without: gone), !mayReachEverything(peer) else { continue }
            return "the peer \(peer.name.quotedForMessage()) of the instance "
                + "\(peer.instanceName.quotedForMessage(limit: 254)) may reach only the networks of other instances, as "
                + "its routing template says; the last of them goes with this account's instance, and without any the "
                + "peer could reach everything; add a custom route to the template, or give the peer another one; then "
                + "run the feed again"
        }
        gone = after
        return nil
    }

    private func hasRoutes(_ peer: LimitedPeer, without gone: Set<String>) -> Bool {
        networks.contains { !gone.contains($0.key) && !$0.value.isSubset(of: peer.behind) }
    }

    private func mayReachEverything(_ peer: LimitedPeer) -> Bool {
        networks.contains { instance, networks in
            !gone.contains(instance) && networks.contains { $0.length == 0 && !peer.behind.contains($0) }
        }
    }
}
