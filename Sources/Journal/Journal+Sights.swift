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
        /// Whether none of the keys is left; nil if that could not be checked. Takes the keys, nil if they were not
        /// recorded; their interfaces; and whether an earlier run saw one up.
        package typealias SeesGone = (_ keys: [String]?, _ interfaces: [Int], _ wasSeenUp: Bool) -> Bool?

        /// nil if it is impossible to see whether keys are gone or up. This saves a pass over the long journal of a
        /// host that never sees its interfaces.
        var seesGone: SeesGone?
        /// Whether every interface answered. If not, a key that was seen gone may be on one that did not answer.
        var isComplete: Bool
        /// What was seen of each worker, by its row id; nil if no worker was checked.
        var followings: [Int64: WorkerFollowing]?

        package init(
            seesGone: SeesGone? = nil, isComplete: Bool = true, followings: [Int64: WorkerFollowing]? = nil
        ) {
            self.seesGone = seesGone
            self.isComplete = isComplete
            self.followings = followings
        }
    }

    /// Records the result for every removal, including accounts that the current feed does not name.
    ///
    /// - Parameter up: accounts with a removed key on an interface. For them, an earlier "seen gone" is cleared.
    package static func note(_ sighting: Sighting, up: [Mailbox] = [], at time: UTCTime, in db: Database) throws {
        guard try exists(in: db) else { return }
        try prepare(in: db)
        if let followings = sighting.followings { try note(followings, in: db) }
        if sighting.seesGone != nil { try noteSeen(sighting, at: time, in: db) }
        let forget = try db.makeStatement(
            sql: """
                UPDATE wg_reconcile_outcome SET seen_gone_at = NULL, seen_up = 1, still_sought = 1 WHERE mailbox = ?
                """)
        for mailbox in up { try forget.execute(arguments: [mailbox.canonical]) }
    }

    private static func noteSeen(_ sighting: Sighting, at time: UTCTime, in db: Database) throws {
        let gone = try db.makeStatement(
            sql: "UPDATE wg_reconcile_outcome SET seen_gone_at = ?, seen_up = 0, still_sought = ? WHERE rowid = ?")
        let up = try db.makeStatement(
            sql: "UPDATE wg_reconcile_outcome SET seen_gone_at = NULL, seen_up = 1 WHERE rowid = ?")
        for (place, removal) in try soughtRemovals(sighting.seesGone, in: db) {
            if removal.isGone {
                // While the same interface does not answer, there is nothing new.
                guard sighting.isComplete || !removal.wasGone else { continue }
                try gone.execute(arguments: [time.sortable, !sighting.isComplete, place])
            } else if removal.isUp && !removal.wasUp {
                try up.execute(arguments: [place])
            }
        }
    }

    /// A row of the journal whose keys runs still look for, after another look.
    private struct SoughtRemoval {
        let mailbox: String
        /// Also if they were not recorded.
        let hasKeys: Bool
        /// Whether the last run that could check saw a key on an interface.
        let wasUp: Bool
        /// Whether a run has seen all keys gone from the interfaces that answered.
        let wasGone: Bool
        /// Whether the look saw all keys gone.
        var isGone = true
        var isUp: Bool
    }

    /// - Parameter run: Only the rows of runs before this one; nil for those of all runs.
    /// - Returns: The rows by row id.
    private static func soughtRemovals(
        _ seesGone: Sighting.SeesGone?, before run: RunID? = nil, in db: Database
    ) throws -> [Int: SoughtRemoval] {
        let rows = try HeldStatement(
            db,
            sql: """
                SELECT outcome.rowid, key.value, number.value, outcome.seen_up, outcome.mailbox,
                    outcome.seen_gone_at IS NOT NULL, key.value IS NULL AND \(Self.lacksKeys)
                FROM wg_reconcile_outcome AS outcome
                LEFT JOIN json_each(
                    CASE WHEN json_valid(outcome.removal) THEN outcome.removal ELSE '{}' END, '$.peerKeys') AS key
                LEFT JOIN json_each(
                    CASE WHEN json_valid(outcome.removal) THEN outcome.removal ELSE '{}' END, '$.interfaceNumbers') AS number
                WHERE outcome.still_sought AND (?1 = '' OR outcome.run_id IN (
                    SELECT id FROM wg_reconcile_run WHERE rowid < coalesce(
                        (SELECT rowid FROM wg_reconcile_run WHERE id = ?1), 9223372036854775807)))
                """)
        var removals: [Int: SoughtRemoval] = [:]
        try rows.forEachRow(run?.description ?? "") { row in
            let (place, wasGone) = (row.integer(0), row.integer(5) != 0)
            let wasUp = row.integer(3) != 0 && !wasGone
            let keys = row.integer(6) != 0 ? nil : [row.text(1)].compactMap { $0 }
            var removal =
                removals[place]
                ?? SoughtRemoval(
                    mailbox: row.text(4) ?? "", hasKeys: keys?.isEmpty != true, wasUp: wasUp, wasGone: wasGone,
                    isUp: wasUp)
            let isGone = seesGone?(keys, row.isInteger(2) ? [row.integer(2)] : [], wasUp)
            if isGone != true { removal.isGone = false }
            if isGone == false { removal.isUp = true }
            removals[place] = removal
        }
        return removals
    }

    /// How many accounts have keys that were removed before this run and that neither an earlier run nor this look has
    /// seen gone, or that this look has found again. Changes nothing in the journal.
    ///
    /// - Parameters:
    ///   - run: The current run. What it removed does not count, nor what later runs of the same call removed.
    ///   - reported: Accounts that do not count, because the run reports on them itself.
    package static func tunnelsOfEarlierRuns(
        than run: RunID, _ sighting: Sighting, besides reported: () -> Set<String>, in db: Database
    ) throws -> TunnelCounts {
        // The run has upgraded the tables when it began.
        guard try version(in: db) == currentVersion else { return TunnelCounts() }
        var up: [String: Bool] = [:]
        for removal in try soughtRemovals(sighting.seesGone, before: run, in: db).values
        where removal.hasKeys && !removal.isGone && (removal.isUp || !removal.wasGone) {
            up[removal.mailbox, default: false] = up[removal.mailbox] == true || removal.isUp
        }
        if !up.isEmpty {
            for mailbox in reported() { up[mailbox] = nil }
        }
        return TunnelCounts(up: up.values.count { $0 }, unseen: up.values.count { !$0 })
    }

    /// A condition on an outcome: it has removed keys, and no run has seen them gone.
    private static let mayBeUp = """
        seen_gone_at IS NULL AND (\(lacksKeys) OR json_array_length(
            CASE WHEN json_valid(removal) THEN removal ELSE '{}' END, '$.peerKeys') > 0)
        """

    /// How many accounts, of all runs, have removed keys that no run has seen gone.
    package static func tunnels(in db: Database) throws -> TunnelCounts {
        guard try exists(in: db), try hasSights(in: db) else { return TunnelCounts() }
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT coalesce(sum(up), 0), count(*) - coalesce(sum(up), 0) FROM (
                    SELECT max(seen_up <> 0) AS up FROM wg_reconcile_outcome
                    WHERE \(mayBeUp)
                    GROUP BY mailbox)
                """)
        return TunnelCounts(up: Int(row?.integer(0) ?? 0), unseen: Int(row?.integer(1) ?? 0))
    }

    /// Whether no run has seen yet that all removed keys of an account are gone.
    package static func hasUnseenKeys(_ mailbox: Mailbox, in db: Database) throws -> Bool {
        guard try exists(in: db), try hasSights(in: db) else { return false }
        return try Row.fetchOne(
            db,
            sql: """
                SELECT 1 FROM wg_reconcile_outcome
                WHERE mailbox = ? AND \(mayBeUp)
                LIMIT 1
                """, arguments: [mailbox.canonical]) != nil
    }
}
