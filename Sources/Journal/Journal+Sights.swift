import ControlPlane
import Feed
import GRDB
import Support

// Which removed keys a run has seen gone from every interface.
extension Journal {
    /// Whether the tables have a place for it. Those of version 2 and before have none.
    static func hasSights(in db: Database) throws -> Bool {
        try db.columns(in: "wg_reconcile_outcome").contains { $0.name == "seen_gone_at" }
    }

    /// What a look at all interfaces, and at what the workers of a cluster report, has shown.
    package struct Sighting {
        /// Whether none of these keys is left, of which the interfaces and whether a run saw one up are given; nil where
        /// that could not be seen.
        package typealias SeesGone = (_ keys: [String], _ interfaces: [Int], _ wasSeenUp: Bool) -> Bool?

        /// nil where no key can be seen gone. The journal of a host that never sees its interfaces is long.
        var seesGone: SeesGone?
        /// What was seen of each worker, by its row id; nil where no worker was asked.
        var followings: [Int64: WorkerFollowing]?

        package init(seesGone: SeesGone? = nil, followings: [Int64: WorkerFollowing]? = nil) {
            self.seesGone = seesGone
            self.followings = followings
        }
    }

    /// Notes what a look has shown of every removal, also of accounts that tonight's feed does not name.
    ///
    /// - Parameter up: accounts with a removed key on an interface. That it was once seen gone no longer holds.
    package static func note(_ sighting: Sighting, up: [Mailbox] = [], at time: UTCTime, in db: Database) throws {
        guard try exists(in: db), try hasSights(in: db) else { return }
        if let followings = sighting.followings { try note(followings, in: db) }
        if let seesGone = sighting.seesGone { try noteGone(seesGone, at: time, in: db) }
        let forget = try db.makeStatement(
            sql: "UPDATE wg_reconcile_outcome SET seen_gone_at = NULL, seen_up = 1 WHERE mailbox = ?")
        for mailbox in up { try forget.execute(arguments: [mailbox.canonical]) }
    }

    private static func noteGone(_ seesGone: Sighting.SeesGone, at time: UTCTime, in db: Database) throws {
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
            let isGone = seesGone([row.text(1)].compactMap { $0 }, interfaces, row.integer(3) != 0)
            if isGone != true { left.insert(place) }
        }
        let note = try db.makeStatement(
            sql: "UPDATE wg_reconcile_outcome SET seen_gone_at = ?, seen_up = 0 WHERE rowid = ?")
        for place in unseen.subtracting(left) { try note.execute(arguments: [time.sortable, place]) }
    }

    /// How many accounts had keys when they were removed that no run has seen gone since.
    package static func unseenAccounts(in db: Database) throws -> Int {
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
