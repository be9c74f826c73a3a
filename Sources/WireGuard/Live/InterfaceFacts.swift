import Foundation
import Support

/// What `ip` shows about an interface.
struct InterfaceFacts: Hashable, Sendable {
    /// Different for each interface that comes up in a network namespace, even under the same name.
    var index: Int
    var mtu: Int
    /// Without the link-local addresses that the kernel adds by itself.
    var addresses: Set<IPPrefix> = []
    /// The routes in the main table, and default routes in tables that a policy rule leads to.
    var routes: Set<IPPrefix> = []
    /// The routes that `wg-quick` or an administrator added, without those that come with an address.
    var routesOfQuick: Set<IPPrefix> = []

    /// Asks for all interfaces at once.
    ///
    /// - Returns: the facts by interface name.
    /// - Throws: ``ProgramFailure``; ``NotUnderstood`` where this version of `ip` does not write JSON.
    static func all(_ ip: Program) throws -> [String: InterfaceFacts] {
        var facts: [String: InterfaceFacts] = [:]
        for link in try list(ip, ["address", "show"], of: Link.self) {
            guard let name = link.ifname, let index = link.ifindex, let mtu = link.mtu else { continue }
            var found = InterfaceFacts(index: index, mtu: mtu)
            for address in link.addresses ?? [] where address.scope != "link" {
                guard let local = address.local, let length = address.prefixlen else { continue }
                if let prefix = IPPrefix("\(local)/\(length)") { found.addresses.insert(prefix) }
            }
            facts[name] = found
        }
        for family in ["-4", "-6"] {
            for route in try list(ip, [family, "route", "show"], of: Route.self) {
                add(route, of: family, to: &facts)
            }
            let defaults = try list(ip, [family, "route", "show", "table", "all", "exact", "default"], of: Route.self)
                .filter { route in route.table != nil && route.dev.map { facts[$0] != nil } == true }
            guard !defaults.isEmpty else { continue }
            let tables = Set(try list(ip, [family, "rule", "show"], of: Rule.self).compactMap(\.table))
            for route in defaults where route.table.map(tables.contains) == true { add(route, of: family, to: &facts) }
        }
        return facts
    }

    private static func add(_ route: Route, of family: String, to facts: inout [String: InterfaceFacts]) {
        guard let name = route.dev, let prefix = route.prefix(isIPv6: family == "-6") else { return }
        facts[name]?.routes.insert(prefix)
        let isByHand = route.protocol == "boot" || route.protocol == nil
        if isByHand, route.gateway == nil { facts[name]?.routesOfQuick.insert(prefix) }
    }

    struct NotUnderstood: Error, CustomStringConvertible {
        var call: String
        var description: String { "the output of `\(call)` is not understood" }
    }

    private static func list<Element: Decodable>(_ ip: Program, _ arguments: [String], of: Element.Type) throws
        -> [Element]
    {
        let text = try ip.run(["-json"] + arguments).text
        // Some versions print nothing if there is nothing to list.
        guard text.contains(where: { !$0.isWhitespace }) else { return [] }
        do {
            return try JSONDecoder().decode([Element].self, from: Data(text.utf8))
        } catch {
            throw NotUnderstood(call: "ip -json " + arguments.joined(separator: " "))
        }
    }

    /// Everything is optional: some versions print `{}` for entries that they omit.
    private struct Link: Decodable {
        var ifindex: Int?
        var ifname: String?
        var mtu: Int?
        var addresses: [Address]?

        enum CodingKeys: String, CodingKey {
            case ifindex, ifname, mtu
            case addresses = "addr_info"
        }

        struct Address: Decodable {
            var local: String?
            var prefixlen: Int?
            var scope: String?
        }
    }

    private struct Route: Decodable {
        var dst: String?
        var dev: String?
        var `protocol`: String?
        var gateway: String?
        /// nil for the main table.
        var table: String?

        func prefix(isIPv6: Bool) -> IPPrefix? {
            dst.flatMap { IPPrefix($0 == "default" ? (isIPv6 ? "::/0" : "0.0.0.0/0") : $0) }
        }
    }

    private struct Rule: Decodable {
        var table: String?
    }
}
