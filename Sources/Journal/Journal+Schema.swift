import ControlPlane
import GRDB
import Support

// The tables of the journal and their upgrades.
extension Journal {
    /// The version of the tables that this program writes. Version 1 had no table for the version.
    static let currentVersion = 7

    /// The version of the existing tables; nil if there is no journal.
    ///
    /// - Throws: ``DatabaseFailure/Reason/journalOfLaterProgram(version:known:)``. A later program may store something
    ///   there that this one must not ignore.
    static func version(in db: Database) throws -> Int? {
        guard try exists(in: db) else { return nil }
        guard try db.tableExists("wg_reconcile_journal") else { return 1 }
        let version = try Int.fetchOne(db, sql: "SELECT max(version) FROM wg_reconcile_journal") ?? 1
        guard version <= currentVersion else {
            throw DatabaseFailure.Reason.journalOfLaterProgram(version: version, known: currentVersion)
        }
        return version
    }

    /// Creates the tables, or upgrades those of an earlier program.
    package static func prepare(in db: Database) throws {
        let present = try version(in: db) ?? 0
        if present < 1 { try createVersion1(in: db) }
        if present < 2 { try upgradeToVersion2(in: db) }
        if present < 3 { try upgradeToVersion3(in: db) }
        if present < 4 { try upgradeToVersion4(in: db) }
        if present < 5 { try upgradeToVersion5(in: db) }
        if present < 6 { try upgradeToVersion6(in: db) }
        if present < 7 { try upgradeToVersion7(in: db) }
    }

