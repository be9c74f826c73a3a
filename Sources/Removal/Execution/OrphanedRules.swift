import ControlPlane
import GRDB

/// Firewall rules that would apply to everybody after a removal.
///
/// If a side of a rule has no IP address of its own and loses its last peer, the application exports the rule without
/// `-s` or `-d`. Such a rule has to be deleted with the account whose removal takes the last peer.
enum OrphanedRules {
    /// Selects the UUIDs of the rules that lose the last peer of a side with the instance `:key`. Run this before the
    /// instance's peers are deleted.
    static let ofInstance = """
        SELECT rule.uuid FROM firewall_firewallrule AS rule
        WHERE coalesce(rule.source_ip, '') = ''
            AND rule.uuid IN (
                SELECT firewallrule_id FROM firewall_firewallrule_source_peer
                WHERE peer_id IN (SELECT uuid FROM wireguard_peer WHERE wireguard_instance_id = :key))
            AND NOT EXISTS (
                SELECT 1 FROM firewall_firewallrule_source_peer AS other
                JOIN wireguard_peer AS remaining ON remaining.uuid = other.peer_id
                WHERE other.firewallrule_id = rule.uuid AND remaining.wireguard_instance_id <> :key)
        UNION
        SELECT rule.uuid FROM firewall_firewallrule AS rule
        WHERE coalesce(rule.destination_ip, '') = ''
            AND rule.uuid IN (
                SELECT firewallrule_id FROM firewall_firewallrule_destination_peer
                WHERE peer_id IN (SELECT uuid FROM wireguard_peer WHERE wireguard_instance_id = :key))
            AND NOT EXISTS (
                SELECT 1 FROM firewall_firewallrule_destination_peer AS other
                JOIN wireguard_peer AS remaining ON remaining.uuid = other.peer_id
                WHERE other.firewallrule_id = rule.uuid AND remaining.wireguard_instance_id <> :key)
        """

    /// The rules that would lose the last peer of a side if all of these peers were deleted at once.
    static func uuids(withoutPeers gone: Set<String>, in db: Database) throws -> Set<String> {
        var orphans: Set<String> = []
        for side in try peersBySide(in: db) { orphans.formUnion(side.filter { $0.value.isSubset(of: gone) }.keys) }
        return orphans
    }

    /// For the source side and the destination side: the peers of each rule that has peers but no IP address there.
    static func peersBySide(in db: Database) throws -> [[String: Set<String>]] {
        let sides = [
            """
            SELECT member.firewallrule_id, member.peer_id FROM firewall_firewallrule_source_peer AS member
            JOIN wireguard_peer AS peer ON peer.uuid = member.peer_id
            JOIN firewall_firewallrule AS rule ON rule.uuid = member.firewallrule_id
            WHERE coalesce(rule.source_ip, '') = ''
            """,
            """
            SELECT member.firewallrule_id, member.peer_id FROM firewall_firewallrule_destination_peer AS member
            JOIN wireguard_peer AS peer ON peer.uuid = member.peer_id
            JOIN firewall_firewallrule AS rule ON rule.uuid = member.firewallrule_id
            WHERE coalesce(rule.destination_ip, '') = ''
            """,
        ]
        return try sides.map { side in
            var peers: [String: Set<String>] = [:]
            let members = try Row.fetchCursor(db, sql: side)
            while let member = try members.next() {
                guard let rule = member.text(0), let peer = member.text(1) else { continue }
                peers[rule, default: []].insert(peer)
            }
            return peers
        }
    }

    /// Enters the rules that lose the last peer of a side into ``RowsToDelete``. Run this after all peers to delete have
    /// been entered. Each rule gets the place of the instance whose removal takes the last peer.
    static let enterAll = """
        INSERT INTO \(Cascade.Parent.firewallRule.gone) (key, place)
        SELECT side.rule, min(side.place)
        FROM (
            SELECT rule.uuid AS rule, max(gone.place) AS place
            FROM firewall_firewallrule_source_peer AS member
            JOIN firewall_firewallrule AS rule
                ON rule.uuid = member.firewallrule_id AND coalesce(rule.source_ip, '') = ''
            JOIN wireguard_peer AS peer ON peer.uuid = member.peer_id
            LEFT JOIN \(Cascade.Parent.peer.gone) AS gone ON gone.key = peer.uuid
            WHERE member.firewallrule_id IN (
                SELECT firewallrule_id FROM firewall_firewallrule_source_peer
                WHERE peer_id IN (SELECT key FROM \(Cascade.Parent.peer.gone)))
            GROUP BY rule.uuid HAVING count(*) = count(gone.key)
            UNION ALL
            SELECT rule.uuid, max(gone.place)
            FROM firewall_firewallrule_destination_peer AS member
            JOIN firewall_firewallrule AS rule
                ON rule.uuid = member.firewallrule_id AND coalesce(rule.destination_ip, '') = ''
            JOIN wireguard_peer AS peer ON peer.uuid = member.peer_id
            LEFT JOIN \(Cascade.Parent.peer.gone) AS gone ON gone.key = peer.uuid
            WHERE member.firewallrule_id IN (
                SELECT firewallrule_id FROM firewall_firewallrule_destination_peer
                WHERE peer_id IN (SELECT key FROM \(Cascade.Parent.peer.gone)))
            GROUP BY rule.uuid HAVING count(*) = count(gone.key)
        ) AS side
        GROUP BY side.rule
        """
}
