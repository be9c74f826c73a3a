import ControlPlane
import Foundation
import GRDB
import Glibc

/// The routes that routing templates give to their peers.
struct RouteTemplates {
    private var routes: [Int64: [IPv4Network]] = [:]
    private var withIPv6: Set<Int64> = []

    func routes(of template: Int64?) -> [IPv4Network] { template.flatMap { routes[$0] } ?? [] }

    /// Whether the template has an IPv6 route. The route cannot become a rule here, but it counts: a peer with no
    /// other route may reach nothing, rather than everything.
    func hasIPv6Route(_ template: Int64?) -> Bool { template.map(withIPv6.contains) ?? false }

    init(reading db: Database, _ schema: SchemaCapabilities, _ tables: inout FirewallTables) throws {
        guard schema.hasRoutingTemplates else { return }
        let networks = try Self.networksOfInstances(db)
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT id, route_type, custom_routes, wireguard_instance_id
                FROM routing_templates_routingtemplate ORDER BY id
                """)
        for row in rows {
            guard let id = row.integer(0) else { continue }
            switch row.text(1) {
            case "default":
                // A route to everything, whatever else the template contains.
                routes[id] = [.everything]
                continue
            case "peer_same_instance": routes[id] = row.text(3).flatMap { networks[$0] } ?? []
            case "peer_all_instances": routes[id] = networks.values.flatMap(\.self)
            default: routes[id] = []
            }
            for line in (row.text(2) ?? "").split(whereSeparator: \.isNewline) {
                let route = line.trimmingCharacters(in: .whitespaces)
                guard !route.isEmpty else { continue }
                if let network = IPv4Network(route: route) {
                    routes[id, default: []].append(network)
                } else if Self.isIPv6(route) {
                    withIPv6.insert(id)
                } else {
                    tables.report("routing template \(id): custom_routes has a line that is not a network")
                }
            }
        }
    }

    private static func isIPv6(_ route: String) -> Bool {
        var address = in6_addr()
        return inet_pton(AF_INET6, String(route.prefix { $0 != "/" }), &address) == 1
    }

    /// For each instance, its own network and the networks that its peers announce.
    private static func networksOfInstances(_ db: Database) throws -> [String: [IPv4Network]] {
        var networks: [String: [IPv4Network]] = [:]
        try InstanceNetworks.forEach(in: db) { instance, address, length in
            guard let network = IPv4Network(address, length) else { return }
            networks[instance, default: []].append(network)
        }
        return networks
    }
}
