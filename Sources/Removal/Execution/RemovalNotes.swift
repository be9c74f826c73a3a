import ControlPlane
import Feed
import GRDB
import Journal
import Support

/// Records facts about accounts before their rows are deleted: for the report, for the journal, and for the check that
/// their tunnels are down.
struct RemovalNotes {
    private let peers: HeldStatement
    private let instances: HeldStatement
    /// nil if the database has no rows that are found by address.
    private let allowedIPs: HeldStatement?
    /// nil if there are no redirects.
    private let redirectedInterfaces: HeldStatement?
    private let rules: HeldStatement
    /// nil if no rule has peers.
    private let blockingRules: HeldStatement?
    private let acls: HeldStatement

    init(_ db: Database, _ tables: TablesInUse) throws {
        peers = try HeldStatement(
            db,
            sql: """
                SELECT gone.place, peer.public_key FROM \(Cascade.Parent.instance.gone) AS gone
                CROSS JOIN wireguard_peer AS peer ON peer.wireguard_instance_id = gone.key
                ORDER BY gone.place, peer.rowid
                """)
        instances = try HeldStatement(
            db,
            sql: """
                SELECT gone.place, instance.private_key, instance.address, instance.netmask
                FROM \(Cascade.Parent.instance.gone) AS gone
                CROSS JOIN wireguard_wireguardinstance AS instance ON instance.uuid = gone.key
                ORDER BY gone.place
                """)
        allowedIPs =
            try LeftBehindRows.tablesWithAddresses.contains(where: tables.mayHold)
            ? HeldStatement(
                db,
                sql: """
                    SELECT owner.place, own.allowed_ip, own.netmask FROM \(Cascade.Parent.peer.gone) AS owner
                    CROSS JOIN wireguard_peerallowedip AS own ON own.peer_id = owner.key
                    WHERE own.config_file = 'server'
                    """) : nil
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
        rules = try HeldStatement(
            db, sql: "SELECT place, key FROM \(Cascade.Parent.firewallRule.gone) ORDER BY place, key")
        let rulesHavePeers = OrphanedRules.Side.allCases.contains { tables.mayHold($0.members) }
        blockingRules = rulesHavePeers ? try HeldStatement(db, sql: OrphanedRules.blockingAll) : nil
        acls = try HeldStatement(db, sql: "SELECT place, key FROM \(Cascade.Parent.acl.gone) ORDER BY place, key")
    }

    /// A record for each account, complete except for the numbers of deleted rows. Call this after ``RowsToDelete`` holds
    /// everything to delete.
    func records(of targets: [AccountTarget], _ places: RowsToDelete.Places) throws -> [RemovalRecord] {
        var records = targets.map(RemovalRecord.init(of:))
        try noteKeys(&records, places)
        try noteAddresses(&records, places)
        try noteRedirectedInterfaces(&records, places)
        try noteRulesAndUsers(&records, targets, places)
        return records
    }

    /// The firewall rules to delete, and then those that stay and block everybody.
    func emptiedRules(_ places: RowsToDelete.Places) throws -> [EmptiedRelation] {
        var found: [EmptiedRelation] = []
        try rules.forEachRow { row in
            if let rule = row.text(1) {
                found.append(EmptiedRelation(account: places[row.integer(0)], kind: .rule(rule)))
            }
        }
        try blockingRules?.forEachRow { row in
            guard let rule = row.text(2) else { return }
            let relation = EmptiedRelation(account: places[row.integer(0)], kind: .blockingRule(rule))
            // A rule that is deleted with that account or before it blocks nobody.
            if !row.isNull(1) && places[row.integer(1)] <= relation.account { return }
            // An account may empty both sides.
            if !found.contains(relation) { found.append(relation) }
        }
        return found
    }

    /// Records the public keys. At its end, the run checks the interfaces for them to see whether the account's tunnels
    /// are down. They are not secret.
    private func noteKeys(_ records: inout [RemovalRecord], _ places: RowsToDelete.Places) throws {
        var keys = [[String]](repeating: [], count: places.count)
        var peerCounts = [Int](repeating: 0, count: places.count)
        try peers.forEachRow { row in
            let place = row.integer(0)
            peerCounts[place] += 1
            if let key = row.text(1).map(WireGuardKey.asRead), !keys[place].contains(key) { keys[place].append(key) }
        }
        var instances = [Int](repeating: 0, count: records.count)
        try self.instances.forEachRow { row in
            let place = row.integer(0)
            let account = places[place]
            records[account].items[instances[account]].peersRemoved = peerCounts[place]
            instances[account] += 1
            records[account].peerKeys = (records[account].peerKeys ?? []) + keys[place]
            let key = row.text(1).flatMap(WireGuardKey.publicKey(ofPrivateKey:))
            records[account].interfaceKeys = (records[account].interfaceKeys ?? []) + (key.map { [$0] } ?? [])
        }
    }

    /// Records the addresses. At its end, the run looks for what is still configured for them.
    private func noteAddresses(_ records: inout [RemovalRecord], _ places: RowsToDelete.Places) throws {
        guard let allowedIPs else { return }
        for account in places { records[account].addresses = [] }
        try instances.forEachRow { row in
            if let address = HeldAddresses.text(row, 2) {
                records[places[row.integer(0)]].addresses?.append(address)
            }
        }
        try allowedIPs.forEachRow { row in
            if let address = HeldAddresses.text(row, 1) {
                records[places[row.integer(0)]].addresses?.append(address)
            }
        }
    }

    private func noteRedirectedInterfaces(_ records: inout [RemovalRecord], _ places: RowsToDelete.Places) throws {
        try redirectedInterfaces?.forEachRow { row in
            guard row.isInteger(1) else { return }
            records[places[row.integer(0)]].affectedInterfaceNumbers.append(row.integer(1))
        }
    }

    private func noteRulesAndUsers(
        _ records: inout [RemovalRecord], _ targets: [AccountTarget], _ places: RowsToDelete.Places
    ) throws {
        for rule in try emptiedRules(places) {
            records[rule.account].keptRestricted.append(KeptRestriction(rule, .done))
        }
        try acls.forEachRow { row in
            guard let acl = row.text(1) else { return }
            records[places[row.integer(0)]].items.append(RemovedItem(.userACL, acl.hyphenatedUUID))
        }
        for (account, target) in targets.enumerated() {
            records[account].items += target.users.map { RemovedItem(.user, $0.email) }
        }
    }
}

extension RemovalRecord {
    /// What is known before the removal: the instances and peer groups.
    fileprivate init(of target: AccountTarget) {
        self.init(
            items: target.instances.map { RemovedItem(.instance, $0.uuid.hyphenatedUUID, peersRemoved: 0) }
                + target.groups.map { RemovedItem(.peerGroup, $0.name) },
            interfaceNumbers: target.instances.map(\.interfaceNumber))
    }
}
