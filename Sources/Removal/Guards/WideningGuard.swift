import ControlPlane
import GRDB
import Support

/// Finds accounts whose removal would widen what others may do, in a way that this program cannot prevent.
///
/// Checked when the plan is made, and again in the transaction that removes the account. It considers each account
/// alone, whatever is removed before it.
struct WideningGuard {
    /// Finds API keys that are limited to an instance. nil if their tables have the columns to disable them.
    private let unknownKeys: HeldStatement?
    /// Finds peers of other instances that are limited by a template of an instance, and returns their instance. nil if
    /// no template limits anybody.
    private let limitedPeers: HeldStatement?
    /// Finds firewall rules that block less without the peers of an instance; see ``OrphanedRules/blockingLess(on:)``.
    private let blockingRules: [(side: OrphanedRules.Side, statement: HeldStatement)]

    init(_ db: Database, schema: ControlPlaneSchema) throws {
        let hasUnknownKeys =
            schema.capabilities.limitsAPIKeysToInstances && !APIKeyTables.areKnown(to: schema)
        unknownKeys =
            hasUnknownKeys
            ? try HeldStatement(
                db, sql: "SELECT 1 FROM api_v2_apikey_allowed_instances WHERE wireguardinstance_id = ?1 LIMIT 1") : nil
        let enforcing = [
            schema.capabilities.templatesEnforceRoutes ? "template.enforce_route_policy" : nil,
            schema.capabilities.instancesEnforceRoutes ? "instance.enforce_route_policy" : nil,
        ].compactMap(\.self)
        let templatesLimit = schema.capabilities.givesPeersRoutingTemplates && !enforcing.isEmpty
        limitedPeers =
            templatesLimit
            ? try HeldStatement(
                db,
                sql: """
                    SELECT peer.wireguard_instance_id, instance.name
                    FROM routing_templates_routingtemplate AS template
                    JOIN wireguard_peer AS peer ON peer.routing_template_id = template.id
                    JOIN wireguard_wireguardinstance AS instance ON instance.uuid = peer.wireguard_instance_id
                    WHERE template.wireguard_instance_id = ?1 AND peer.wireguard_instance_id <> ?1
                        AND template.route_type <> 'default' AND (\(enforcing.joined(separator: " OR ")))
                    """) : nil
        blockingRules = try OrphanedRules.Side.allCases.map { side in
            (side, try HeldStatement(db, sql: OrphanedRules.blockingLess(on: side)))
        }
    }

    /// Why the account must not be removed; nil if it may be.
    ///
    /// A blocking rule keeps an account also if the accounts of all its peers are removed by the same feed. The last of
    /// them may fail, or be refused, and the rule would let it through then.
    func refusal(of target: AccountTarget) throws -> String? {
        let own = Set(target.instances.map(\.uuid))
        for instance in target.instances {
            if let unknownKeys, try unknownKeys.finds(instance.uuid) {
                return "an API key is limited to this account's instance and could use every instance without it, and "
                    + "wg-reconcile cannot disable the key: api_v2_apikey lacks the column id, name or enabled, or "
                    + "\(APIKeyTables.permissions) the column apikey_id; remove the instance from the key's list by "
                    + "hand"
            }
            var other: String?
            try limitedPeers?.forEachRow(instance.uuid) { row in
                if let uuid = row.text(0), !own.contains(uuid) { other = other ?? row.text(1) ?? uuid }
            }
            if let other {
                return "a peer of the instance \(other.quotedForMessage(limit: 254)) has a routing template of this "
                    + "account's instance, and could reach everything without it; give the peer another template"
            }
            for (side, statement) in blockingRules {
                var rule: String?
                try statement.forEachRow(instance.uuid) { row in
                    let remains = row.integer(1) != 0 || row.text(2).map(own.contains) != true
                    if remains { rule = rule ?? row.text(0) }
                }
                if let rule {
                    return
                        "the firewall rule \(rule.hyphenatedUUID) drops or rejects by several negated \(side)s, one of "
                        + "them a peer of this account; the application exports it once for each, so that it blocks what "
                        + "only one of them is, and without that peer it could let another through; take every \(side) "
                        + "out of the rule, peers and address, and it blocks everybody, or leave the one \(side) that it "
                        + "is to let through; then run the feed again"
                }
            }
        }
        return nil
    }
}
