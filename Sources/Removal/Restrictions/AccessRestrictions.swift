import ControlPlane
import Feed
import GRDB
import Journal
import Support

/// Prevents a removal from widening what others may do, where an empty relation would mean "everything"; see
/// ``EmptyRelation``.
///
/// Handles accounts that are removed together as if they were removed one after the other. Each restriction is
/// attributed to the account that takes the last peer group or instance. A restriction is also kept for a user who is
/// removed later in the same feed, because that removal may still be refused or fail.
struct AccessRestrictions {
    /// The run that creates the empty group, and the time, if the group has to be created.
    struct Author {
        let runID: RunID
        let time: UTCTime
    }

    /// An insert or update had no effect.
    struct NotKept: Error, CustomStringConvertible {
        let what: String

        var description: String { "\(what) did not take effect" }
    }

    private let db: Database
    private let acls: ACLs?
    private let keys: APIKeys?

    init(_ db: Database, schema: ControlPlaneSchema, _ tables: TablesInUse) throws {
        self.db = db
        acls =
            schema.capabilities.limitsUsersToPeerGroups && tables.mayHold("user_manager_useracl_peer_groups")
            ? try ACLs(db) : nil
        keys =
            APIKeyTables.areKnown(to: schema) && tables.mayHold(APIKeyTables.permissions) ? try APIKeys(db) : nil
    }

    /// The relations that would be left empty, the ACLs first. Call this after ``RowsToDelete`` holds everything to delete,
    /// and before any of it is deleted.
    func emptied(_ places: RowsToDelete.Places) throws -> [EmptiedRelation] {
        try (acls?.emptied(places) ?? []) + (keys?.emptied(places) ?? [])
    }

    /// Call this after ``RowsToDelete`` holds everything to delete, and before any of it is deleted.
    ///
    /// - Throws: ``AccountsRemoval/Refusal``, ``NotKept``, or a `DatabaseError`.
    func keep(
        _ records: inout [RemovalRecord], _ archives: inout [ArchiveBytes?], _ places: RowsToDelete.Places,
        _ author: Author
    ) throws {
        for relation in try emptied(places) {
            switch relation.kind {
            // A rule is deleted with its peers, or restricts by itself.
            case .rule, .blockingRule: break
            case .acl(let acl, _):
                let group = try EmptyPeerGroup.uuid(in: db, author)
                try acls?.give.execute(arguments: [acl, group])
                guard db.changesCount == 1 else { throw NotKept(what: "giving an ACL the empty peer group") }
                archives[relation.account]?.append(restrictedACL: acl)
            case .apiKey(_, _, isEnabled: false): break
            case .apiKey(let key, _, isEnabled: true):
                try keys?.disable.forEachRow(key) { _ in }
                guard db.changesCount == 1 else { throw NotKept(what: "disabling an API key") }
                archives[relation.account]?.append(disabledKey: key)
            }
            records[relation.account].keptRestricted.append(KeptRestriction(relation, .done))
        }
    }

    // MARK: ACLs without a peer group

    private struct ACLs {
        /// ACLs that lose their last peer group: the place of that group, the ACL's own place if it is deleted too, and
        /// the ACL. Dangling memberships do not count, because the application does not see them either.
        private let emptied: HeldStatement
        private let owner: HeldStatement
        let give: Statement

