import ControlPlane
import GRDB

/// The addresses on one side of an administrator's rule, its source or its destination.
struct RuleSide {
    /// One list of words per address, or a single empty list where the side is not limited. No lists at all if the
    /// side is limited to peers without addresses: such a rule matches nothing, rather than everything.
    let matches: [[FirewallWord]]

    /// - Parameter index: the first of the side's four columns in the row.
    init(_ side: String, option: FirewallWord, _ row: Row, at index: Int, peers: [RulePeers.Peer]) throws {
        let includesNetworks = row.flag(index + 2)
        let negation: [FirewallWord] = row.flag(index + 3) ? ["!"] : []
        var networks = peers.flatMap { peer in
            peer.networks.filter { includesNetworks || $0.isPeersOwn }.map(\.network)
        }
        // The rule's own address comes last, after those of its peers.
        let address = row.text(index) ?? ""
        if !address.isEmpty {
            guard let network = FirewallWord.network(address, row.integer(index + 1)) else {
                throw UnusableColumn("\(side)_ip or \(side)_netmask is not an IPv4 network")
            }
            networks.append(network)
        }
        matches =
            peers.isEmpty && address.isEmpty ? [[]] : networks.map { negation + [option, $0] }
    }
}

/// The peers on one side of administrators' rules, with their addresses.
///
/// Suspended or disabled peers count like all others, as the recordings show. The peers are in the order of their
/// keys, because SQLite returns them to the application through the index of the membership table.
struct RulePeers {
    struct Peer {
        var networks: [(network: FirewallWord, isPeersOwn: Bool)] = []
    }

    private var peers: [String: [(key: String, peer: Peer)]] = [:]

    func of(_ rule: String?) -> [Peer] { rule.flatMap { peers[$0] }?.map(\.peer) ?? [] }

    static func ofSources(_ db: Database, _ tables: inout FirewallTables) throws -> RulePeers {
        try RulePeers(db, members: "firewall_firewallrule_source_peer", &tables)
    }

    static func ofDestinations(_ db: Database, _ tables: inout FirewallTables) throws -> RulePeers {
        try RulePeers(db, members: "firewall_firewallrule_destination_peer", &tables)
    }

    /// - Parameter members: the membership table of the side.
    private init(_ db: Database, members: String, _ tables: inout FirewallTables) throws {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT member.firewallrule_id, member.peer_id, peer.rowid,
                    own.allowed_ip, own.netmask, own.priority, own.uuid IS NOT NULL
                FROM \(members) AS member
                JOIN wireguard_peer AS peer ON peer.uuid = member.peer_id
                LEFT JOIN wireguard_peerallowedip AS own
                    ON own.peer_id = member.peer_id AND own.config_file = 'server'
                ORDER BY member.firewallrule_id, member.peer_id, own.priority, own.rowid
                """)
        while let row = try rows.next() {
            guard let rule = row.text(0), let key = row.text(1) else { continue }
            if peers[rule]?.last?.key != key { peers[rule, default: []].append((key, Peer())) }
            guard row.flag(6), let last = peers[rule]?.indices.last else { continue }
            guard let network = FirewallWord.network(row.text(3), row.integer(4)) else {
                let name = nameOfRow("peer", uuid: key, row: row.integer(2))
                tables.report("\(name): allowed_ip or netmask is not an IPv4 network; rules leave it out")
                continue
            }
            peers[rule]?[last].peer.networks.append((network, row.integer(5) == 0))
        }
    }
}
