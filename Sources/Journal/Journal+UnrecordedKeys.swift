import GRDB

// Removals by the journal's first versions, which did not record the keys of the removed peers.
extension Journal {
    /// A condition on the column `removal`: peers were removed, and their keys were not recorded.
    static let lacksKeys = lacksKeys(of: "CASE WHEN json_valid(removal) THEN removal ELSE '{}' END")

    /// - Parameter record: an SQL expression for a removal as valid JSON.
    static func lacksKeys(of record: String) -> String {
        """
        (json_type(\(record), '$.peerKeys') IS NULL AND json_array_length(\(record), '$.interfaceNumbers') > 0
        AND \(hadPeers(record)))
        """
    }

    /// Whether the removed instances had peers, or it is not known that they had none.
    private static func hadPeers(_ record: String) -> String {
        """
        coalesce((
            SELECT max(json_extract(item.value, '$.peers_removed') IS NOT 0) FROM json_each(\(record), '$.items') AS item
            WHERE json_extract(item.value, '$.type') = 'wireguard_instance'), 1)
        """
    }

    /// The numbers of the interfaces that had these peers, as long as no run has seen them gone.
    package static func unseenInterfacesWithoutKeys(in db: Database) throws -> Set<Int> {
        guard try exists(in: db), try hasSights(in: db) else { return [] }
        return Set(
            try Int.fetchAll(
                db,
                sql: """
                    SELECT DISTINCT number.value FROM wg_reconcile_outcome AS outcome, json_each(
                        CASE WHEN json_valid(outcome.removal) THEN outcome.removal ELSE '{}' END, '$.interfaceNumbers'
                    ) AS number
                    WHERE outcome.seen_gone_at IS NULL AND number.type = 'integer' AND \(lacksKeys)
                    """))
    }
}

extension RemovalRecord {
    /// ``peerKeys``, or an empty list for an account without peers. nil if an earlier version, which did not record
    /// keys, removed peers.
    package var knownPeerKeys: [String]? {
        if let peerKeys { return peerKeys }
        let instances = items.filter { $0.type == .instance }
        let hadNone = !instances.isEmpty && instances.allSatisfy { $0.peersRemoved == 0 }
        return interfaceNumbers.isEmpty || hadNone ? [] : nil
    }
}
