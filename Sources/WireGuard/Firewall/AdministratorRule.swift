import ControlPlane
import GRDB

/// A rule that an administrator made in the application.
struct AdministratorRule {
    private let name: String
    private let description: String?
    private let isForward: Bool
    private let transports: [FirewallWord?]
    private let states: [FirewallWord]
    private let port: FirewallWord?
    private let interfaces: [FirewallWord]
    private let verdict: FirewallWord

    /// Writes all rules, by chain and then in their sort order.
    static func write(_ db: Database, _ tables: inout FirewallTables) throws {
        let sources = try RulePeers.ofSources(db, &tables)
        let destinations = try RulePeers.ofDestinations(db, &tables)
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT uuid, rowid, description, firewall_chain, rule_action, protocol, destination_port,
                    in_interface, out_interface,
                    state_new, state_related, state_established, state_invalid, state_untracked, not_state,
                    source_ip, source_netmask, source_peer_include_networks, not_source,
                    destination_ip, destination_netmask, destination_peer_include_networks, not_destination
                FROM firewall_firewallrule ORDER BY firewall_chain, sort_order, rowid
                """)
        for row in rows {
            let uuid = row.text(0)
            let name = nameOfRow("firewall rule", uuid: uuid, row: row.integer(1))
            do {
                let rule = try AdministratorRule(row, name)
                rule.write(
                    from: try RuleSide("source", option: "-s", row, at: 15, peers: sources.of(uuid)),
                    to: try RuleSide("destination", option: "-d", row, at: 19, peers: destinations.of(uuid)),
                    &tables)
            } catch let column as UnusableColumn {
                tables.report("\(name): \(column.complaint); the rule is left out")
            }
        }
    }

    /// Writes one rule for each transport, source and destination, nested in this order.
    private func write(from source: RuleSide, to destination: RuleSide, _ tables: inout FirewallTables) {
        let explanation = description.map { $0.isEmpty ? name : "\(name): \($0)" } ?? name
        if isForward { tables.explainFilter(explanation) } else { tables.explainNAT(explanation) }
        for transport in transports {
            for source in source.matches {
                for destination in destination.matches {
                    var words = interfaces + source + destination + states
                    if let transport { words += ["-p", transport] }
                    if let port { words += ["--dport", port] }
                    words += ["-j", verdict]
                    if isForward { tables.forward(words) } else { tables.postrouting(words) }
                }
            }
        }
    }

    // MARK: Columns

    private init(_ row: Row, _ name: String) throws {
        self.name = name
        description = row.text(2)
        (isForward, verdict) = try Self.verdict(row.text(4), in: row.text(3))
        transports = try Self.transports(row.text(5))
        port = try Self.port(row.text(6) ?? row.integer(6).map { String($0) }, for: transports)
        states = Self.states(row)
        interfaces =
            try Self.interface("in_interface", option: "-i", row.text(7))
            + Self.interface("out_interface", option: "-o", row.text(8))
    }

    /// What iptables accepts: the table `nat` allows neither DROP nor REJECT, and MASQUERADE is allowed only there.
    private static func verdict(_ action: String?, in chain: String?) throws -> (Bool, FirewallWord) {
        // The application writes the action in capitals.
        switch (chain, action?.withoutBlanksAround.lowercased()) {
        case ("forward", "accept"): return (true, "ACCEPT")
        case ("forward", "drop"): return (true, "DROP")
        case ("forward", "reject"): return (true, "REJECT")
        case ("postrouting", "accept"): return (false, "ACCEPT")
        case ("postrouting", "masquerade"): return (false, "MASQUERADE")
        case ("forward", _), ("postrouting", _): throw UnusableColumn("rule_action is not possible in its chain")
        // The application writes such a rule as a comment.
        default: throw UnusableColumn("firewall_chain is not one that the application has")
        }
    }

    private static func transports(_ name: String?) throws -> [FirewallWord?] {
        guard let name, !name.isEmpty else { return [nil] }
        if name == "both" { return ["tcp", "udp"] }
        guard let transport = FirewallWord.transport(name) else {
            throw UnusableColumn("protocol is neither the name nor the number of one")
        }
        return [transport]
    }

    private static func port(_ text: String?, for transports: [FirewallWord?]) throws -> FirewallWord? {
        guard let text, !text.isEmpty else { return nil }
        guard let ports = FirewallWord.ports(text) else {
            throw UnusableColumn("destination_port is not a port, a service or a range of them")
        }
        // iptables refuses such a rule, so the application's script does not set it either.
        guard transports.allSatisfy({ $0?.hasPorts == true }) else {
            throw UnusableColumn("destination_port has no meaning for its protocol")
        }
        if ports.areRefusedForTCP && transports == ["tcp"] {
            throw UnusableColumn("destination_port is neither a tcp port nor a range of them")
        }
        return ports
    }

    private static func states(_ row: Row) -> [FirewallWord] {
        let states = zip(9...13, ["NEW", "RELATED", "ESTABLISHED", "INVALID", "UNTRACKED"] as [FirewallWord])
            .filter { row.flag($0.0) }.map(\.1)
        guard !states.isEmpty else { return [] }
        return ["-m", "state"] + (row.flag(14) ? ["!"] : []) + ["--state", .list(states)]
    }

    private static func interface(
        _ column: String, option: FirewallWord, _ name: String?
    ) throws -> [FirewallWord] {
        guard let name, !name.isEmpty else { return [] }
        guard let interface = FirewallWord.interface(name) else {
            throw UnusableColumn("\(column) is not the name of an interface")
        }
        return [option, interface]
    }
}
