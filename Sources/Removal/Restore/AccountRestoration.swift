import ControlPlane
import Feed
import GRDB
import Journal
import Support

/// Puts back what a removal has deleted of an account. Call it in a transaction; if it throws, roll that back.
///
/// What refers to something of another removed account waits for that: it stays in the archive, and comes back with the
/// second of the two. What refers to something that is gone for good is left out. Nothing is widened: a firewall rule
/// comes back only with a member or an address on every side that had one, an API key only with an instance, and an ACL
/// without a group of its own gets the empty group.
package struct AccountRestoration {
    private let db: Database
    private let schema: ControlPlaneSchema
    private let author: AccessRestrictions.Author
    /// Whether an instance gets a free number where its own is taken.
    private let renumbers: Bool
    private var rows: RowRestoration
    /// The archives of all accounts but this one, once they were needed.
    private var others: [Journal.Archive: ArchivedAccount]?
    private var restored: RestoredAccount
    private let archive: Journal.Archive
    /// All that was archived of the account, which others may wait for.
    private var own = ArchivedAccount()
    /// The numbers of configs in the folder. An instance that gets another number gets none of these.
    private let occupied: Set<Int>
    /// The ACLs and API keys that have a group or an instance again.
    private var grownACLs: Set<String> = []
    private var grownKeys: Set<Int64> = []

    /// - Parameters:
    ///   - runID: the run that the empty group is named after, if it has to be created.
    ///   - occupied: the numbers of the configs in the folder.
    package init(
        of archive: Journal.Archive, in db: Database, _ schema: ControlPlaneSchema, runID: RunID, now: UTCTime,
        renumbers: Bool, occupied: Set<Int>
    ) {
        self.occupied = occupied
        (self.db, self.schema, self.archive, self.renumbers) = (db, schema, archive, renumbers)
        author = AccessRestrictions.Author(runID: runID, time: now)
        rows = RowRestoration(db)
        restored = RestoredAccount(archive)
    }

    /// - Throws: ``RestoreRefusal``, or an error of the database.
    package mutating func restore() throws -> RestoredAccount {
        var content: ArchivedAccount
        do {
            content = try Journal.content(of: archive, in: db)
        } catch is ArchiveBytes.Damaged {
            throw RestoreRefusal.damaged
        }
        for row in content.rows { try rows.requireColumns(of: row) }
        try requireAbsent()
        try place(&content)
        own = content
        var rest = try put(content)
        // What other accounts wait for may be here now, and the other way round.
        var waiting = try waitingParts()
        var isProgress = true
        while isProgress {
            isProgress = false
            for index in waiting.indices {
                let still = try put(waiting[index].content)
                guard still.count < waiting[index].content.count else { continue }
                waiting[index].content = still
                try Journal.replaceContent(of: waiting[index].archive, with: still, in: db)
                isProgress = true
            }
            let still = try put(rest)
            if still.count < rest.count { (rest, isProgress) = (still, true) }
        }
        try relieveGrown(&rest)
        rest.restrictedACLs += try restrictACLs(in: content)
        try EmptyPeerGroup.deleteIfUnused(in: db)
        if rows.hasNewIDs { try renewOthers() }
        // A commit that fails on a foreign key would say less.
        if db.hasDeferredViolations { throw RestoreRefusal.database("a reference would dangle") }
        // They name the interface.
        if restored.renumbered.isEmpty { restored.files = content.files }
        restored.waiting = rest.rows.count + rest.references.count
        try Journal.noteRestored(archive, rest: rest, at: author.time, in: db)
        return restored
    }

    // MARK: Conflicts

    private func requireAbsent() throws {
        guard let mailbox = Mailbox(archive.mailbox) else { throw RestoreRefusal.damaged }
        let target = try AccountDirectory(
            reading: db, hashed: [NearSpelling.hash(of: mailbox.canonical)], matchingUsernames: false
        ).target(of: mailbox)
        let there =
            target.instances.map { "the instance \(InterfaceName.of($0.interfaceNumber))" }
            + target.groups.map { "the peer group \($0.name.quotedForMessage())" }
            + target.users.map { _ in "a user with this email" } + target.nearMatches.map(\.description)
        if !there.isEmpty { throw RestoreRefusal.isThere(there.firstFew()) }
    }

    /// Checks that nobody has the number, port, address or name of a row that comes back, and gives an instance another
    /// number where that is allowed.
    private mutating func place(_ content: inout ArchivedAccount) throws {
        own = content
        for index in content.rows.indices {
            let table = content.rows[index].table
            guard Cascade.Parent.allCases.contains(where: { $0.table == table }) else { continue }
            if table == Cascade.Parent.instance.table { try placeInstance(&content.rows[index]) }
            guard let columns = try rows.takenKey(of: content.rows[index]) else { continue }
            if table == Cascade.Parent.user.table, columns == ["username"] {
                throw RestoreRefusal.taken("another user has its username")
            }
            throw RestoreRefusal.taken("another row of \(table) has its \(columns.joined(separator: " and "))")
        }
    }

    private mutating func placeInstance(_ row: inout ArchivedAccount.Row) throws {
        func owner(_ column: String) throws -> String? {
            guard let value = row.values[column], !value.isNull else { return nil }
            let found = try Row.fetchOne(
                db,
                sql: """
                    SELECT instance_id, name FROM wireguard_wireguardinstance
                    WHERE \(column) = \(value.placeholder) LIMIT 1
                    """, arguments: [value.binding])
            return found.map { found in
                let name = found.text(1).map { $0.quotedForMessage(limit: 254) } ?? "another one"
                return "\(InterfaceName.of(Int(found.integer(0) ?? 0))) of \(name)"
            }
        }
        for (column, what) in [("listen_port", "port"), ("address", "address")] {
            if let owner = try owner(column) {
                throw RestoreRefusal.taken("the \(what) of its instance belongs to \(owner) by now")
            }
        }
        guard case .integer(let number) = row.values["instance_id"] else { throw RestoreRefusal.damaged }
        restored.interfaceNumbers.append(Int(number))
        guard try owner("instance_id") != nil else { return }
        guard renumbers else {
            let owner = try owner("instance_id") ?? "another one"
            throw RestoreRefusal.taken(
                "the number of its instance belongs to \(owner) by now; --renumber gives it a free one, which clients do "
                    + "not notice")
        }
        var used = Set(try Int64.fetchAll(db, sql: "SELECT instance_id FROM wireguard_wireguardinstance"))
        used.formUnion((Array(occupied) + restored.interfaceNumbers).map(Int64.init))
        for other in try Array(all().values) + [own] {
            for other in other.rows where other.table == row.table {
                if case .integer(let number) = other.values["instance_id"] { used.insert(number) }
            }
        }
        let free = (Int64(0)...Int64(used.count)).first { !used.contains($0) } ?? number
        row.values["instance_id"] = .integer(free)
        restored.interfaceNumbers[restored.interfaceNumbers.count - 1] = Int(free)
        restored.renumbered[Int(number)] = Int(free)
    }

    // MARK: Rows

    /// Puts back what can come back.
    ///
    /// - Returns: what has to wait.
    private mutating func put(_ content: ArchivedAccount) throws -> ArchivedAccount {
        var rest = ArchivedAccount()
        // Parents were deleted after their children.
        let (rules, others) = (content.rows.filter(\.isOfRule), content.rows.filter { !$0.isOfRule })
        for row in others.reversed() { try put(row, &rest) }
        try putRules(rules, &rest)
        for reference in content.references { try put(reference, &rest) }
        for acl in content.restrictedACLs where try !relieve(acl) { rest.restrictedACLs.append(acl) }
        for key in content.disabledKeys where try !enable(key) { rest.disabledKeys.append(key) }
        return rest
    }

    private mutating func put(_ archived: ArchivedAccount.Row, _ rest: inout ArchivedAccount) throws {
        var row = try rows.renewed(archived)
        if row.isExpiredInvite(at: author.time) {
            restored.leftOut.append("an invite that has expired")
            return
        }
        for key in try rows.missingParents(of: row) {
            if Self.harmless.contains("\(row.table).\(key.column)") {
                row.values[key.column] = .null
                restored.leftOut.append("\(key.column) of a row of \(row.table): that row of \(key.parent) is gone")
                continue
            }
            if try mayComeBack(key, row.values[key.column] ?? .null) {
                rest.rows.append(row)
                return
            }
            if Cascade.Parent.allCases.contains(where: { $0.table == row.table }) {
                throw RestoreRefusal.parentGone(table: row.table, column: key.column, parent: key.parent)
            }
            restored.leftOut.append("a row of \(row.table): its row of \(key.parent) is gone")
            return
        }
        if !Cascade.Parent.allCases.contains(where: { $0.table == row.table }), try rows.takenKey(of: row) != nil {
            restored.leftOut.append("a row of \(row.table): there is one like it")
            return
        }
        try rows.insert(row)
        restored.rows[row.table, default: 0] += 1
        if row.table == AclTable.memberships, let acl = row.values["useracl_id"]?.string { grownACLs.insert(acl) }
        if row.table == APIKeyTables.permissions, case .integer(let key) = row.values["apikey_id"] {
            grownKeys.insert(key)
        }
    }

    /// References without which a row means nothing more than before.
    private static let harmless: Set = [
        "scheduler_peerscheduling.profile_id", "django_admin_log.content_type_id", "socialaccount_socialtoken.app_id",
    ]

    /// Whether the row that a key refers to is archived.
    private mutating func mayComeBack(_ key: RowRestoration.ForeignKey, _ value: StoredValue) throws -> Bool {
        func isAmong(_ rows: [ArchivedAccount.Row]) -> Bool {
            rows.contains { $0.table == key.parent && $0.values[key.parentColumn] == value }
        }
        return try isAmong(own.rows) || all().values.contains { isAmong($0.rows) }
    }

    /// What earlier restores left waiting.
    private func waitingParts() throws -> [(archive: Journal.Archive, content: ArchivedAccount)] {
        try Journal.archives(areWaiting: true, at: author.time, in: db).filter { $0.rowID != archive.rowID }
            .compactMap { other in
                // One that is damaged has nothing to put back.
                (try? Journal.content(of: other, in: db)).map { (other, $0) }
            }
    }

    private mutating func all() throws -> [Journal.Archive: ArchivedAccount] {
        if let others { return others }
        var found: [Journal.Archive: ArchivedAccount] = [:]
        for other in try Journal.archives(at: author.time, in: db) where other.rowID != archive.rowID {
            // One that is damaged has nothing to wait for.
            found[other] = try? Journal.content(of: other, in: db)
        }
        others = found
        return found
    }

    // MARK: Firewall rules

    private mutating func putRules(_ archived: [ArchivedAccount.Row], _ rest: inout ArchivedAccount) throws {
        let rules = Set(archived.filter { $0.table == Cascade.Parent.firewallRule.table }.compactMap(\.ruleOrOwn))
        // Memberships of rules that stayed, or that another account took along.
        for row in archived.reversed() {
            if let rule = row.rule, !rules.contains(rule) { try put(row, &rest) }
        }
        for rule in archived where rule.table == Cascade.Parent.firewallRule.table {
            guard let uuid = rule.ruleOrOwn else { continue }
            let members = archived.filter { $0.rule == uuid }
            switch try fate(of: rule, members) {
            case .comesBack:
                try put(rule, &rest)
                for member in members { try put(member, &rest) }
            case .waits: rest.rows += members + [rule]
            case .isGone(let side):
                restored.leftOut.append("the firewall rule \(uuid.hyphenatedUUID): no \(side) peer of it is left")
            }
        }
    }

    private enum RuleFate {
        case comesBack, waits
        case isGone(side: String)
    }

    private mutating func fate(of rule: ArchivedAccount.Row, _ members: [ArchivedAccount.Row]) throws -> RuleFate {
        for side in OrphanedRules.Side.allCases {
            let own = members.filter { $0.table == side.members }
            let address = rule.values["\(side.rawValue)_ip"]?.string ?? ""
            if own.isEmpty || !address.isEmpty { continue }
            let peers = own.map { $0.values["peer_id"] ?? .null }
            if try peers.contains(where: { try rows.exists(in: "wireguard_peer", "uuid", $0) }) { continue }
            let key = RowRestoration.ForeignKey(column: "peer_id", parent: "wireguard_peer", parentColumn: "uuid")
            return try peers.contains { try mayComeBack(key, $0) } ? .waits : .isGone(side: side.rawValue)
        }
        return .comesBack
    }

    // MARK: References

    private mutating func put(_ archived: ArchivedAccount.Reference, _ rest: inout ArchivedAccount) throws {
        var reference = archived
        guard
            let parent = Cascade.steps.first(where: { $0.table == reference.table && $0.action == .clear })?
                .references.first(where: { $0.column == reference.column })?.parent,
            schema.has(reference.table, columns: [reference.key, reference.column])
        else { return }
        reference.value = rows.renewed(reference.value, of: parent.table)
        let toParent = RowRestoration.ForeignKey(
            column: reference.column, parent: parent.table, parentColumn: parent.key)
        let toRow = RowRestoration.ForeignKey(column: "", parent: reference.table, parentColumn: reference.key)
        for (key, value) in [(toParent, reference.value), (toRow, reference.keyValue)]
        where try !rows.exists(in: key.parent, key.parentColumn, value) {
            if try mayComeBack(key, value) { rest.references.append(reference) }
            return
        }
        // Where somebody has set it to something else, that stays.
        try db.execute(
            sql: """
                UPDATE \(reference.table) SET \(reference.column) = \(reference.value.placeholder)
                WHERE \(reference.key) = \(reference.keyValue.placeholder) AND \(reference.column) IS NULL
                """, arguments: [reference.value.binding, reference.keyValue.binding])
    }

    // MARK: Restrictions

    private enum AclTable { static let memberships = "user_manager_useracl_peer_groups" }

    /// What another account's removal did to an ACL or an API key ends as well, once it has a group or an instance again.
    private mutating func relieveGrown(_ rest: inout ArchivedAccount) throws {
        for acl in grownACLs { _ = try relieve(acl) }
        if grownKeys.isEmpty { return }
        for (other, content) in try all() where !grownKeys.isDisjoint(with: content.disabledKeys) {
            var left = content
            left.disabledKeys = try content.disabledKeys.filter { key in try !(grownKeys.contains(key) && enable(key)) }
            others?[other] = left
            try Journal.replaceContent(of: other, with: left, in: db)
        }
    }

    /// Rows of other archives refer to the new ids, where ids were taken.
    private mutating func renewOthers() throws {
        for (other, content) in try all() {
            var renewed = content
            renewed.rows = try content.rows.map { try rows.renewed($0) }
            renewed.references = content.references.map { reference in
                var reference = reference
                let parent = Cascade.steps.first { $0.table == reference.table && $0.action == .clear }?
                    .references.first { $0.column == reference.column }?.parent
                if let parent { reference.value = rows.renewed(reference.value, of: parent.table) }
                return reference
            }
            if renewed != content { try Journal.replaceContent(of: other, with: renewed, in: db) }
        }
    }

    /// Takes the empty group from an ACL that has a group of its own again.
    ///
    /// - Returns: whether there is nothing left to do.
    private mutating func relieve(_ acl: String) throws -> Bool {
        guard try rows.exists(in: "user_manager_useracl", "uuid", StoredValue(acl)) else {
            let key = RowRestoration.ForeignKey(column: "", parent: "user_manager_useracl", parentColumn: "uuid")
            return try !mayComeBack(key, StoredValue(acl))
        }
        let hasOwn = try Row.fetchOne(
            db,
            sql: """
                SELECT 1 FROM user_manager_useracl_peer_groups AS membership
                JOIN wireguard_peergroup AS peergroup ON peergroup.uuid = membership.peergroup_id
                WHERE membership.useracl_id = ? AND peergroup.name <> ? LIMIT 1
                """, arguments: [acl, EmptyPeerGroup.name])
        guard hasOwn != nil else { return false }
        try db.execute(
            sql: """
                DELETE FROM user_manager_useracl_peer_groups WHERE useracl_id = ? AND peergroup_id IN (
                    SELECT uuid FROM wireguard_peergroup WHERE name = ?)
                """, arguments: [acl, EmptyPeerGroup.name])
        return true
    }

    /// Gives the empty group to ACLs that had groups and have none now.
    ///
    /// - Returns: those ACLs.
    private func restrictACLs(in content: ArchivedAccount) throws -> [String] {
        let limited = Set(
            content.rows.filter { $0.table == AclTable.memberships }.compactMap { $0.values["useracl_id"]?.string })
        return try limited.sorted().filter { acl in
            guard try rows.exists(in: "user_manager_useracl", "uuid", StoredValue(acl)),
                try !rows.exists(in: AclTable.memberships, "useracl_id", StoredValue(acl))
            else { return false }
            try db.execute(
                sql: "INSERT INTO user_manager_useracl_peer_groups (useracl_id, peergroup_id) VALUES (?, ?)",
                arguments: [acl, try EmptyPeerGroup.uuid(in: db, author)])
            return true
        }
    }

    /// Enables an API key that has an instance again.
    ///
    /// - Returns: whether there is nothing left to do.
    private func enable(_ key: Int64) throws -> Bool {
        guard try rows.exists(in: "api_v2_apikey", "id", .integer(key)) else { return true }
        guard try rows.exists(in: APIKeyTables.permissions, "apikey_id", .integer(key)) else { return false }
        try db.execute(sql: "UPDATE api_v2_apikey SET enabled = 1 WHERE id = ?", arguments: [key])
        return true
    }
}

extension ArchivedAccount.Row {
    /// Whether it is a firewall rule or a peer of one.
    fileprivate var isOfRule: Bool {
        table == Cascade.Parent.firewallRule.table || OrphanedRules.Side.allCases.contains { $0.members == table }
    }

    /// The rule of a peer of one.
    fileprivate var rule: String? { values["firewallrule_id"]?.string }
    fileprivate var ruleOrOwn: String? { rule ?? values["uuid"]?.string }

    fileprivate func isExpiredInvite(at now: UTCTime) -> Bool {
        guard table == "vpn_invite_peerinvite", let text = values["invite_expiration"]?.string else { return false }
        return UTCTime(stored: text).map { $0 <= now } ?? false
    }
}
