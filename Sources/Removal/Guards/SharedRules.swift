import ControlPlane
import GRDB

/// Finds firewall rules that an unknown table refers to and that only several accounts together would orphan.
///
/// The removal refuses the account that would take the last peer of such a rule's side. The plan finds it by going
/// through the accounts in the order of their removal.
struct SharedRules {
    /// A side of a rule that goes with the last of these peers.
    private struct Side {
        let rule: String
        var peers: Set<String>
    }

    private var sides: [Side] = []
    private let unknownReferences: UnknownReferences
    private let peersOfInstance: HeldStatement

    /// - Returns: nil if no unknown table refers to firewall rules.
    init?(_ db: Database, _ unknownReferences: UnknownReferences) throws {
        guard unknownReferences.concernRules else { return nil }
        self.unknownReferences = unknownReferences
        peersOfInstance = try HeldStatement(
            db, sql: "SELECT uuid FROM wireguard_peer WHERE wireguard_instance_id = ?")
        for side in try OrphanedRules.peersBySide(in: db) {
            for (rule, peers) in side where try unknownReferences.refusal(ofRule: rule) != nil {
                sides.append(Side(rule: rule, peers: peers))
            }
        }
    }

    /// Why the account must not be removed after those of the earlier calls. nil if it may be; then it counts as
    /// removed.
    mutating func refusal(of target: AccountTarget) throws -> String? {
        guard !sides.isEmpty else { return nil }
        var gone: Set<String> = []
        for instance in target.instances {
            try peersOfInstance.forEachRow(instance.uuid) { row in
                if let peer = row.text(0) { gone.insert(peer) }
            }
        }
        for side in sides where !side.peers.isEmpty && side.peers.isSubset(of: gone) {
            return try unknownReferences.refusal(ofRule: side.rule)
        }
        for index in sides.indices { sides[index].peers.subtract(gone) }
        return nil
    }
}
