import Support

/// Users, and their rows in other tables.
extension SampleWriter {
    mutating func writeUser(
        username: String, email: String, isSuperuser: Bool, isStaff: Bool, joined: UTCTime
    ) throws -> Int64 {
        try insert(
            """
            INSERT INTO auth_user
            (password, last_login, is_superuser, username, last_name, email, is_staff, is_active, date_joined,
            first_name)
            VALUES (?, ?, ?, ?, '', ?, ?, 1, ?, '')
            """,
            [
                // Django's mark for an unusable password, which the sign-up of an account leaves.
                "!" + random.text(40, of: Alphabet.base62),
                random.oneIn(3) ? nil : moment(withinDays: 0...20).django, isSuperuser, username, email,
                isStaff, joined.django,
            ])
        return db.lastInsertedRowID
    }

    /// - Returns: The UUID of the new ACL, as 32 hexadecimal digits.
    mutating func writeACL(userID: Int64, level: Int, created: UTCTime) throws -> String {
        let uuid = random.uuid()
        let time = created.django
        try insert(
            """
            INSERT INTO user_manager_useracl
            (user_level, user_id, created, updated, uuid, enable_console, enable_enhanced_filter, enable_reload,
            enable_restart)
            VALUES (?, ?, ?, ?, ?, 1, 0, 1, 1)
            """,
            [level, userID, time, time, uuid])
        return uuid
    }

    mutating func writeTraces(userID: Int64, of account: SampleAccount, created: UTCTime) throws {
        let time = created.django
        for _ in 0..<random.number(in: 0...2) {
            try insert(
                "INSERT INTO user_manager_authenticationtoken (created, updated, uuid, user_id) VALUES (?, ?, ?, ?)",
                [time, time, random.uuid(), userID])
        }
        if random.oneIn(6) {
            try writeLogEntry(by: userID, about: userID, named: account.email, action: 2, at: time)
        }
        if random.oneIn(6) {
            // The entry belongs to the administrator, and stays when the account it is about is removed.
            try writeLogEntry(by: administratorID, about: userID, named: account.email, action: 1, at: time)
        }
        if random.oneIn(4) { try writeEmailAddress(userID: userID, of: account, created: time) }
        if random.oneIn(8) { try writeSocialAccount(userID: userID, created: time) }
        if random.oneIn(12) {
            try insert("INSERT INTO auth_user_groups (user_id, group_id) VALUES (?, 1)", [userID])
        }
        if random.oneIn(12) {
            try insert("INSERT INTO auth_user_user_permissions (user_id, permission_id) VALUES (?, 1)", [userID])
        }
    }

    private func writeLogEntry(
        by userID: Int64, about subject: Int64, named name: String, action: Int, at time: String
    ) throws {
        try insert(
            """
            INSERT INTO django_admin_log
            (object_id, object_repr, action_flag, change_message, content_type_id, user_id, action_time)
            VALUES (?, ?, ?, '[]', 1, ?, ?)
            """,
            [String(subject), name, action, userID, time])
    }

    private mutating func writeEmailAddress(userID: Int64, of account: SampleAccount, created: String) throws {
        // A second user with the same email cannot have it verified too, because the database requires verified emails
        // to be unique.
        let isVerified = account.userIDs.first == userID
        try insert(
            "INSERT INTO account_emailaddress (verified, \"primary\", user_id, email) VALUES (?, 1, ?, ?)",
            [isVerified, userID, account.email])
        if random.oneIn(2) {
            try insert(
                "INSERT INTO account_emailconfirmation (created, sent, \"key\", email_address_id) VALUES (?, ?, ?, ?)",
                [created, created, random.text(64, of: Alphabet.sessionKey), db.lastInsertedRowID])
        }
    }

    private mutating func writeSocialAccount(userID: Int64, created: String) throws {
        try insert(
            """
            INSERT INTO socialaccount_socialaccount (provider, uid, last_login, date_joined, user_id, extra_data)
            VALUES ('google', ?, ?, ?, ?, '{}')
            """,
            [random.hex(20), created, created, userID])
        if random.oneIn(2) {
            try insert(
                """
                INSERT INTO socialaccount_socialtoken (token, token_secret, expires_at, account_id, app_id)
                VALUES (?, '', NULL, ?, NULL)
                """,
                [random.text(32, of: Alphabet.base62), db.lastInsertedRowID])
        }
    }
}
