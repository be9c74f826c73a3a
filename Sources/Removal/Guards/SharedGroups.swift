import ControlPlane
import GRDB

/// Finds users who would lose their last peer group, if there is no empty group to give them instead.
///
/// The removal refuses the account that would take a user's last group. The plan finds it by going through the accounts
/// in the order of their removal.
struct SharedGroups {
    /// An ACL that has peer groups.
    private struct ACL {
        let user: Int64
        var groups: Set<String>
    }

    private var acls: [ACL] = []
    private let refusal: String

    /// - Returns: nil if there is an empty group or one can be created, or if users cannot be limited to groups.
    init?(_ db: Database, schema: ControlPlaneSchema) throws {
        guard schema.capabilities.limitsUsersToPeerGroups else { return nil }
        guard let refusal = try EmptyPeerGroup.refusal(in: db) else { return nil }
        self.refusal = refusal
        var byACL: [String: ACL] = [:]
        let memberships = try Row.fetchCursor(
            db,
            sql: """
                SELECT acl.uuid, acl.user_id, peergroup.uuid FROM user_manager_useracl_peer_groups AS membership
                JOIN user_manager_useracl AS acl ON acl.uuid = membership.useracl_id
                JOIN wireguard_peergroup AS peergroup ON peergroup.uuid = membership.peergroup_id
                """)
        while let row = try memberships.next() {
            guard let acl = row.text(0), let user = row.integer(1), let group = row.text(2) else { continue }
            byACL[acl, default: ACL(user: user, groups: [])].groups.insert(group)
        }
        acls = Array(byACL.values)
    }

    /// Why the account must not be removed after those of the earlier calls. nil if it may be; then it counts as
    /// removed.
    mutating func refusal(of target: AccountTarget) -> String? {
        let (groups, users) = (Set(target.groups.map(\.uuid)), Set(target.users.map(\.id)))
        let others = acls.filter { !users.contains($0.user) }
        if others.contains(where: { !$0.groups.isEmpty && $0.groups.isSubset(of: groups) }) { return refusal }
        acls = others
        if groups.isEmpty { return nil }
        for index in acls.indices { acls[index].groups.subtract(groups) }
        return nil
    }
}
