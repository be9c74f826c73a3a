import ControlPlane
import Feed
import GRDB
import Support

/// What a plan would delete from the database, key by key, and the digest with which an operator approves exactly that.
///
/// Sessions, tokens, statuses and invites are not included, because they change by the minute.
package struct PlanContent: Hashable, Sendable {
    /// `account <mailbox>`, `instance <uuid>`, `peer <uuid>`, `group <uuid>`, `user <id>`, `rule <uuid>`; sorted.
    package let items: [String]
    /// The first 32 hex digits of the SHA-256 of the items: short enough to copy, long enough that nobody can construct
    /// another plan with the same digest.
    package let digest: String

    init(items: [String]) {
        self.items = items.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        var hash = SHA256()
        var portion: [UInt8] = []
        for item in self.items {
            portion += item.utf8
            portion.append(.lineFeed)
            guard portion.count >= 65_536 else { continue }
            hash.update(portion)
            portion.removeAll(keepingCapacity: true)
        }
        hash.update(portion)
        digest = String(hash.finalize().hexDigits.prefix(32))
    }

    init(of removals: [(Mailbox, AccountTarget)], in db: Database) throws {
        self.init(items: try Self.items(of: removals, in: db))
    }

    /// The items of a plan, in no particular order.
    ///
    /// - Parameter before: what is removed before, with its own firewall rules.
    static func items(
        of removals: [(Mailbox, AccountTarget)], after before: PlannedRemovals = PlannedRemovals(), in db: Database
    ) throws -> [String] {
        var items: [String] = []
        var peers: Set<String> = []
        let peersOfInstance = try HeldStatement(
            db, sql: "SELECT uuid FROM wireguard_peer WHERE wireguard_instance_id = ?")
        var earlierPeers: Set<String> = []
        for instance in before.removals.flatMap(\.target.instances) {
            try peersOfInstance.forEachRow(instance.uuid) { row in
                if let peer = row.text(0) { earlierPeers.insert(peer) }
            }
        }
        for (mailbox, target) in removals {
            items.append("account " + mailbox.canonical)
            items += target.groups.map { "group " + $0.uuid }
            items += target.users.map { "user \($0.id)" }
            for instance in target.instances {
                items.append("instance " + instance.uuid)
                try peersOfInstance.forEachRow(instance.uuid) { row in
                    if let peer = row.text(0) { peers.insert(peer) }
                }
            }
        }
        items += peers.map { "peer " + $0 }
        let rules = try OrphanedRules.uuids(withoutPeers: peers.union(earlierPeers), in: db)
        let earlierRules =
            earlierPeers.isEmpty ? [] : try OrphanedRules.uuids(withoutPeers: earlierPeers, in: db)
        items += rules.subtracting(earlierRules).map { "rule " + $0 }
        return items
    }

    /// The same without firewall rules, which can only be determined for a plan as a whole.
    var withoutRules: PlanContent { PlanContent(items: items.filter { !$0.hasPrefix("rule ") }) }

    /// Whether all of this was part of an approved plan, as is the rest of a plan that was partly carried out.
    func isPart(of approved: Set<String>) -> Bool { items.allSatisfy(approved.contains) }
}
