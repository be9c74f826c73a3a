import Support

/// Writes one customer account, complete or with parts missing.
extension SampleWriter {
    mutating func writeAccount(_ number: Int) throws {
        var account = SampleAccount(email: email(of: number))
        let created = moment(withinDays: 30...900)
        let lacksUser = random.oneIn(16)
        // An account without any part would not be an account.
        let lacksInstance = !lacksUser && random.oneIn(16)
        let lacksGroup = random.oneIn(12)

        if !lacksInstance {
            let count = random.oneIn(50) ? 2 : 1
            for _ in 0..<count {
                account.instances.append(try writeInstance(name: account.email, created: created))
            }
        }
        if !lacksGroup {
            account.groupUUID = try writeGroup(of: account, created: created)
        }
        if !lacksUser {
            let count = random.oneIn(50) ? 2 : 1
            for index in 0..<count {
                // The database requires unique usernames, but not unique emails.
                let username = index == 0 ? account.email : "\(index + 1).\(account.email)"
                let id = try writeUser(
                    username: username, email: account.email, isSuperuser: false, isStaff: false, joined: created)
                account.userIDs.append(id)
                if !random.oneIn(10) {
                    account.hasACL = true
                    try writeCustomerACL(userID: id, of: account, created: created)
                }
                try writeTraces(userID: id, of: account, created: created)
            }
        }
        inventory.accounts.append(account)
    }

    private func email(of number: Int) -> String {
        let digits = String(number)
        let padding = String(repeating: "0", count: max(0, 5 - digits.utf8.count))
        return "customer\(padding)\(digits)@example.\(number % 3 == 2 ? "org" : "com")"
    }

    /// `<email>_group` with the account's peers and instances, and sometimes those of another account.
    private mutating func writeGroup(of account: SampleAccount, created: UTCTime) throws -> String {
        let uuid = random.uuid()
        let time = created.django
        try insert(
            "INSERT INTO wireguard_peergroup (name, created, updated, uuid) VALUES (?, ?, ?, ?)",
            [account.email + "_group", time, time, uuid])
        for instance in account.instances {
            try add(instance: instance.uuid, toGroup: uuid)
            for peer in instance.peerUUIDs {
                try add(peer: peer, toGroup: uuid)
                if random.oneIn(20) { try add(peer: peer, toGroup: supportGroupUUID) }
            }
        }
        if random.oneIn(15), let other = inventory.accounts.randomElement(using: &random)?.instances.first {
            try add(instance: other.uuid, toGroup: uuid)
            if let peer = other.peerUUIDs.first { try add(peer: peer, toGroup: uuid) }
        }
        return uuid
    }

    private func add(peer: String, toGroup group: String) throws {
        try insert("INSERT INTO wireguard_peergroup_peer (peergroup_id, peer_id) VALUES (?, ?)", [group, peer])
    }

    private func add(instance: String, toGroup group: String) throws {
        try insert(
            "INSERT INTO wireguard_peergroup_server_instance (peergroup_id, wireguardinstance_id) VALUES (?, ?)",
            [group, instance])
    }

    /// The ACL of a customer: level 20, with its own group and sometimes the shared one.
    private mutating func writeCustomerACL(userID: Int64, of account: SampleAccount, created: UTCTime) throws {
        let acl = try writeACL(userID: userID, level: 20, created: created)
        var groups: [String] = []
        if let own = account.groupUUID { groups.append(own) }
        if random.oneIn(20) { groups.append(supportGroupUUID) }
        for group in groups {
            try insert(
                "INSERT INTO user_manager_useracl_peer_groups (useracl_id, peergroup_id) VALUES (?, ?)", [acl, group])
        }
    }
}
