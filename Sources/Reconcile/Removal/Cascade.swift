/// What goes when an account goes: which rows of which table, children before their parents.
///
/// Django declares its foreign keys NO ACTION in the database; what the application's own delete takes along is in its
/// code alone, and is repeated here table by table. A table that is not present is passed over (the allauth tables are
/// optional); a table that refers to these rows and does not stand here is found by ``ControlPlaneSchema``, and an
/// account that it refers to is refused.
enum Cascade {
    /// One statement of the cascade.
    struct Step: Sendable {
        enum Action: Hashable, Sendable {
            case delete
            /// Sets a column to NULL and leaves the row.
            case clear(String)
        }

        let action: Action
        let table: String
        /// The foreign keys of ``table`` that this step or a later one takes care of.
        let references: [String]
        /// Which rows go, as the WHERE clause; `:key` stands for the instance's UUID, the group's UUID, the user's id.
        let rows: String

        init(_ table: String, references: String..., rows: String) {
            action = .delete
            self.table = table
            self.references = references
            self.rows = rows
        }

        /// A step that clears the reference `column` and leaves the row.
        init(clearing column: String, of table: String, rows: String) {
            action = .clear(column)
            self.table = table
            references = [column]
            self.rows = rows
        }

        var sql: String {
            switch action {
            case .delete: "DELETE FROM \(table) WHERE \(rows)"
            case .clear(let column): "UPDATE \(table) SET \(column) = NULL WHERE \(rows)"
            }
        }
    }

    /// `:key` is the instance's UUID.
    static let instance: [Step] = [
        Step(
            "wireguard_peerstatus", references: "peer_id",
            rows: "peer_id IN (SELECT uuid FROM wireguard_peer WHERE wireguard_instance_id = :key)"),
        Step(
            "wireguard_peerallowedip", references: "peer_id",
            rows: "peer_id IN (SELECT uuid FROM wireguard_peer WHERE wireguard_instance_id = :key)"),
        Step(
            "vpn_invite_peerinvite", references: "peer_id",
            rows: "peer_id IN (SELECT uuid FROM wireguard_peer WHERE wireguard_instance_id = :key)"),
        Step(
            "wireguard_peergroup_peer", references: "peer_id",
            rows: "peer_id IN (SELECT uuid FROM wireguard_peer WHERE wireguard_instance_id = :key)"),
        Step(
            "firewall_firewallrule_source_peer", references: "peer_id",
            rows: "peer_id IN (SELECT uuid FROM wireguard_peer WHERE wireguard_instance_id = :key)"),
        Step(
            "firewall_firewallrule_destination_peer", references: "peer_id",
            rows: "peer_id IN (SELECT uuid FROM wireguard_peer WHERE wireguard_instance_id = :key)"),
        Step(
            "firewall_redirectrule", references: "peer_id", "wireguard_instance_id",
            rows: """
                wireguard_instance_id = :key
                OR peer_id IN (SELECT uuid FROM wireguard_peer WHERE wireguard_instance_id = :key)
                """),
        Step(
            "scheduler_peerscheduling", references: "peer_id",
            rows: "peer_id IN (SELECT uuid FROM wireguard_peer WHERE wireguard_instance_id = :key)"),
        Step("wireguard_peer", references: "wireguard_instance_id", rows: "wireguard_instance_id = :key"),
        // A template of this instance may serve a peer of another.
        Step(
            clearing: "routing_template_id", of: "wireguard_peer",
            rows: """
                routing_template_id IN (
                    SELECT id FROM routing_templates_routingtemplate WHERE wireguard_instance_id = :key)
                """),
        Step(
            "routing_templates_routingtemplate", references: "wireguard_instance_id",
            rows: "wireguard_instance_id = :key"),
        Step(
            "api_v2_apikey_allowed_instances", references: "wireguardinstance_id", rows: "wireguardinstance_id = :key"),
        Step(
            clearing: "instance_to_execute_firewall_id", of: "firewall_firewallsettings",
            rows: "instance_to_execute_firewall_id = :key"),
        Step(
            "wireguard_peergroup_server_instance", references: "wireguardinstance_id",
            rows: "wireguardinstance_id = :key"),
        Step("wireguard_wireguardinstance", rows: "uuid = :key"),
    ]

    /// `:key` is the UUID of a firewall rule that would apply to everybody once its peers are gone.
    static let firewallRule: [Step] = [
        Step("firewall_firewallrule_source_peer", references: "firewallrule_id", rows: "firewallrule_id = :key"),
        Step("firewall_firewallrule_destination_peer", references: "firewallrule_id", rows: "firewallrule_id = :key"),
        Step("firewall_firewallrule", rows: "uuid = :key"),
    ]

    /// `:key` is the group's UUID.
    static let peerGroup: [Step] = [
        Step("wireguard_peergroup_peer", references: "peergroup_id", rows: "peergroup_id = :key"),
        Step("wireguard_peergroup_server_instance", references: "peergroup_id", rows: "peergroup_id = :key"),
        Step("user_manager_useracl_peer_groups", references: "peergroup_id", rows: "peergroup_id = :key"),
        Step("wireguard_peergroup", rows: "uuid = :key"),
    ]

    /// `:key` is the session's key.
    static let session: [Step] = [
        Step("django_session", rows: "session_key = :key")
    ]

    /// `:key` is the user's id. The user's sessions, which no foreign key ties to the user, go with these.
    static let user: [Step] = [
        Step(
            "user_manager_useracl_peer_groups", references: "useracl_id",
            rows: "useracl_id IN (SELECT uuid FROM user_manager_useracl WHERE user_id = :key)"),
        Step("user_manager_useracl", references: "user_id", rows: "user_id = :key"),
        Step("user_manager_authenticationtoken", references: "user_id", rows: "user_id = :key"),
        Step("auth_user_groups", references: "user_id", rows: "user_id = :key"),
        Step("auth_user_user_permissions", references: "user_id", rows: "user_id = :key"),
        Step("django_admin_log", references: "user_id", rows: "user_id = :key"),
        Step(
            "account_emailconfirmation", references: "email_address_id",
            rows: "email_address_id IN (SELECT id FROM account_emailaddress WHERE user_id = :key)"),
        Step("account_emailaddress", references: "user_id", rows: "user_id = :key"),
        Step(
            "socialaccount_socialtoken", references: "account_id",
            rows: "account_id IN (SELECT id FROM socialaccount_socialaccount WHERE user_id = :key)"),
        Step("socialaccount_socialaccount", references: "user_id", rows: "user_id = :key"),
        Step("auth_user", rows: "id = :key"),
    ]

    private static let all = instance + firewallRule + peerGroup + session + user

    /// The last step of each: the row that the others belong to.
    static let roots = [instance, firewallRule, peerGroup, session, user].compactMap(\.last)

    /// Every table that the cascade deletes from.
    static let deletedTables = Set(all.filter { $0.action == .delete }.map(\.table))

    /// Every table that it deletes from or clears a reference in.
    static let tables = Set(all.map(\.table))

    /// Every foreign key that the cascade takes care of, as `table.column`.
    static let knownReferences = Set(all.flatMap { step in step.references.map { "\(step.table).\($0)" } })
}
