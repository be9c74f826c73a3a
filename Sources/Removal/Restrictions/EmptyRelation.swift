/// What an empty relation means in the application, and what a removal does about it.
///
/// In this application an empty relation often means "everything", so removing its last row would give somebody more
/// access. The list has every many-to-many table and every nullable reference of every known schema, including those
/// that no removal touches. A test finds relations that are missing here.
struct EmptyRelation: Hashable, Sendable {
    /// The `table` of a many-to-many relation, or the `table.column` of a reference that may be NULL.
    let name: String
    /// What an empty relation means in the application.
    let meaning: String
    /// What a removal does about it.
    let handling: String

    private init(_ name: String, means meaning: String, _ handling: String) {
        (self.name, self.meaning, self.handling) = (name, meaning, handling)
    }

    static let all: [EmptyRelation] = everything + nothing + untouched

    private static let rules =
        "A rule that loses the last peer of a side without an address goes with the account. If it drops or rejects all "
        + "but the peers of that side, it stays and blocks everybody; see OrphanedRules. Where others of that side are "
        + "left, such a rule would block less: then the account is refused; see WideningGuard."

    /// Empty means everything.
    private static let everything = [
        EmptyRelation(
            "user_manager_useracl_peer_groups",
            means:
                "A user whose ACL has no peer group sees and manages every instance. A group without ACLs is nobody's.",
            "An ACL of somebody else that loses its last group is given an empty one; see AccessRestrictions."),
        EmptyRelation(
            "api_v2_apikey_allowed_instances",
            means: "An API key without instances may use every instance.",
            "A key that loses its last instance is disabled; see AccessRestrictions."),
        EmptyRelation(
            "firewall_firewallrule_source_peer",
            means: "A rule without source peers and without a source address applies to packets from everybody, "
                + "even if it is negated.",
            rules),
        EmptyRelation(
            "firewall_firewallrule_destination_peer",
            means:
                "A rule without destination peers and without a destination address applies to packets to "
                + "everybody, even if it is negated.",
            rules),
        EmptyRelation(
            "wireguard_peer.routing_template_id",
            means: "A peer without a routing template has no routes that limit it, and so may reach everything.",
            "Cleared with the template's instance, unless it limits a peer of another instance: then the account is "
                + "refused; see WideningGuard. The application gives a peer templates of its own instance alone."),
    ]

    /// Empty means nothing, or no more than before.
    private static let nothing = [
        EmptyRelation(
            "wireguard_peergroup_peer",
            means: "A group without peers gives access to no peer. A peer without groups is in no group.",
            "The rows go with the peer or the group."),
        EmptyRelation(
            "wireguard_peergroup_server_instance",
            means: "A group without server instances gives access to no instance.",
            "The rows go with the instance or the group."),
        EmptyRelation(
            "auth_user_groups", means: "A user without groups has no permission by a group.",
            "The rows go with the user."),
        EmptyRelation(
            "auth_user_user_permissions", means: "A user without permissions has none.", "The rows go with the user."),
        EmptyRelation(
            "firewall_redirectrule.peer_id",
            means: "A redirect without a peer leads to its IP address.",
            "The redirect goes with the peer, so that none is left that leads elsewhere."),
        EmptyRelation(
            "firewall_redirectrule.wireguard_instance_id",
            means: "A redirect without an instance leads to its IP address on no instance of its own.",
            "The redirect goes with the instance."),
        EmptyRelation(
            "firewall_firewallsettings.instance_to_execute_firewall_id",
            means: "The application chooses an instance at its next export, which runs the firewall script.",
            "Cleared with the instance."),
        EmptyRelation(
            "scheduler_peerscheduling.profile_id",
            means: "A schedule without a profile neither disables nor enables its peer.",
            "The row goes with the peer; no removal deletes a profile."),
        EmptyRelation(
            "django_admin_log.content_type_id", means: "An entry of the log that is about no kind of object.",
            "The row goes with its user."),
        EmptyRelation(
            "socialaccount_socialtoken.app_id", means: "A token of a provider that is configured in the settings.",
            "The row goes with its user."),
    ]

    /// Relations of tables that no removal touches.
    private static let untouched = [
        EmptyRelation(
            "auth_group_permissions", means: "A group without permissions gives none.",
            "Untouched: no removal deletes a group or a permission."),
        EmptyRelation(
            "socialaccount_socialapp_sites", means: "A provider without sites offers no login on any.",
            "Untouched: no removal deletes a provider or a site."),
        EmptyRelation(
            "app_gateway_accesspolicy_groups",
            means: "A policy of the gateway without groups names no user who may pass.",
            "Untouched: the gateway has users and groups of its own, which belong to no account."),
        EmptyRelation(
            "app_gateway_accesspolicy_methods",
            means: "A protected policy of the gateway without a way to log in lets nobody pass.",
            "Untouched: the gateway has users and groups of its own, which belong to no account."),
        EmptyRelation(
            "gatekeeper_gatekeepergroup_users", means: "A group of the gateway without users is nobody's.",
            "Untouched: the gateway has users and groups of its own, which belong to no account."),
    ]
}
