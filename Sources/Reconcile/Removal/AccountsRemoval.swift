import GRDB

/// Removes accounts together, by the sets of their rows, as if they were removed one after the other: all of them whole,
/// or none. Holds every statement of the cascade, prepared once.
struct AccountsRemoval {
    /// Why the accounts were left as they were.
    enum Refusal: Error {
        /// A guard said no.
        case refused(String)
        /// Deleting the rows of `table` left references dangling.
        case danglingReferences(table: String)
        /// A row of `table` that was deleted is still there, or there again: a trigger saw to that.
        case rowsRemain(table: String)
        /// A row of `table` was deleted of which nobody can say whose it was.
        case rowOfNobody(table: String)
    }

    private struct Step {
        let table: String
        let action: Cascade.Step.Action
        let statement: HeldStatement
    }

    private let db: Database
    private let gone: GoneRows
    /// Whether anything but this program's own statements can have a say in what goes.
    private let hasTriggers: Bool
    private let steps: [Step]
    private let remainders: [(table: String, statement: HeldStatement)]
    private let unknownReferences: UnknownReferences
    private let privileges: HeldStatement
    private let peers: HeldStatement
    private let privateKeys: HeldStatement
    /// nil where there are no redirects.
    private let redirectedInterfaces: HeldStatement?
    /// nil where no rule has peers.
    private let enterOrphanedRules: HeldStatement?
    private let orphanedRules: HeldStatement
    private let acls: HeldStatement

    /// - Parameter db: a connection on which ``GoneRows/createTables(_:)`` was called.
    init(_ db: Database, schema: ControlPlaneSchema, _ tables: TablesInUse) throws {
        self.db = db
        gone = try GoneRows(db, schema: schema)
        hasTriggers = tables.hasTriggers
        steps = try Cascade.steps.filter { schema.has($0) && tables.mayHold($0.table) }.map {
            Step(table: $0.table, action: $0.action, statement: try HeldStatement(db, sql: $0.sql))
        }
        remainders = try Cascade.Parent.allCases.filter { $0.owner == nil }.map { root in
            let sql = "SELECT 1 FROM \(root.table) WHERE \(root.key) IN (SELECT key FROM \(root.gone)) LIMIT 1"
            return (root.table, try HeldStatement(db, sql: sql))
        }
        unknownReferences = try UnknownReferences(db, schema: schema)
        privileges = try HeldStatement(
            db,
            sql: """
                SELECT person.is_superuser, person.is_staff,
                    (SELECT max(user_level) FROM user_manager_useracl WHERE user_id = person.id)
                FROM \(Cascade.Parent.user.gone) AS gone CROSS JOIN auth_user AS person ON person.id = gone.key
                """)
        peers = try HeldStatement(
            db,
            sql: """
                SELECT gone.place, peer.public_key FROM \(Cascade.Parent.instance.gone) AS gone
                CROSS JOIN wireguard_peer AS peer ON peer.wireguard_instance_id = gone.key
                ORDER BY gone.place, peer.rowid
                """)
        privateKeys = try HeldStatement(
            db,
            sql: """
                SELECT gone.place, instance.private_key FROM \(Cascade.Parent.instance.gone) AS gone
                CROSS JOIN wireguard_wireguardinstance AS instance ON instance.uuid = gone.key
                ORDER BY gone.place
                """)
        redirectedInterfaces =
            try tables.mayHold("firewall_redirectrule")
            ? HeldStatement(
                db,
                sql: """
                    SELECT DISTINCT owner.place, instance.instance_id
                    FROM \(Cascade.Parent.peer.gone) AS owner
                    CROSS JOIN firewall_redirectrule AS redirect ON redirect.peer_id = owner.key
                    JOIN wireguard_wireguardinstance AS instance ON instance.uuid = redirect.wireguard_instance_id
                    LEFT JOIN \(Cascade.Parent.instance.gone) AS gone ON gone.key = instance.uuid
                    -- One that goes earlier takes its redirects along.
                    WHERE gone.place IS NULL OR gone.place > owner.place
                    ORDER BY 1, 2
                    """) : nil
        let rulesHavePeers =
            tables.mayHold("firewall_firewallrule_source_peer")
            || tables.mayHold("firewall_firewallrule_destination_peer")
        enterOrphanedRules = rulesHavePeers ? try HeldStatement(db, sql: OrphanedRules.enterAll) : nil
        orphanedRules = try HeldStatement(
            db, sql: "SELECT place, key FROM \(Cascade.Parent.firewallRule.gone) ORDER BY place, key")
        acls = try HeldStatement(db, sql: "SELECT place, key FROM \(Cascade.Parent.acl.gone) ORDER BY place, key")
    }

