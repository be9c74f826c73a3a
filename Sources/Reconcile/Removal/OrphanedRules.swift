import GRDB

/// Firewall rules that would come to apply to everybody.
///
/// When the last peer on one side of a rule goes and that side has no IP address of its own, the application exports
/// the rule without `-s` or `-d`. Such a rule has to go with the account whose removal took the last peer.
struct OrphanedRules {
    /// Selects the UUIDs of the rules that lose the last peer of a side with the instance `:key`. Has to be asked before
    /// the instance's peers are deleted.
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

    private let select: Statement

    init(_ db: Database) throws {
        select = try db.makeStatement(sql: Self.ofInstance + " ORDER BY 1")
    }

    func uuids(ofInstance uuid: String) throws -> [String] {
        try String.fetchAll(select, arguments: ["key": uuid])
    }
}
