import ControlPlane
import GRDB
import Journal

// Removed keys that are up again, after a run has seen them gone.
extension TunnelSight {
    /// Reopens the removals, in the journal, whose keys are up again although a run has seen them gone: somebody may have
    /// restored an earlier config on a worker. Otherwise no run would look for these keys any more.
    ///
    /// Nearly always every key that is up is one of the database. Then this reads no journal.
    ///
    /// - Throws: ``DatabaseFailure``.
    package func reopenRemovals(in database: ControlPlaneDatabase) throws {
        let shown = (cluster?.keys ?? []).union(proof?.strayKeys ?? [])
        if shown.isEmpty { return }
        let found = try database.readOnly(while: "look in the journal of the database for removed keys") { db in
            var strays = shown
            try HeldStatement(db, sql: "SELECT public_key FROM wireguard_peer").forEachRow { row in
                if let key = row.text(0) { strays.remove(WireGuardKey.asRead(key)) }
            }
            return try Journal.removals(ofKeys: strays, in: db)
        }
        if found.settledRows.isEmpty { return }
        try database.write(while: "note in the journal of the database that removed keys are up again") { db in
            try Journal.prepare(in: db)
            try Journal.reopen(found.settledRows, areUp: true, in: db)
        }
    }
}