    /// Deletes everything that belongs to the accounts. Has to run in a savepoint that the caller rolls back on a throw.
    ///
    /// - Returns: what went, of each account.
    /// - Throws: ``Refusal``, or a `DatabaseError`, for any one of them.
    func remove(_ targets: [AccountTarget], _ sessions: SessionIndex) throws -> [RemovalRecord] {
        for target in targets {
            if let refusal = try unknownReferences.refusal(of: target, sessions) { throw Refusal.refused(refusal) }
        }
        let places = try enter(targets, sessions)
        try refusePrivileged()
        var records = targets.map(RemovalRecord.init(of:))
        try noteKeys(&records, places)
        try noteRedirectedInterfaces(&records, places)
        try noteRulesAndUsers(&records, targets, places)
        for step in steps {
            try run(step, &records, places)
            // Asked after every statement and not once at the end: children are deleted before their parents, so it has to
            // be zero throughout, while a later statement that deletes a row which dangled before the run would lower the
            // counter again and hide what an earlier one left.
            if db.hasDeferredViolations { throw Refusal.danglingReferences(table: step.table) }
        }
        try requireGone(targets, records)
        return records
    }

    /// Whose sake each place stands for, by the account's index.
    private typealias Places = [Int]

    private func enter(_ targets: [AccountTarget], _ sessions: SessionIndex) throws -> Places {
        try gone.removeAll()
        var places: Places = []
        for (account, target) in targets.enumerated() {
            for instance in target.instances {
                try gone.enter(instance.uuid, at: places.count, as: .instance)
                places.append(account)
            }
            for group in target.groups {
                try gone.enter(group.uuid, at: places.count, as: .peerGroup)
                places.append(account)
            }
            for user in target.users {
                try gone.enter(user.id, at: places.count, as: .user)
                for key in sessions.keys(ofUser: user.id) { try gone.enter(key, at: places.count, as: .session) }
                places.append(account)
            }
        }
        try gone.enterOwnedRows()
        try enterOrphanedRules?.run()
        return places
    }

    /// The plan has asked the same; between the plan and this transaction the application may have changed its mind.
    private func refusePrivileged() throws {
        try privileges.forEachRow { row in
            if let privilege = Privilege(row, from: 0) { throw Refusal.refused(privilege.refusal) }
        }
    }

    // MARK: What goes

    /// By these keys the run asks the system, at its end, whether the account's tunnels are down. They are no secret.
    private func noteKeys(_ records: inout [RemovalRecord], _ places: Places) throws {
        var keys = [[String]](repeating: [], count: places.count)
        var peerCounts = [Int](repeating: 0, count: places.count)
        try peers.forEachRow { row in
            let place = row.integer(0)
            peerCounts[place] += 1
            if let key = row.text(1).map(WireGuardKey.asRead), !keys[place].contains(key) { keys[place].append(key) }
        }
        var instances = [Int](repeating: 0, count: records.count)
        try privateKeys.forEachRow { row in
            let place = row.integer(0)
            let account = places[place]
            records[account].items[instances[account]].peersRemoved = peerCounts[place]
            instances[account] += 1
            records[account].peerKeys = (records[account].peerKeys ?? []) + keys[place]
            let key = row.text(1).flatMap(WireGuardKey.publicKey(ofPrivateKey:))
            records[account].interfaceKeys = (records[account].interfaceKeys ?? []) + (key.map { [$0] } ?? [])
        }
    }