    private static func createVersion1(in db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE IF NOT EXISTS wg_reconcile_run (
                    id TEXT NOT NULL PRIMARY KEY,
                    feed_sha256 TEXT NOT NULL,
                    feed_path TEXT NOT NULL,
                    host TEXT NOT NULL,
                    program_version TEXT NOT NULL,
                    started_at TEXT NOT NULL,
                    completed_at TEXT,
                    -- Of the plan as it was when the run began; what a continuation still has to do is another plan.
                    plan_digest TEXT NOT NULL,
                    -- The digest of the plan that an operator approved for this run.
                    approval TEXT
                );
                -- What an approved plan would remove, key by key, until its run is complete.
                CREATE TABLE IF NOT EXISTS wg_reconcile_approval (
                    run_id TEXT NOT NULL REFERENCES wg_reconcile_run (id),
                    item TEXT NOT NULL,
                    PRIMARY KEY (run_id, item)
                ) WITHOUT ROWID;
                CREATE TABLE IF NOT EXISTS wg_reconcile_outcome (
                    run_id TEXT NOT NULL REFERENCES wg_reconcile_run (id),
                    entry INTEGER NOT NULL,
                    -- 1, and one more each time that the account came back before its run was continued
                    attempt INTEGER NOT NULL,
                    line INTEGER,
                    account_id TEXT,
                    email TEXT NOT NULL,
                    mailbox TEXT NOT NULL,
                    outcome TEXT NOT NULL,
                    errors TEXT NOT NULL,
                    removal TEXT NOT NULL,
                    removed_at TEXT NOT NULL,
                    -- With row ids, since a removal in full would not fit a page of the key's index.
                    PRIMARY KEY (run_id, entry, attempt)
                );
                CREATE INDEX IF NOT EXISTS wg_reconcile_outcome_mailbox ON wg_reconcile_outcome (mailbox);
                """)
    }

    /// Times in the new tables all have the same length, so that they can be compared as texts.
    private static func upgradeToVersion2(in db: Database) throws {
        try db.execute(
            sql: """
                -- Whether no guard stopped the run, and who ran it.
                ALTER TABLE wg_reconcile_run ADD COLUMN passed_guards INTEGER NOT NULL DEFAULT 0;
                ALTER TABLE wg_reconcile_run ADD COLUMN user_id INTEGER;
                ALTER TABLE wg_reconcile_run ADD COLUMN sudo_user TEXT;
                UPDATE wg_reconcile_run SET passed_guards = 1 WHERE id IN (SELECT run_id FROM wg_reconcile_outcome);

                -- When the bytes of a feed were first processed here: a feed is never newer than that.
                CREATE TABLE wg_reconcile_feed (
                    sha256 TEXT NOT NULL PRIMARY KEY,
                    first_processed_at TEXT NOT NULL
                ) WITHOUT ROWID;

                -- The last feed that said of an account that it stays.
                CREATE TABLE wg_reconcile_statement (
                    mailbox TEXT NOT NULL PRIMARY KEY,
                    feed_time TEXT NOT NULL,
                    run_id TEXT NOT NULL,
                    entry INTEGER NOT NULL
                ) WITHOUT ROWID;

                -- The last removal of an account that was put off.
                CREATE TABLE wg_reconcile_deferred (
                    mailbox TEXT NOT NULL PRIMARY KEY,
                    email TEXT NOT NULL,
                    -- As JSON: what is a number stays one.
                    account_id TEXT,
                    subscription_id TEXT,
                    reason TEXT,
                    status TEXT,
                    -- As the feed gave it: a time or a date; and from when to when that is.
                    effective_at TEXT NOT NULL,
                    due_at TEXT NOT NULL,
                    over_at TEXT NOT NULL,
                    feed_time TEXT NOT NULL,
                    run_id TEXT NOT NULL,
                    entry INTEGER NOT NULL,
                    noted_at TEXT NOT NULL,
                    -- The run that carries it out, and its place among those that this run carries out.
                    taken_by TEXT,
                    place INTEGER
                );
                CREATE INDEX wg_reconcile_deferred_taken_by ON wg_reconcile_deferred (taken_by);

                CREATE TABLE wg_reconcile_journal (version INTEGER NOT NULL);
                INSERT INTO wg_reconcile_journal (version) VALUES (2);
                """)
        let runs = try Row.fetchAll(db, sql: "SELECT feed_sha256, min(started_at) FROM wg_reconcile_run GROUP BY 1")
        for run in runs {
            guard let digest = run.text(0), let time = run.text(1).flatMap(UTCTime.init(rfc3339:)) else { continue }
            try noteFeed(digest, at: time, in: db)
        }
    }

    /// For removals before this version, it is unknown whether a run has seen their keys gone. The next run that can
    /// look finds out.
    private static func upgradeToVersion3(in db: Database) throws {
        try db.execute(
            sql: """
                -- When a run saw that no removed key of the account was left on an interface.
                ALTER TABLE wg_reconcile_outcome ADD COLUMN seen_gone_at TEXT;
                -- Whether the last run that saw one of these keys saw it on an interface.
                ALTER TABLE wg_reconcile_outcome ADD COLUMN seen_up INTEGER NOT NULL DEFAULT 0;
                CREATE INDEX wg_reconcile_outcome_unseen ON wg_reconcile_outcome (run_id) WHERE seen_gone_at IS NULL;
                UPDATE wg_reconcile_journal SET version = 3;
                """)
    }

    /// Earlier versions neither told the workers of a cluster that an account was gone nor checked what the workers
    /// have. So the export is marked as changed, and with a cluster, what was seen gone on this host alone no longer
    /// counts.
    private static func upgradeToVersion4(in db: Database) throws {
        try db.execute(
            sql: """
                CREATE TABLE wg_reconcile_cluster (
                    id INTEGER PRIMARY KEY CHECK (id = 1),
                    -- Whether files that workers fetch may have changed since the version was raised: 0 no, 1 perhaps,
                    -- 2 yes.
                    export_changed INTEGER NOT NULL,
                    raised_version INTEGER,
                    raised_at TEXT,
                    -- Of the files that were not as they should be, then or when such files were last found. Programs up
                    -- to version 5 kept that of all files that workers could fetch.
                    raised_sha256 TEXT
                );
                INSERT INTO wg_reconcile_cluster (id, export_changed)
                SELECT 1, EXISTS (SELECT 1 FROM wg_reconcile_outcome);

                -- When a look first found that a worker has that version, and when it had told its peers last by then.
                CREATE TABLE wg_reconcile_worker (
                    worker_id INTEGER PRIMARY KEY,
                    version INTEGER NOT NULL,
                    told_peers_at TEXT
                );
                UPDATE wg_reconcile_journal SET version = 4;
                """)
        guard try db.tableExists("cluster_clustersettings"),
            try db.columns(in: "cluster_clustersettings").contains(where: { $0.name == "enabled" })
        else { return }
        try db.execute(
            sql: """
                UPDATE wg_reconcile_outcome SET seen_gone_at = NULL
                WHERE EXISTS (SELECT 1 FROM cluster_clustersettings WHERE enabled)
                """)
    }

    /// Earlier versions stopped looking for keys once they were seen gone, although an interface may not have answered.
    /// So all of them are looked for again.
    private static func upgradeToVersion5(in db: Database) throws {
        try db.execute(
            sql: """
                -- Whether runs still look for the keys: until they are seen gone while every interface answers.
                ALTER TABLE wg_reconcile_outcome ADD COLUMN still_sought INTEGER NOT NULL DEFAULT 1;
                DROP INDEX wg_reconcile_outcome_unseen;
                CREATE INDEX wg_reconcile_outcome_sought ON wg_reconcile_outcome (run_id) WHERE still_sought;
                UPDATE wg_reconcile_journal SET version = 5;
                """)
    }

    /// Earlier versions took peers whose keys were not recorded for seen gone as soon as any interface was in sight.
    private static func upgradeToVersion6(in db: Database) throws {
        try db.execute(
            sql: """
                UPDATE wg_reconcile_outcome SET seen_gone_at = NULL, still_sought = 1 WHERE \(lacksKeys);
                -- run, or remove for accounts that an operator named; see RunCommandName.
                ALTER TABLE wg_reconcile_run ADD COLUMN command TEXT NOT NULL DEFAULT 'run';
                -- Accounts that need attention: since which run, and when a run last found it.
                CREATE TABLE wg_reconcile_attention (
                    -- The mailbox, or the exact text of an entry that is no email.
                    account TEXT NOT NULL PRIMARY KEY,
                    first_seen TEXT NOT NULL,
                    last_seen TEXT NOT NULL
                ) WITHOUT ROWID;
                UPDATE wg_reconcile_journal SET version = 6;
                """)
    }

    private static func upgradeToVersion7(in db: Database) throws {
        try db.execute(
            sql: """
                -- When the account was restored; NULL where it was not.
                ALTER TABLE wg_reconcile_outcome ADD COLUMN restored_at TEXT;
                -- When the feed was made that restored it; NULL where somebody did by hand.
                ALTER TABLE wg_reconcile_outcome ADD COLUMN restored_by_feed TEXT;
                -- The run that restored it.
                ALTER TABLE wg_reconcile_outcome ADD COLUMN restored_by_run TEXT;
                CREATE INDEX wg_reconcile_outcome_restored ON wg_reconcile_outcome (mailbox, restored_at)
                    WHERE restored_at IS NOT NULL;
                -- The columns of the tables whose rows are archived, as JSON.
                CREATE TABLE wg_reconcile_archive_layout (
                    id INTEGER PRIMARY KEY,
                    tables TEXT NOT NULL UNIQUE
                );
                -- What a removal has deleted.
                CREATE TABLE wg_reconcile_archive (
                    run_id TEXT NOT NULL,
                    entry INTEGER NOT NULL,
                    attempt INTEGER NOT NULL,
                    mailbox TEXT NOT NULL,
                    -- As the feed gave it, in lower case.
                    status TEXT,
                    removed_at TEXT NOT NULL,
                    restorable_until TEXT NOT NULL,
                    -- When the last feed was made that said again that the account is ended.
                    stated_at TEXT,
                    -- When it was restored. The content is then what could not come back yet.
                    restored_at TEXT,
                    layout_id INTEGER NOT NULL REFERENCES wg_reconcile_archive_layout (id),
                    -- See ArchiveBytes; compressed with zlib.
                    content BLOB NOT NULL,
                    PRIMARY KEY (run_id, entry, attempt)
                );
                CREATE INDEX wg_reconcile_archive_mailbox ON wg_reconcile_archive (mailbox);
                CREATE INDEX wg_reconcile_archive_waiting ON wg_reconcile_archive (restored_at)
                    WHERE restored_at IS NOT NULL;
                CREATE INDEX wg_reconcile_archive_until ON wg_reconcile_archive (restorable_until);
                UPDATE wg_reconcile_journal SET version = 7;
                """)
    }
}

extension UTCTime {
    /// RFC 3339 with nine fractional digits, so that the texts sort in the order of the times.
    var sortable: String {
        let fraction = String(nanoseconds)
        return String(UTCTime(seconds: seconds).rfc3339.dropLast()) + "."
            + String(repeating: "0", count: 9 - fraction.utf8.count) + fraction + "Z"
    }
}
