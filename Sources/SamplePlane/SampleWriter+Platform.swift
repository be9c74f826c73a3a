import Support

/// What every installation has: settings, the people who run it, and rows that several accounts share.
extension SampleWriter {
    mutating func writePlatform() throws {
        try writeSettings()
        try writePermissions()
        administratorID = try writeStaffMember(
            username: "admin", email: "admin@example.org", isSuperuser: true, level: 50)
        inventory.administratorEmail = "admin@example.org"
        _ = try writeStaffMember(username: "support", email: "support@example.org", isSuperuser: false, level: 20)
        inventory.staffEmail = "support@example.org"

        supportGroupUUID = random.uuid()
        let created = moment(withinDays: 900...1_000).django
        try insert(
            "INSERT INTO wireguard_peergroup (name, created, updated, uuid) VALUES (?, ?, ?, ?)",
            ["shared_support", created, created, supportGroupUUID])
    }

    private mutating func writeSettings() throws {
        let installed = moment(withinDays: 1_000...1_100).django
        try insert(
            """
            INSERT INTO dns_dnssettings
            (name, dns_primary, dns_secondary, pending_changes, created, updated, uuid)
            VALUES ('dns_settings', '1.1.1.1', '1.0.0.1', 0, ?, ?, ?)
            """,
            [installed, installed, random.uuid()])
        try insert(
            """
            INSERT INTO firewall_firewallsettings
            (default_forward_policy, default_output_policy, allow_peer_to_peer, allow_instance_to_instance,
            wan_interface, created, updated, pending_changes, name, last_firewall_reset)
            VALUES ('accept', 'accept', 0, 0, 'eth0', ?, ?, 0, 'global', NULL)
            """,
            [installed, installed])
        try insert(
            """
            INSERT INTO wireguard_webadminsettings
            (update_available, last_checked, updated, created, uuid, name, current_version, latest_version,
            db_patch_version)
            VALUES (0, NULL, ?, ?, ?, 'webadmin_settings', 9940, 0, 0)
            """,
            [installed, installed, random.uuid()])
    }

    /// A group and a permission that some customers have, so that the sample has rows for Django's own access rights.
    private func writePermissions() throws {
        try insert("INSERT INTO django_content_type (id, app_label, model) VALUES (1, 'auth', 'user')", [])
        try insert(
            "INSERT INTO auth_permission (id, content_type_id, codename, name) VALUES (1, 1, ?, ?)",
            ["view_user", "Can view user"])
        try insert("INSERT INTO auth_group (id, name) VALUES (1, 'resellers')", [])
        try insert("INSERT INTO auth_group_permissions (group_id, permission_id) VALUES (1, 1)", [])
    }

    private mutating func writeStaffMember(
        username: String, email: String, isSuperuser: Bool, level: Int
    ) throws -> Int64 {
        let joined = moment(withinDays: 1_000...1_100)
        let id = try writeUser(
            username: username, email: email, isSuperuser: isSuperuser, isStaff: true, joined: joined)
        _ = try writeACL(userID: id, level: level, created: joined)
        return id
    }
}
