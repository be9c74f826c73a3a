import ControlPlane
import GRDB
import Journal
import Support

/// What the journal shows about earlier runs and about the clock.
enum JournalCheck {
    private struct Run {
        var id: String
        var startedAt: UTCTime
        var feedPath: String
        var feedDigest: String
        var isComplete: Bool
    }

    static func findings(_ database: ControlPlaneDatabase, feed: FeedCheck, now: UTCTime) -> [Finding] {
        do {
            let runs = try database.readOnly(while: "read the journal of the database") { db in
                try Journal.exists(in: db) ? try latestRuns(db) : []
            }
            guard let latest = runs.first else { return [.ok("journal", "there was no run on this database yet")] }
            var findings = runs.filter { !$0.isComplete }.map { unfinished($0, feed) }
            if let complete = runs.first(where: \.isComplete) {
                findings.insert(.ok("journal", "the last complete run is \(complete.id)"), at: 0)
            }
            if let done = runs.first(where: { $0.isComplete && $0.feedDigest == feed.digest }) {
                findings.append(.note("feed", "the run \(done.id) has already applied this feed"))
            }
            return findings + [clock(latest, now)].compactMap { $0 }
        } catch let error as any ExplainedError {
            return [.problem("journal", error)]
        } catch {
            return [.problem("journal", "\(error)", try: "report it with this message")]
        }
    }

    /// The latest run of each feed, the latest first.
    private static func latestRuns(_ db: Database) throws -> [Run] {
        try Row.fetchAll(
            db,
            sql: """
                SELECT max(id), started_at, feed_path, feed_sha256, completed_at IS NOT NULL
                FROM wg_reconcile_run GROUP BY feed_sha256 ORDER BY max(id) DESC
                """
        ).compactMap { row in
            guard let id = row.text(0), let start = row.text(1).flatMap(UTCTime.init(rfc3339:)) else { return nil }
            return Run(
                id: id, startedAt: start, feedPath: row.text(2) ?? "", feedDigest: row.text(3) ?? "",
                isComplete: row.flag(4))
        }
    }

    private static func unfinished(_ run: Run, _ feed: FeedCheck) -> Finding {
        guard !run.feedPath.isEmpty else {
            return .note(
                "journal", "the run \(run.id), which had no feed, was cut short, or stopped by a guard",
                try: "if the accounts are still to be removed, name them again; that continues the run")
        }
        let text =
            "the run \(run.id) of \(run.feedPath.escapedForMessage(limit: 200)) was cut short, or stopped by a guard"
        return feed.digest == run.feedDigest
            ? .note("journal", text + "; the current feed continues it")
            : .note("journal", text, try: "if the feed is still to be applied, run it again; that continues the run")
    }

    /// With a clock that is behind, cancellations would not be due yet, and old reports would count as new.
    private static func clock(_ latest: Run, _ now: UTCTime) -> Finding? {
        guard latest.startedAt.seconds > now.seconds + 60 else { return nil }
        return .problem(
            "clock", "it is \(now.rfc3339) here, and the run \(latest.id) began later than that",
            try: "set the clock: it decides which removals are due")
    }
}
