import ControlPlane
import Feed
import GRDB
import Support

// Which removed keys a run has seen gone from every interface.
extension Journal {
    /// Whether the tables have columns for this. Those of version 2 and earlier do not.
    static func hasSights(in db: Database) throws -> Bool {
        try db.columns(in: "wg_reconcile_outcome").contains { $0.name == "seen_gone_at" }
    }

    /// The result of a check of all interfaces and of the cluster workers' reports.
    package struct Sighting {
        /// Whether none of the keys is left; nil if that could not be checked. Takes the keys, their interfaces, and
        /// whether an earlier run saw one up.
        package typealias SeesGone = (_ keys: [String], _ interfaces: [Int], _ wasSeenUp: Bool) -> Bool?

        /// nil if no key can be seen gone. This saves a pass over the long journal of a host that never sees its
        /// interfaces.
        var seesGone: SeesGone?
        /// What was seen of each worker, by its row id; nil if no worker was checked.
        var followings: [Int64: WorkerFollowing]?

        package init(seesGone: SeesGone? = nil, followings: [Int64: WorkerFollowing]? = nil) {
            self.seesGone = seesGone
            self.followings = followings
        }
    }

    /// Records the result for every removal, including accounts that the current feed does not name.
    ///
    /// - Parameter up: accounts with a removed key on an interface. For them, an earlier "seen gone" is cleared.
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

    /// The number of accounts with removed keys that no run has seen gone.
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