    private func noteRedirectedInterfaces(_ records: inout [RemovalRecord], _ places: Places) throws {
        try redirectedInterfaces?.forEachRow { row in
            records[places[row.integer(0)]].affectedInterfaceNumbers.append(row.integer(1))
        }
    }

    private func noteRulesAndUsers(
        _ records: inout [RemovalRecord], _ targets: [AccountTarget], _ places: Places
    ) throws {
        try orphanedRules.forEachRow { row in
            guard let rule = row.text(1) else { return }
            if let refusal = try unknownReferences.refusal(ofRule: rule) { throw Refusal.refused(refusal) }
            records[places[row.integer(0)]].items.append(RemovedItem(.firewallRule, rule.hyphenatedUUID))
        }
        try acls.forEachRow { row in
            guard let acl = row.text(1) else { return }
            records[places[row.integer(0)]].items.append(RemovedItem(.userACL, acl.hyphenatedUUID))
        }
        for (account, target) in targets.enumerated() {
            records[account].items += target.users.map { RemovedItem(.user, $0.email) }
        }
    }

    private func run(_ step: Step, _ records: inout [RemovalRecord], _ places: Places) throws {
        guard step.action == .delete else { return try step.statement.run() }
        var deleted = [Int](repeating: 0, count: records.count)
        try step.statement.forEachRow { row in
            let place = row.integer(0)
            // Of a column that compares its texts in a way of its own, a row may go for nobody's sake.
            guard places.indices.contains(place) else { throw Refusal.rowOfNobody(table: step.table) }
            deleted[places[place]] += 1
        }
        for (account, count) in deleted.enumerated() where count > 0 {
            records[account].rows[step.table, default: 0] += count
        }
    }

    /// A DELETE can silently do nothing: a trigger's RAISE(IGNORE) makes it so, and another trigger can put a row back.
    /// Rows that refer to others are found by the foreign keys; those at the roots, which refer to nothing, are not.
    private func requireGone(_ targets: [AccountTarget], _ records: [RemovalRecord]) throws {
        for (table, statement) in remainders where try statement.findsRow() { throw Refusal.rowsRemain(table: table) }
        // A trigger may have deleted a row before its turn came.
        guard !hasTriggers else { return }
        for (target, record) in zip(targets, records) {
            for (root, expected) in [
                (Cascade.Parent.instance, target.instances.count), (.peerGroup, target.groups.count),
                (.user, target.users.count),
            ] where record.rows[root.table, default: 0] != expected {
                throw Refusal.rowsRemain(table: root.table)
            }
        }
    }
}

extension RemovalRecord {
    /// What of an account's removal is known before it: its instances and peer groups.
    fileprivate init(of target: AccountTarget) {
        self.init(
            items: target.instances.map { RemovedItem(.instance, $0.uuid.hyphenatedUUID, peersRemoved: 0) }
                + target.groups.map { RemovedItem(.peerGroup, $0.name) },
            interfaceNumbers: target.instances.map(\.interfaceNumber))
    }
}

extension String {
    /// A UUID as people and other programs write it. The application stores 32 hex digits; anything else stays as it is.
    var hyphenatedUUID: String {
        guard utf8.count == 32, utf8.allSatisfy({ UInt8(ascii: "-") != $0 && $0 < 0x80 }) else { return self }
        return String(unsafeUninitializedCapacity: 36) { bytes in
            var place = 0
            for (digit, byte) in utf8.enumerated() {
                if [8, 12, 16, 20].contains(digit) {
                    bytes[place] = UInt8(ascii: "-")
                    place += 1
                }
                bytes[place] = byte
                place += 1
            }
            return place
        }
    }
}
