import ControlPlane
import GRDB
import Journal

// Cleared references, and the restrictions that kept others from gaining access.
extension AccountRestoration {
    mutating func put(_ archived: ArchivedAccount.Reference, _ rest: inout ArchivedAccount) throws {
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
        // If it has been set to something else since, that stays.
        try db.execute(
            sql: """
                UPDATE \(reference.table) SET \(reference.column) = \(reference.value.placeholder)
                WHERE \(reference.key) = \(reference.keyValue.placeholder) AND \(reference.column) IS NULL
                """, arguments: [reference.value.binding, reference.keyValue.binding])
    }

    enum AclTable { static let memberships = "user_manager_useracl_peer_groups" }

    /// Lifts what another account's removal did to an ACL or an API key, once that has a group or an instance again.
    mutating func relieveGrown(_ rest: inout ArchivedAccount) throws {
        for acl in grownACLs { _ = try relieve(acl) }
        if grownKeys.isEmpty { return }
        for (other, content) in try all() where !grownKeys.isDisjoint(with: content.disabledKeys) {
            var left = content
            left.disabledKeys = try content.disabledKeys.filter { key in try !(grownKeys.contains(key) && enable(key)) }
            others?[other] = left
            try Journal.replaceContent(of: other, with: left, in: db)
        }
    }

    /// Changes the rows of other archives to refer to the new ids.
    mutating func renewOthers() throws {
        for (other, content) in try all() {
            // If the archive has its own templates with those ids, its rows refer to these.
            let templates = Set(
                content.rows.filter { $0.table == Cascade.Parent.routingTemplate.table }.map(\.rowID))
            if rows.newTemplates.isSubset(of: templates) { continue }
            var renewed = content
            renewed.rows = try content.rows.map { try rows.renewed($0, isOwn: false) }
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
    mutating func relieve(_ acl: String) throws -> Bool {
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
    func restrictACLs(in content: ArchivedAccount) throws -> [String] {
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
    func enable(_ key: Int64) throws -> Bool {
        guard try rows.exists(in: "api_v2_apikey", "id", .integer(key)) else { return true }
        guard try rows.exists(in: APIKeyTables.permissions, "apikey_id", .integer(key)) else { return false }
        try db.execute(sql: "UPDATE api_v2_apikey SET enabled = 1 WHERE id = ?", arguments: [key])
        return true
    }
}
