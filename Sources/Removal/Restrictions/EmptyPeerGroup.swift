import ControlPlane
import GRDB
import Journal
import Support

/// A peer group without peers and server instances. An ACL with only this group reaches nothing, while an ACL without
/// any group reaches everything.
enum EmptyPeerGroup {
    static let name = "wg-reconcile: no access"

    /// Why the group cannot be used; nil if it can. It is created when it is first needed.
    static func refusal(in db: Database) throws -> String? {
        let groups = try existing(in: db)
        return groups.isEmpty || groups.contains(where: \.isEmpty) ? nil : notEmpty
    }

    /// Returns the group's UUID. Creates the group if necessary.
    ///
    /// - Throws: ``AccountsRemoval/Refusal`` if a group of this name exists and gives access to something.
    static func uuid(in db: Database, _ author: AccessRestrictions.Author) throws -> String {
        let groups = try existing(in: db)
        if let group = groups.first(where: \.isEmpty) { return group.uuid }
        guard groups.isEmpty else { throw AccountsRemoval.Refusal.refused(notEmpty) }
        let uuid = newUUID(author.runID)
        try db.execute(
            sql: "INSERT INTO wireguard_peergroup (uuid, name, created, updated) VALUES (?1, ?2, ?3, ?3)",
            arguments: [uuid, name, author.time.django])
        guard db.changesCount == 1 else { throw AccessRestrictions.NotKept(what: "making the empty peer group") }
        return uuid
    }

    /// Deletes the group where no ACL has it any more.
    static func deleteIfUnused(in db: Database) throws {
        guard try db.hasTable("user_manager_useracl_peer_groups") else { return }
        for group in try existing(in: db) where group.isEmpty {
            try db.execute(
                sql: """
                    DELETE FROM wireguard_peergroup WHERE uuid = ?1
                    AND NOT EXISTS (SELECT 1 FROM user_manager_useracl_peer_groups WHERE peergroup_id = ?1)
                    """, arguments: [group.uuid])
        }
    }

    private static let notEmpty =
        "another user is limited to this account's peer group, and there is no empty group to give instead: the group "
        + "\"\(name)\" has peers or server instances; empty it, or give the user another group"

    /// Names are unique in every known schema, but a fork may differ.
    private static func existing(in db: Database) throws -> [(uuid: String, isEmpty: Bool)] {
        var conditions: [String] = []
        for table in ["wireguard_peergroup_peer", "wireguard_peergroup_server_instance"] where try db.hasTable(table) {
            conditions.append("EXISTS (SELECT 1 FROM \(table) WHERE peergroup_id = uuid)")
        }
        return try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT uuid, \(conditions.isEmpty ? "0" : conditions.joined(separator: " OR "))
                    FROM wireguard_peergroup WHERE name = ?1 ORDER BY rowid
                    """), arguments: [name]
        ).compactMap { row in row.text(0).map { ($0, !row.flag(1)) } }
    }

    /// 32 hex digits, as the application stores a UUID. It is a version 8 UUID derived from the run's id; a run creates
    /// the group at most once.
    private static func newUUID(_ runID: RunID) -> String {
        var bytes = Array(SHA256.digest(of: Array("\(name) \(runID)".utf8)).prefix(16))
        bytes[6] = bytes[6] & 0x0F | 0x80
        bytes[8] = bytes[8] & 0x3F | 0x80
        return bytes.hexDigits
    }
}
