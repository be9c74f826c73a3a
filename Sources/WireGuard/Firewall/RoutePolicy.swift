import ControlPlane
import GRDB

/// The peers that may reach only the networks that are routed to them.
///
/// A peer's networks are the allowed IPs of its client and the routes of its template. A peer with no networks, or
/// with a route to everything, is not limited. The rules are sorted by the text of the networks, as the application
/// sorts them.
struct RoutePolicy {
    private struct Peer {
        var addresses: [IPv4Network] = []
        var announced: [IPv4Network] = []
        var routes: [IPv4Network] = []
        var template: Int64?
    }

    private var peers: [Peer] = []
    private var templates: RouteTemplates

    /// Reads the peers by instance, and within an instance in the application's order.
    init(reading db: Database, _ schema: SchemaCapabilities, _ tables: inout FirewallTables) throws {
        templates = try RouteTemplates(reading: db, schema, &tables)
        let limits = [
            schema.instancesEnforceRoutes ? "instance.enforce_route_policy" : nil,
            schema.templatesEnforceRoutes ? "template.enforce_route_policy" : nil,
        ].compactMap(\.self)
        guard !limits.isEmpty else { return }
        let hasTemplates = schema.givesPeersRoutingTemplates
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT peer.uuid, peer.rowid, \(hasTemplates ? "peer.routing_template_id" : "NULL"),
                    own.config_file, own.priority, own.allowed_ip, own.netmask, own.uuid IS NOT NULL
                FROM wireguard_peer AS peer
                JOIN wireguard_wireguardinstance AS instance ON instance.uuid = peer.wireguard_instance_id
                \(hasTemplates ? """
                    LEFT JOIN routing_templates_routingtemplate AS template ON template.id = peer.routing_template_id
                    """ : "")
                LEFT JOIN wireguard_peerallowedip AS own ON own.peer_id = peer.uuid
                WHERE \(limits.joined(separator: " OR "))
                ORDER BY instance.instance_id, \(schema.sortsPeers ? "peer.sort_order, " : "")peer.name, peer.public_key, peer.rowid
                """)
        var previous: Int64?
        while let row = try rows.next() {
            if row.integer(1) != previous { peers.append(Peer(template: row.integer(2))) }
            previous = row.integer(1)
            guard row.flag(7), let last = peers.indices.last else { continue }
            guard let network = IPv4Network(row.text(5), row.integer(6)) else {
                let name = nameOfRow("peer", uuid: row.text(0), row: row.integer(1))
                tables.report("\(name): allowed_ip or netmask is not an IPv4 network; its route policy leaves it out")
                continue
            }
            switch (row.text(3), row.integer(4)) {
            case ("client", _): peers[last].routes.append(network)
            case ("server", 0): peers[last].addresses.append(network)
            case ("server", _): peers[last].announced.append(network)
            default: break
            }
        }
    }

    func write(_ traits: FirewallTraits.RoutePolicyTraits, _ tables: inout FirewallTables) {
        guard !peers.isEmpty else { return }
        tables.explainFilter("Peers that may reach only what is routed to them")
        if traits.isEnteredAfterRules { tables.forward(["-i", "wg+", "-j", "WGWADM_ROUTE_POLICY"]) }
        for peer in peers {
            let routes = peer.routes + templates.routes(of: peer.template)
            // A network that the peer itself announces lies behind it.
            let behind = Set(peer.addresses + peer.announced)
            let reachable = routes.sortedByText.filter { !behind.contains($0) }
            guard !reachable.isEmpty || templates.hasIPv6Route(peer.template), !reachable.contains(.everything) else {
                continue
            }
            for source in peer.addresses.sortedByText + peer.announced.sortedByText {
                let from: [FirewallWord] = ["-i", "wg+", "-s", .network(source)]
                for network in reachable { tables.routePolicy(from + ["-d", .network(network), "-j", traits.verdict]) }
                tables.routePolicy(from + ["-j", "REJECT"])
            }
        }
    }
}

extension [IPv4Network] {
    /// Without duplicates, sorted by text.
    fileprivate var sortedByText: [IPv4Network] { Set(self).sorted { $0.text < $1.text } }
}
