import GRDB
import Support

/// The tables and columns of a database, and therefore what its application can do.
///
/// Every feature that some states of the application lack is queried here. No code asks for a release number.
package struct SchemaCapabilities: Hashable, Sendable {
    /// The columns of every table; names in lower case.
    let columns: [String: Set<String>]

    init(reading db: Database) throws {
        let tables = try String.fetchAll(db, sql: "SELECT name FROM sqlite_master WHERE type = 'table'")
        var columns: [String: Set<String>] = [:]
        for table in tables {
            // Unlike table_info, table_xinfo includes generated columns. It also includes hidden ones of virtual tables, which
            // are functions.
            columns[table.asciiLowercased] = Set(
                try String.fetchAll(
                    db, sql: "SELECT lower(name) FROM pragma_table_xinfo(?) WHERE hidden <> 1", arguments: [table]))
        }
        self.columns = columns
    }

    func has(_ table: String) -> Bool { columns[table] != nil }

    /// Whether the table exists with all of these columns.
    package func has(_ table: String, columns names: [String]) -> Bool { columns[table]?.isSuperset(of: names) == true }

    /// Whether the table and the columns that a step works on exist.
    func has(_ step: Cascade.Step) -> Bool { has(step.table, columns: step.references.map(\.column)) }

    // MARK: What an administrator can do with peers and instances

    /// SQL conditions on a row `peer` that hold if the peer may connect: one for each column by which the application
    /// can leave a peer out of its instance's config.
    package var conditionsToConnect: [String] {
        let schedule =
            has("wireguard_peer", columns: ["disabled_by_schedule"])
            ? ("disabled_by_schedule", "NOT peer.disabled_by_schedule")
            // For some days in January 2026 the column had the opposite meaning and was true by default. Where both are
            // there, only the newer one is kept up to date.
            : ("enabled_by_schedule", "peer.enabled_by_schedule")
        return [("suspended", "NOT peer.suspended"), schedule]
            .filter { has("wireguard_peer", columns: [$0.0]) }.map(\.1)
    }

    /// The administrator can suspend a peer.
    package var suspendsPeers: Bool { has("wireguard_peer", columns: ["suspended"]) }

    /// The administrator can set the order of the peers.
    package var sortsPeers: Bool { has("wireguard_peer", columns: ["sort_order"]) }

    /// An instance can have a bandwidth limit.
    package var limitsBandwidth: Bool { has("wireguard_wireguardinstance", columns: ["bandwidth_limit_enabled"]) }

    /// The database says how high the limit is.
    package var statesBandwidth: Bool {
        limitsBandwidth && has("wireguard_wireguardinstance", columns: ["bandwidth_limit_mbps"])
    }

    /// A redirect can forward to a different port.
    package var redirectsToOtherPorts: Bool { has("firewall_redirectrule", columns: ["port_forward"]) }

    /// The firewall's settings name the instance that runs the firewall script.
    package var choosesFirewallInstance: Bool {
        has("firewall_firewallsettings", columns: ["instance_to_execute_firewall_id"])
    }

    // MARK: Routing templates

    package var hasRoutingTemplates: Bool { has("routing_templates_routingtemplate") }

    /// Peers have routing templates.
    package var givesPeersRoutingTemplates: Bool {
        hasRoutingTemplates && has("wireguard_peer", columns: ["routing_template_id"])
    }

    /// A routing template can limit its peers to its routes.
    package var templatesEnforceRoutes: Bool {
        givesPeersRoutingTemplates && has("routing_templates_routingtemplate", columns: ["enforce_route_policy"])
    }

    /// An instance can limit its peers to their routes.
    package var instancesEnforceRoutes: Bool { has("wireguard_wireguardinstance", columns: ["enforce_route_policy"]) }

    /// An administrator can limit peers to their routes.
    package var enforcesRoutes: Bool { instancesEnforceRoutes || templatesEnforceRoutes }

    // MARK: Who may use what

    var hasPeerGroups: Bool { has("wireguard_peergroup") }

    /// Users can be limited to peer groups.
    package var limitsUsersToPeerGroups: Bool { hasPeerGroups && has("user_manager_useracl_peer_groups") }

    /// API keys can be limited to instances.
    package var limitsAPIKeysToInstances: Bool { has("api_v2_apikey_allowed_instances") }
}

extension Database {
    /// Whether a table exists now, for code that has no ``SchemaCapabilities``. GRDB's `tableExists` answers from a
    /// cache.
    package func hasTable(_ name: String) throws -> Bool {
        try Row.fetchOne(self, sql: "SELECT 1 FROM pragma_table_info(?) LIMIT 1", arguments: [name]) != nil
    }
}
