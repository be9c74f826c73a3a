import ControlPlane
import GRDB
import Support

// How much was removed recently.
extension Journal {
    /// What runs have removed within a period.
    package struct RecentRemovals: Hashable, Sendable {
        /// Accounts removed without an approval.
        package var accounts = 0
        /// Instances removed with those accounts.
        package var instances = 0
        /// Instances removed with approved accounts.
        package var approvedInstances = 0
    }

    /// Counts the removals since `limit`, and all removals of a continued run, however long ago it began.
    ///
    /// A removal with a time after `now` was written while the clock was ahead. It counts too, unless a run that was
    /// recorded later began before `limit`.
    package static func removals(
        since limit: UTCTime, now: UTCTime, continuing run: Run?, in db: Database
    ) throws -> RecentRemovals {
        guard try exists(in: db) else { return RecentRemovals() }
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT run.approval IS NOT NULL, count(*), sum(
                    json_array_length(
                        CASE WHEN json_valid(outcome.removal) THEN outcome.removal ELSE '{}' END, '$.interfaceNumbers'))
                FROM wg_reconcile_run AS run CROSS JOIN wg_reconcile_outcome AS outcome ON outcome.run_id = run.id
                -- Spares reading the outcomes of most runs.
                WHERE (run.started_at >= :limit OR run.completed_at >= :limit OR run.completed_at IS NULL)
                    AND (outcome.removed_at >= :limit OR run.id = :continued)
                    AND NOT (run.started_at > :now AND EXISTS (
                        SELECT 1 FROM wg_reconcile_run AS later
                        WHERE later.rowid > run.rowid AND later.started_at < :limit))
                GROUP BY 1
                """,
            arguments: ["limit": limit.rfc3339, "now": now.rfc3339, "continued": run?.id.description ?? ""])
        var recent = RecentRemovals()
        for row in rows {
            let instances = Int(row.integer(2) ?? 0)
            if row.flag(0) {
                recent.approvedInstances = instances
            } else {
                (recent.accounts, recent.instances) = (Int(row.integer(1) ?? 0), instances)
            }
        }
        return recent
    }
}
