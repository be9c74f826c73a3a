import Feed
import GRDB
import Support

// What feeds have stated about accounts that were not removed.
extension Journal {
    /// The statement of the newest feed about an account.
    package struct NewerStatement: Hashable, Sendable {
        package var mailbox: String
        /// When that feed was made.
        package var feedTime: UTCTime
        /// Whether that feed deferred the removal. If not, it stated that the account stays.
        package var isPutOff: Bool
        var runID: String
    }

    /// The first of these accounts that a feed made after `time` keeps or defers, and how many such accounts there are.
    package static func statements(
        newerThan time: UTCTime, of mailboxes: [Mailbox], in db: Database
    ) throws -> (first: NewerStatement?, count: Int) {
        guard let version = try version(in: db), version >= 2 else { return (nil, 0) }
        var (first, count): (NewerStatement?, Int) = (nil, 0)
        for mailbox in mailboxes {
            let row = try Row.fetchOne(
                db.cachedStatement(
                    sql: """
                        SELECT feed_time, 0, run_id FROM wg_reconcile_statement WHERE mailbox = ?1 AND feed_time > ?2
                        UNION ALL
                        SELECT feed_time, 1, run_id FROM wg_reconcile_deferred WHERE mailbox = ?1 AND feed_time > ?2
                        ORDER BY 1 DESC LIMIT 1
                        """), arguments: [mailbox.canonical, time.sortable])
            guard let row, let feedTime = row.text(0).flatMap(UTCTime.init(rfc3339:)) else { continue }
            count += 1
            if first == nil {
                first = NewerStatement(
                    mailbox: mailbox.canonical, feedTime: feedTime, isPutOff: row.flag(1), runID: row.text(2) ?? "")
            }
        }
        return (first, count)
    }

    /// Records what a feed states about accounts that it does not remove now, unless a newer feed has stated something
    /// else.
    ///
    /// - Parameters:
    ///   - names: hashes of the names in the database. For an account without a name there, a statement is recorded
    ///     only if its removal is deferred.
    ///   - keepsPutOffs: whether to keep deferred removals. False for a feed that was blocked by a guard.
    package static func note(
        _ standings: FeedStandings, listsEverybody: Bool, madeAt feedTime: UTCTime, runID: RunID, at now: UTCTime,
        names: Set<Int>, keepsPutOffs: Bool, in db: Database
    ) throws {
        let stays = try statementThatStays(in: db)
        let withdraw = try db.makeStatement(
            sql: "DELETE FROM wg_reconcile_deferred WHERE mailbox = ? AND feed_time <= ?")
        // An account with a deferred removal may have lost its rows in the meantime.
        let deferred = try String.fetchAll(db, sql: "SELECT mailbox FROM wg_reconcile_deferred")
        let names = names.union(deferred.map { NearSpelling.hash(of: $0) })
        var putOff: [FeedEntry] = []
        for place in 0..<standings.entries.countOfFeed where names.contains(standings.spellingHash(of: place)) {
            let brief = standings[brief: place]
            let entry = standings.entries[place]
            guard let mailbox = entry.account else { continue }
            switch brief {
            case .stays, .refused:
                try stays.execute(
                    arguments: [mailbox.canonical, feedTime.sortable, runID.description, entry.number])
                try withdraw.execute(arguments: [mailbox.canonical, feedTime.sortable])
            case .invalid, .overtaken:
                try withdraw.execute(arguments: [mailbox.canonical, feedTime.sortable])
            case .notYetDue(kept: true):
                // The earlier removal no longer holds, even if a guard blocked this feed.
                if keepsPutOffs {
                    putOff.append(entry)
                } else {
                    try withdraw.execute(arguments: [mailbox.canonical, feedTime.sortable])
                }
            case .due, .notYetDue, .duplicate, .protected, .corrected: break
            }
        }
        if listsEverybody { try withdrawUnnamed(by: standings, madeAt: feedTime, in: db) }
        // After the statements, which apply until then.
        if keepsPutOffs {
            for entry in putOff { try keep(entry, madeAt: feedTime, runID: runID, at: now, in: db) }
        }
    }

    /// Records that an account stays, unless a newer statement is recorded. Its arguments are the mailbox, the time of the
    /// statement, the run and the entry.
    static func statementThatStays(in db: Database) throws -> Statement {
        try db.cachedStatement(
            sql: """
                INSERT INTO wg_reconcile_statement (mailbox, feed_time, run_id, entry) VALUES (?1, ?2, ?3, ?4)
                ON CONFLICT (mailbox) DO UPDATE
                SET feed_time = excluded.feed_time, run_id = excluded.run_id, entry = excluded.entry
                WHERE excluded.feed_time >= feed_time
                """)
    }

    private static func withdrawUnnamed(by standings: FeedStandings, madeAt feedTime: UTCTime, in db: Database) throws {
        for mailbox in try deferredNotNamed(by: standings, madeAt: feedTime, in: db) {
            try db.execute(sql: "DELETE FROM wg_reconcile_deferred WHERE mailbox = ?", arguments: [mailbox])
        }
    }

    /// The accounts with a deferred removal that a feed no longer names.
    static func deferredNotNamed(
        by standings: FeedStandings, madeAt feedTime: UTCTime, in db: Database
    ) throws -> [String] {
        let older = try String.fetchAll(
            db, sql: "SELECT mailbox FROM wg_reconcile_deferred WHERE feed_time <= ?", arguments: [feedTime.sortable])
        guard !older.isEmpty else { return [] }
        let named = standings.accounts(hashed: Set(older.map { NearSpelling.hash(of: $0) }))
        return older.filter { mailbox in Mailbox(mailbox).map { !named.contains($0) } ?? true }
    }
}

extension FeedStandings {
    /// The accounts that the feed's entries name, limited to those with these spelling hashes.
    package func accounts(hashed hashes: Set<Int>) -> Set<Mailbox> {
        var accounts: Set<Mailbox> = []
        for place in 0..<entries.countOfFeed where hashes.contains(spellingHash(of: place)) {
            if let account = entries[place].account { accounts.insert(account) }
        }
        return accounts
    }
}
