import GRDB

/// Removes one account at a time, whole or not at all. Holds every statement of the cascade, prepared once.
struct AccountRemoval {
    /// Why an account was left as it was.
    enum Refusal: Error {
        /// A guard said no.
        case refused(String)
        /// Deleting the rows of `table` left references dangling.
        case danglingReferences(table: String)
        /// A row of `table` that was deleted is still there, or there again: a trigger saw to that.
        case rowsRemain(table: String)
    }

    private struct Deletion {
        let table: String
        /// False for a step that only clears a reference.
        var deletes = true
        let statement: HeldStatement
    }

    private let db: Database
    private let instanceSteps: [Deletion]
    private let ruleSteps: [Deletion]
    private let groupSteps: [Deletion]
    private let sessionSteps: [Deletion]
    private let userSteps: [Deletion]
    /// Whether anything but this program's own statements can have a say in what they do.
    private let hasTriggers: Bool
    private let remainders: [Deletion]
    /// nil where no rule has peers.
    private let orphanedRules: OrphanedRules?
    private let unknownReferences: UnknownReferences
    private let peerKeys: HeldStatement
    private let privateKey: HeldStatement
    /// nil where there are no redirects.
    private let redirectedInterfaces: Statement?
    private let acls: Statement
    private let privileges: Statement

    init(_ db: Database, schema: ControlPlaneSchema, _ tables: TablesInUse) throws {
        func deletions(_ steps: [Cascade.Step]) throws -> [Deletion] {
            try steps.filter { schema.has($0) && tables.mayHold($0.table) }.map {
                Deletion(
                    table: $0.table, deletes: $0.action == .delete, statement: try HeldStatement(db, sql: $0.sql))
            }
        }
        self.db = db
        hasTriggers = tables.hasTriggers
        instanceSteps = try deletions(Cascade.instance)
        ruleSteps = try deletions(Cascade.firewallRule)
        groupSteps = try deletions(Cascade.peerGroup)
        sessionSteps = try deletions(Cascade.session)
        userSteps = try deletions(Cascade.user)
        remainders = try Cascade.roots.map { root in
            Deletion(
                table: root.table,
                statement: try HeldStatement(db, sql: "SELECT 1 FROM \(root.table) WHERE \(root.rows)"))
        }
        let rulesHavePeers =
            tables.mayHold("firewall_firewallrule_source_peer")
            || tables.mayHold("firewall_firewallrule_destination_peer")
        orphanedRules = rulesHavePeers ? try OrphanedRules(db) : nil
        unknownReferences = try UnknownReferences(db, schema: schema)
        peerKeys = try HeldStatement(db, sql: "SELECT public_key FROM wireguard_peer WHERE wireguard_instance_id = ?")
        privateKey = try HeldStatement(db, sql: "SELECT private_key FROM wireguard_wireguardinstance WHERE uuid = ?")
        redirectedInterfaces =
            try tables.mayHold("firewall_redirectrule")
            ? db.makeStatement(
                sql: """
                    SELECT DISTINCT instance.instance_id
                    FROM wireguard_peer AS peer
                    JOIN firewall_redirectrule AS rule ON rule.peer_id = peer.uuid
                    JOIN wireguard_wireguardinstance AS instance ON instance.uuid = rule.wireguard_instance_id
                    WHERE peer.wireguard_instance_id = :key AND instance.uuid <> :key
                    """) : nil
        acls = try db.makeStatement(sql: "SELECT uuid FROM user_manager_useracl WHERE user_id = ?")
        privileges = try db.makeStatement(
            sql: """
                SELECT is_superuser, is_staff, (SELECT max(user_level) FROM user_manager_useracl WHERE user_id = :key)
                FROM auth_user WHERE id = :key
                """)
    }

    /// Deletes everything that belongs to the account. Has to run in a savepoint that the caller rolls back on a throw.
    ///
    /// - Throws: ``Refusal``, or a `DatabaseError`.
    func remove(_ target: AccountTarget, sessions: SessionIndex) throws -> RemovalRecord {
        try refuseWhereProtected(target, sessions)
        var record = RemovalRecord()
        var rules: [String] = []
        for instance in target.instances {
            rules += try remove(instance, &record)
        }
        for group in target.groups {
            try run(groupSteps, key: group.uuid, &record)
            record.items.append(RemovedItem(.peerGroup, group.name))
        }
        record.items += rules.map { RemovedItem(.firewallRule, $0.hyphenatedUUID) }
        for user in target.users {
            try remove(user, sessions: sessions, &record)
        }
        record.items += target.users.map { RemovedItem(.user, $0.email) }
        try requireGone(target, rules: rules, sessions)
        return record
    }

