import ControlPlane
import GRDB

/// Firewall rules with a side that a removal leaves without peers and without an IP address.
///
/// The application exports such a side without `-s` or `-d`, so that the rule applies to everybody. If that would let
/// more through, the rule has to be deleted with the account whose removal takes the last peer. A rule that drops or
/// rejects all but the peers of the side stays: without it more would get through, and with the empty side it blocks
/// everybody, which is less than before.
enum OrphanedRules {
    /// A side of a rule, named as its columns begin.
    enum Side: String, CaseIterable {
        case source, destination

        /// The table of the side's peers.
        var members: String { "firewall_firewallrule_\(rawValue)_peer" }

        /// A condition on `rule`: the side has an address of its own.
        var hasAddress: String { "coalesce(rule.\(rawValue)_ip, '') <> ''" }

        /// A condition on `rule`: it drops or rejects the packets whose side is not one of the named. In the chain
        /// `postrouting`, iptables allows neither.
        var blocksOthers: String {
            """
            (coalesce(rule.not_\(rawValue), 0) AND coalesce(rule.firewall_chain, '') <> 'postrouting'
            AND lower(trim(coalesce(rule.rule_action, ''), char(9, 10, 11, 12, 13, 32))) IN ('drop', 'reject'))
            """
        }

        /// A condition on `rule`: it has to go if the side has no peer.
        var goesWithLastPeer: String { "NOT \(hasAddress) AND NOT \(blocksOthers)" }
    }

    /// Selects the UUIDs of the rules that go with the last peer of a side, if the instance `:key` has it. Run this
    /// before the instance's peers are deleted.
    static let ofInstance = Side.allCases.map { side in
        """
        SELECT rule.uuid FROM firewall_firewallrule AS rule
        WHERE \(side.goesWithLastPeer)
            AND rule.uuid IN (
                SELECT firewallrule_id FROM \(side.members)
                WHERE peer_id IN (SELECT uuid FROM wireguard_peer WHERE wireguard_instance_id = :key))
            AND NOT EXISTS (
                SELECT 1 FROM \(side.members) AS other
                JOIN wireguard_peer AS remaining ON remaining.uuid = other.peer_id
                WHERE other.firewallrule_id = rule.uuid AND remaining.wireguard_instance_id <> :key)
        """
    }.joined(separator: "\nUNION\n")

    /// The rules that would go with the last peer of a side if all of these peers were deleted at once.
    static func uuids(withoutPeers gone: Set<String>, in db: Database) throws -> Set<String> {
        var orphans: Set<String> = []
        for side in try peersBySide(in: db) { orphans.formUnion(side.filter { $0.value.isSubset(of: gone) }.keys) }
        return orphans
    }

    /// For the source side and the destination side: the peers of each rule that goes with the last of them.
    static func peersBySide(in db: Database) throws -> [[String: Set<String>]] {
        try Side.allCases.map { side in
            var peers: [String: Set<String>] = [:]
            let members = try Row.fetchCursor(
                db,
                sql: """
                    SELECT member.firewallrule_id, member.peer_id FROM \(side.members) AS member
                    JOIN wireguard_peer AS peer ON peer.uuid = member.peer_id
                    JOIN firewall_firewallrule AS rule ON rule.uuid = member.firewallrule_id
                    WHERE \(side.goesWithLastPeer)
                    """)
            while let member = try members.next() {
                guard let rule = member.text(0), let peer = member.text(1) else { continue }
                peers[rule, default: []].insert(peer)
            }
            return peers
        }
    }

    /// Enters the rules that go with the last peer of a side into ``RowsToDelete``. Run this after all peers to delete
    /// have been entered. Each rule gets the place of the instance whose removal takes the last peer.
    static let enterAll = """
        INSERT INTO \(Cascade.Parent.firewallRule.gone) (key, place)
        SELECT side.rule, min(side.place)
        FROM (\(losingLastPeer { $0.goesWithLastPeer })) AS side
        GROUP BY side.rule
        """

    /// Selects the rules that lose the last peer of a side and block everybody then: the place of the instance whose
    /// removal takes that peer, the rule's own place if it is deleted too, and the rule. Run this after ``enterAll``.
    static let blockingAll = """
        SELECT side.place, leaving.place, side.rule
        FROM (\(losingLastPeer { "NOT \($0.hasAddress) AND \($0.blocksOthers)" })) AS side
        LEFT JOIN \(Cascade.Parent.firewallRule.gone) AS leaving ON leaving.key = side.rule
        ORDER BY 1, 3
        """

    private static func losingLastPeer(where condition: (Side) -> String) -> String {
        Side.allCases.map { side in
            """
            SELECT rule.uuid AS rule, max(gone.place) AS place
            FROM \(side.members) AS member
            JOIN firewall_firewallrule AS rule ON rule.uuid = member.firewallrule_id AND \(condition(side))
            JOIN wireguard_peer AS peer ON peer.uuid = member.peer_id
            LEFT JOIN \(Cascade.Parent.peer.gone) AS gone ON gone.key = peer.uuid
            WHERE member.firewallrule_id IN (
                SELECT firewallrule_id FROM \(side.members)
                WHERE peer_id IN (SELECT key FROM \(Cascade.Parent.peer.gone)))
            GROUP BY rule.uuid HAVING count(*) = count(gone.key)
            """
        }.joined(separator: "\nUNION ALL\n")
    }

    /// Selects the rules that may block less without the peers of the instance `?1`. Such a rule drops or rejects the
    /// packets of all but one peer or address, once for each peer and address of the side. The columns are the rule,
    /// whether the side has an address of its own, and the instance of a peer of the side.
    static func blockingLess(on side: Side) -> String {
        """
        SELECT DISTINCT rule.uuid, \(side.hasAddress), other.wireguard_instance_id
        FROM wireguard_peer AS own
        CROSS JOIN \(side.members) AS losing ON losing.peer_id = own.uuid
        CROSS JOIN firewall_firewallrule AS rule ON rule.uuid = losing.firewallrule_id AND \(side.blocksOthers)
        CROSS JOIN \(side.members) AS member ON member.firewallrule_id = rule.uuid
        CROSS JOIN wireguard_peer AS other ON other.uuid = member.peer_id
        WHERE own.wireguard_instance_id = ?1
        """
    }
}