        init(_ db: Database) throws {
            emptied = try HeldStatement(
                db,
                sql: """
                    SELECT max(gone.place), leaving.place, membership.useracl_id
                    FROM user_manager_useracl_peer_groups AS membership
                    JOIN wireguard_peergroup AS peergroup ON peergroup.uuid = membership.peergroup_id
                    LEFT JOIN \(Cascade.Parent.peerGroup.gone) AS gone ON gone.key = peergroup.uuid
                    LEFT JOIN \(Cascade.Parent.acl.gone) AS leaving ON leaving.key = membership.useracl_id
                    WHERE membership.useracl_id IN (
                        SELECT useracl_id FROM user_manager_useracl_peer_groups
                        WHERE peergroup_id IN (SELECT key FROM \(Cascade.Parent.peerGroup.gone)))
                    GROUP BY membership.useracl_id HAVING count(*) = count(gone.key)
                    ORDER BY 1, 3
                    """)
            owner = try HeldStatement(
                db,
                sql: """
                    SELECT person.email, person.username FROM user_manager_useracl AS acl
                    LEFT JOIN auth_user AS person ON person.id = acl.user_id WHERE acl.uuid = ?1
                    """)
            give = try db.makeStatement(
                sql: "INSERT INTO user_manager_useracl_peer_groups (useracl_id, peergroup_id) VALUES (?1, ?2)")
        }

        func emptied(_ places: RowsToDelete.Places) throws -> [EmptiedRelation] {
            var found: [(account: Int, acl: String)] = []
            try emptied.forEachRow { row in
                let account = places[row.integer(0)]
                // An ACL that is deleted with that account or before it needs no group.
                if !row.isNull(1) && places[row.integer(1)] <= account { return }
                if let acl = row.text(2) { found.append((account, acl)) }
            }
            return try found.compactMap { account, acl in
                var person: String?
                try owner.forEachRow(acl) { row in
                    let names = [row.text(0), row.text(1), acl.hyphenatedUUID]
                    person = names.lazy.compactMap(\.self).first { !$0.isEmpty }
                }
                // An ACL that has no row belongs to nobody.
                return person.map { EmptiedRelation(account: account, kind: .acl(acl, person: $0)) }
            }
        }
    }

    // MARK: API keys without an instance

    private struct APIKeys {
        /// API keys that lose their last instance: the place of that instance, and the key.
        private let emptied: HeldStatement
        private let key: HeldStatement
        let disable: HeldStatement

        init(_ db: Database) throws {
            emptied = try HeldStatement(
                db,
                sql: """
                    SELECT max(gone.place), permission.apikey_id
                    FROM api_v2_apikey_allowed_instances AS permission
                    JOIN wireguard_wireguardinstance AS instance ON instance.uuid = permission.wireguardinstance_id
                    LEFT JOIN \(Cascade.Parent.instance.gone) AS gone ON gone.key = instance.uuid
                    WHERE permission.apikey_id IN (
                        SELECT apikey_id FROM api_v2_apikey_allowed_instances
                        WHERE wireguardinstance_id IN (SELECT key FROM \(Cascade.Parent.instance.gone)))
                    GROUP BY permission.apikey_id HAVING count(*) = count(gone.key)
                    ORDER BY 1, 2
                    """)
            key = try HeldStatement(db, sql: "SELECT name, enabled FROM api_v2_apikey WHERE id = ?1")
            disable = try HeldStatement(db, sql: "UPDATE api_v2_apikey SET enabled = 0 WHERE id = ?1")
        }

        func emptied(_ places: RowsToDelete.Places) throws -> [EmptiedRelation] {
            var found: [(account: Int, key: Int64)] = []
            try emptied.forEachRow { row in
                if let key = row.number(1) { found.append((places[row.integer(0)], key)) }
            }
            return try found.compactMap { account, identifier in
                var relation: EmptiedRelation?
                try key.forEachRow(identifier) { row in
                    let name = row.text(0) ?? ""
                    relation = EmptiedRelation(
                        account: account,
                        kind: .apiKey(
                            identifier, name: name.isEmpty ? "API key \(identifier)" : name,
                            isEnabled: row.protects(1)))
                }
                return relation
            }
        }
    }
}

/// The tables of the API keys. Not every schema has the columns to keep a key restricted.
enum APIKeyTables {
    static let permissions = "api_v2_apikey_allowed_instances"

    static func areKnown(to schema: ControlPlaneSchema) -> Bool {
        schema.has(permissions, columns: ["apikey_id", "wireguardinstance_id"])
            && schema.has("api_v2_apikey", columns: ["id", "name", "enabled"])
    }
}