    /// The plan has asked the same; between the plan and this transaction the application may have changed its mind.
    private func refuseWhereProtected(_ target: AccountTarget, _ sessions: SessionIndex) throws {
        for user in target.users {
            guard let row = try Row.fetchOne(privileges, arguments: [user.id]) else { continue }
            if let privilege = Privilege(row, from: 0) { throw Refusal.refused(privilege.refusal) }
        }
        if let refusal = try unknownReferences.refusal(of: target, sessions) { throw Refusal.refused(refusal) }
    }

    /// A DELETE can silently do nothing: a trigger's RAISE(IGNORE) makes it so, and another trigger can put a row back.
    /// Rows that refer to others are found by the foreign keys; those at the roots, which refer to nothing, are not.
    private func requireGone(_ target: AccountTarget, rules: [String], _ sessions: SessionIndex) throws {
        guard hasTriggers else { return }
        let keys: [String: [any StatementKey]] = [
            "wireguard_wireguardinstance": target.instances.map(\.uuid), "firewall_firewallrule": rules,
            "wireguard_peergroup": target.groups.map(\.uuid),
            "django_session": target.users.flatMap { sessions.keys(ofUser: $0.id) },
            "auth_user": target.users.map(\.id),
        ]
        for root in remainders {
            for key in keys[root.table] ?? [] where try root.statement.finds(key) {
                throw Refusal.rowsRemain(table: root.table)
            }
        }
    }

    /// - Returns: the UUIDs of the firewall rules that went with the instance.
    private func remove(_ instance: AccountTarget.Instance, _ record: inout RemovalRecord) throws -> [String] {
        if let redirectedInterfaces {
            record.affectedInterfaceNumbers += try Int.fetchAll(redirectedInterfaces, arguments: [instance.uuid])
        }
        let peers = try noteKeys(of: instance, &record)
        let orphans = try orphanedRules?.uuids(ofInstance: instance.uuid) ?? []
        for rule in orphans {
            if let refusal = try unknownReferences.refusal(ofRule: rule) { throw Refusal.refused(refusal) }
        }
        try run(instanceSteps, key: instance.uuid, &record)
        for rule in orphans {
            try run(ruleSteps, key: rule, &record)
        }
        record.items.append(RemovedItem(.instance, instance.uuid.hyphenatedUUID, peersRemoved: peers))
        record.interfaceNumbers.append(instance.interfaceNumber)
        return orphans
    }

    /// By these keys the run asks the system, at its end, whether the account's tunnels are down. They are no secret.
    ///
    /// - Returns: how many peers the instance has.
    private func noteKeys(of instance: AccountTarget.Instance, _ record: inout RemovalRecord) throws -> Int {
        var keys: [String] = []
        var peers = 0
        try peerKeys.forEachRow(instance.uuid) { row in
            peers += 1
            if let key = row.text(0).map(WireGuardKey.asRead), !keys.contains(key) { keys.append(key) }
        }
        var own: String?
        try privateKey.forEachRow(instance.uuid) { row in own = row.text(0) }
        record.peerKeys = (record.peerKeys ?? []) + keys
        record.interfaceKeys =
            (record.interfaceKeys ?? []) + (own.flatMap(WireGuardKey.publicKey(ofPrivateKey:)).map { [$0] } ?? [])
        return peers
    }

    private func remove(_ user: AccountTarget.User, sessions: SessionIndex, _ record: inout RemovalRecord) throws {
        record.items += try String.fetchAll(acls, arguments: [user.id]).map { RemovedItem(.userACL, $0.hyphenatedUUID) }
        for key in sessions.keys(ofUser: user.id) {
            try run(sessionSteps, key: key, &record)
        }
        try run(userSteps, key: user.id, &record)
    }

    /// The deferred-violation counter is asked after every statement and not once at the end: children are deleted
    /// before their parents, so it has to be zero throughout, while a later statement that deletes a row which dangled
    /// before the run would lower the counter again and hide what an earlier one left.
    private func run(_ steps: [Deletion], key: some StatementKey, _ record: inout RemovalRecord) throws {
        for step in steps {
            let changed = try step.statement.run(key)
            if step.deletes { record.count(changed, in: step.table) }
            if db.hasDeferredViolations { throw Refusal.danglingReferences(table: step.table) }
        }
    }
}

extension RemovalRecord {
    fileprivate mutating func count(_ deleted: Int, in table: String) {
        if deleted > 0 { rows[table, default: 0] += deleted }
    }
}

extension String {
    /// A UUID as people and other programs write it. The application stores 32 hex digits; anything else stays as it is.
    var hyphenatedUUID: String {
        guard utf8.count == 32, utf8.allSatisfy({ UInt8(ascii: "-") != $0 }) else { return self }
        let digits = Array(self)
        guard digits.count == 32 else { return self }
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
    }
}
