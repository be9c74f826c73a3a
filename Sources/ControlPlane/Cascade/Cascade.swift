/// The tables and rows to delete with an account, children before their parents.
///
/// Django declares its foreign keys NO ACTION in the database. Only the application's code knows what its own delete
/// removes, and this type repeats that table by table. A table that is not present is skipped; the allauth tables, for
/// example, are optional. ``ControlPlaneSchema`` finds tables that refer to these rows and are not listed here, and
/// accounts that they refer to are refused.
package enum Cascade {
    /// Rows that rows of other tables are deleted with. Their keys are looked up before anything is deleted; see
    /// ``RowsToDelete``.
    package enum Parent: String, CaseIterable, Sendable {
        case instance, peer, routingTemplate, firewallRule, peerGroup, session, user, acl, emailAddress, socialAccount

        package var table: String {
            switch self {
            case .instance: "wireguard_wireguardinstance"
            case .peer: "wireguard_peer"
            case .routingTemplate: "routing_templates_routingtemplate"
            case .firewallRule: "firewall_firewallrule"
            case .peerGroup: "wireguard_peergroup"
            case .session: "django_session"
            case .user: "auth_user"
            case .acl: "user_manager_useracl"
            case .emailAddress: "account_emailaddress"
            case .socialAccount: "socialaccount_socialaccount"
            }
        }

        /// The column that other tables refer to.
        package var key: String {
            switch self {
            case .instance, .peer, .firewallRule, .peerGroup, .acl: "uuid"
            case .routingTemplate, .user, .emailAddress, .socialAccount: "id"
            case .session: "session_key"
            }
        }

        /// The declared type of the key.
        package var keyType: String { key == "id" ? "INTEGER" : "TEXT" }

        /// The parent that these rows are deleted with. nil for rows found another way: by the account's name, by a
        /// session's data, or because a firewall rule has no peers left.
        package var owner: Reference? {
            switch self {
            case .peer, .routingTemplate: Reference("wireguard_instance_id", .instance)
            case .acl, .emailAddress, .socialAccount: Reference("user_id", .user)
            case .instance, .firewallRule, .peerGroup, .session, .user: nil
            }
        }
    }

    /// A column that holds the key of a parent.
    package struct Reference: Hashable, Sendable {
        package let column: String
        package let parent: Parent

        init(_ column: String, _ parent: Parent) { (self.column, self.parent) = (column, parent) }
    }

    /// One statement of the cascade.
    package struct Step: Sendable {
        package enum Action: Hashable, Sendable {
            case delete
            /// Sets the step's only reference to NULL and keeps the row.
            case clear
        }

        package let action: Action
        package let table: String
        /// A row is deleted (or cleared) if the parent of any of these is deleted.
        package let references: [Reference]

        /// A step that deletes the rows that refer to a deleted parent.
        init(_ table: String, _ references: Reference...) {
            (action, self.table, self.references) = (.delete, table, references)
        }

        /// A step that deletes the parents themselves.
        init(_ parent: Parent) {
            (action, table, references) = (.delete, parent.table, [parent.owner ?? Reference(parent.key, parent)])
        }

        /// A step that clears a reference and keeps the row.
        init(clearing reference: Reference, of table: String) {
            (action, self.table, references) = (.clear, table, [reference])
        }
    }

    package static let steps: [Step] = [
        Step("wireguard_peerstatus", Reference("peer_id", .peer)),
        Step("wireguard_peerallowedip", Reference("peer_id", .peer)),
        Step("vpn_invite_peerinvite", Reference("peer_id", .peer)),
        Step("wireguard_peergroup_peer", Reference("peer_id", .peer), Reference("peergroup_id", .peerGroup)),
        Step(
            "firewall_firewallrule_source_peer", Reference("peer_id", .peer),
            Reference("firewallrule_id", .firewallRule)),
        Step(
            "firewall_firewallrule_destination_peer", Reference("peer_id", .peer),
            Reference("firewallrule_id", .firewallRule)),
        Step(
            "firewall_redirectrule", Reference("peer_id", .peer), Reference("wireguard_instance_id", .instance)),
        Step("scheduler_peerscheduling", Reference("peer_id", .peer)),
        Step("dns_peerhostnamemapping", Reference("peer_id", .peer)),
        Step(.peer),
        // A template of a deleted instance may serve a peer of an instance that stays.
        Step(clearing: Reference("routing_template_id", .routingTemplate), of: "wireguard_peer"),
        Step(.routingTemplate),
        Step("api_v2_apikey_allowed_instances", Reference("wireguardinstance_id", .instance)),
        Step(clearing: Reference("instance_to_execute_firewall_id", .instance), of: "firewall_firewallsettings"),
        Step(
            "wireguard_peergroup_server_instance", Reference("wireguardinstance_id", .instance),
            Reference("peergroup_id", .peerGroup)),
        Step(.instance),
        Step(.firewallRule),
        Step(
            "user_manager_useracl_peer_groups", Reference("peergroup_id", .peerGroup), Reference("useracl_id", .acl)),
        Step(.peerGroup),
        Step(.session),
        Step(.acl),
        Step("user_manager_authenticationtoken", Reference("user_id", .user)),
        Step("auth_user_groups", Reference("user_id", .user)),
        Step("auth_user_user_permissions", Reference("user_id", .user)),
        Step("django_admin_log", Reference("user_id", .user)),
        Step("account_emailconfirmation", Reference("email_address_id", .emailAddress)),
        Step(.emailAddress),
        Step("socialaccount_socialtoken", Reference("account_id", .socialAccount)),
        Step(.socialAccount),
        Step(.user),
    ]

    /// Tables whose rows are gone for good: what an account signs in with, and nothing that it was.
    fileprivate static let unarchivedTables: Set = ["django_session", "user_manager_authenticationtoken"]

    /// Every table that the cascade deletes from.
    static let deletedTables = Set(steps.filter { $0.action == .delete }.map(\.table))

    /// Every table that the cascade deletes from or clears a reference in.
    package static let tables = Set(steps.map(\.table))

    /// Every foreign key that the cascade handles, as `table.column`.
    static let knownReferences = Set(steps.flatMap { step in step.references.map { "\(step.table).\($0.column)" } })
}

extension Cascade.Step {
    /// Whether what the step deletes or clears can be put back.
    package var isArchived: Bool { !Cascade.unarchivedTables.contains(table) }

    /// The condition for the rows to delete with one row of `root`, whose key is bound as `:key`; nil if there are
    /// none.
    package func rows(goingWith root: Cascade.Parent) -> String? {
        let conditions = references.compactMap { reference -> String? in
            if reference.parent == root { return "\(reference.column) = :key" }
            guard let owner = reference.parent.owner, owner.parent == root else { return nil }
            return """
                \(reference.column) IN (
                    SELECT \(reference.parent.key) FROM \(reference.parent.table) WHERE \(owner.column) = :key)
                """
        }
        return conditions.isEmpty ? nil : conditions.joined(separator: " OR ")
    }
}
