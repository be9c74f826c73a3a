import ControlPlane
import GRDB

// Removed keys that are in the configs or on interfaces again, after a run has seen them gone.
extension Journal {
    /// Removals whose keys were looked for among those of some configs or interfaces.
    package struct FoundRemovals {
        /// Those of the keys that runs have removed.
        package var keys: Set<String> = []
        /// The rows of removals that a run has seen gone.
        package var settledRows: [Int] = []
    }

    /// - Parameter keys: as ``WireGuardKey/asRead(_:)`` returns them.
    package static func removals(ofKeys keys: Set<String>, in db: Database) throws -> FoundRemovals {
        var found = FoundRemovals()
        guard !keys.isEmpty, try exists(in: db) else { return found }
        let seenGone = try hasSights(in: db) ? "outcome.seen_gone_at IS NOT NULL" : "0"
        let rows = try HeldStatement(
            db,
            sql: """
                SELECT outcome.rowid, key.value, \(seenGone) FROM wg_reconcile_outcome AS outcome, json_each(
                    CASE WHEN json_valid(outcome.removal) THEN outcome.removal ELSE '{}' END, '$.peerKeys') AS key
                """)
        try rows.forEachRow { row in
            guard let key = row.text(1), keys.contains(WireGuardKey.asRead(key)) else { return }
            found.keys.insert(key)
            if row.integer(2) != 0 && found.settledRows.last != row.integer(0) {
                found.settledRows.append(row.integer(0))
            }
        }
        return found
    }

    /// Makes runs look again for the keys of these removals. What was seen before does not count.
    ///
    /// - Parameter areUp: whether a key of each was seen on an interface.
    package static func reopen(_ rows: [Int], areUp: Bool = false, in db: Database) throws {
        let reopen = try db.makeStatement(
            sql: """
                UPDATE wg_reconcile_outcome SET seen_gone_at = NULL, still_sought = 1, seen_up = seen_up OR ?
                WHERE rowid = ?
                """)
        for row in rows { try reopen.execute(arguments: [areUp, row]) }
    }
}
