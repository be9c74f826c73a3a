import GRDB

// Which removed keys a run has seen gone from every interface.
extension Journal {
    /// Whether the tables have a place for it. Those of version 2 and before have none.
    static func hasSights(in db: Database) throws -> Bool {
        try db.columns(in: "wg_reconcile_outcome").contains { $0.name == "seen_gone_at" }
    }

    /// Notes what a look at all interfaces, and at what the workers of a cluster tell, has shown of every removal, also of
    /// accounts that no feed of tonight names.
    ///
    /// - Parameter up: accounts with a removed key on an interface. That it was once seen gone no longer holds.
    static func note(_ tunnels: TunnelSight, up: [Mailbox] = [], at time: UTCTime, in db: Database) throws {
        guard try exists(in: db), try hasSights(in: db) else { return }
        if let cluster = tunnels.cluster, tunnels.isAsked { try note(cluster.followings, in: db) }
        // Without a view no key is seen gone; the journal of a host that never has one is long.
        if tunnels.tellsGone { try noteGone(tunnels, at: time, in: db) }
        let forget = try db.makeStatement(
            sql: "UPDATE wg_reconcile_outcome SET seen_gone_at = NULL, seen_up = 1 WHERE mailbox = ?")
        for mailbox in up { try forget.execute(arguments: [mailbox.canonical]) }
    }

    private static func noteGone(_ tunnels: TunnelSight, at time: UTCTime, in db: Database) throws {
        let rows = try HeldStatement(
            db,
            sql: """
                SELECT outcome.rowid, key.value, number.value, outcome.seen_up FROM wg_reconcile_outcome AS outcome
                LEFT JOIN json_each(
                    CASE WHEN json_valid(outcome.removal) THEN outcome.removal ELSE '{}' END, '$.peerKeys') AS key
                LEFT JOIN json_each(
                    CASE WHEN json_valid(outcome.removal) THEN outcome.removal ELSE '{}' END, '$.interfaceNumbers') AS number
                WHERE outcome.seen_gone_at IS NULL
                """)
        var (unseen, left): (Set<Int>, Set<Int>) = ([], [])
        try rows.forEachRow { row in
            let place = row.integer(0)
            unseen.insert(place)
            let interfaces = row.isInteger(2) ? [row.integer(2)] : []
            let seesGone = tunnels.seesGone(
                [row.text(1)].compactMap { $0 }, interfaces: interfaces, wasSeenUp: row.integer(3) != 0)
            if seesGone != true { left.insert(place) }
        }
        let note = try db.makeStatement(
            sql: "UPDATE wg_reconcile_outcome SET seen_gone_at = ?, seen_up = 0 WHERE rowid = ?")
        for place in unseen.subtracting(left) { try note.execute(arguments: [time.sortable, place]) }
    }

    /// How many accounts had keys when they were removed that no run has seen gone since.
    static func unseenAccounts(in db: Database) throws -> Int {
        guard try exists(in: db), try hasSights(in: db) else { return 0 }
        return try Int.fetchOne(
            db,
            sql: """
                SELECT count(DISTINCT mailbox) FROM wg_reconcile_outcome
                WHERE seen_gone_at IS NULL AND seen_up = 0 AND json_array_length(
                    CASE WHEN json_valid(removal) THEN removal ELSE '{}' END, '$.peerKeys') > 0
                """) ?? 0
    }
}
