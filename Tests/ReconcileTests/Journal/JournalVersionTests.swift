import Foundation
import GRDB
import TestSupport
import Testing

@testable import ControlPlane
@testable import Journal
@testable import Removal
@testable import Report
@testable import Support

@Suite("The version of the journal")
struct JournalVersionTests {
    /// The tables of version 1 as that program made them, with two runs of one feed and one of another.
    private static let version1 = """
        CREATE TABLE wg_reconcile_run (
            id TEXT NOT NULL PRIMARY KEY, feed_sha256 TEXT NOT NULL, feed_path TEXT NOT NULL, host TEXT NOT NULL,
            program_version TEXT NOT NULL, started_at TEXT NOT NULL, completed_at TEXT, plan_digest TEXT NOT NULL,
            approval TEXT
        );
        CREATE TABLE wg_reconcile_approval (
            run_id TEXT NOT NULL REFERENCES wg_reconcile_run (id), item TEXT NOT NULL, PRIMARY KEY (run_id, item)
        ) WITHOUT ROWID;
        CREATE TABLE wg_reconcile_outcome (
            run_id TEXT NOT NULL REFERENCES wg_reconcile_run (id), entry INTEGER NOT NULL, attempt INTEGER NOT NULL,
            line INTEGER, account_id TEXT, email TEXT NOT NULL, mailbox TEXT NOT NULL, outcome TEXT NOT NULL,
            errors TEXT NOT NULL, removal TEXT NOT NULL, removed_at TEXT NOT NULL, PRIMARY KEY (run_id, entry, attempt)
        );
        CREATE INDEX wg_reconcile_outcome_mailbox ON wg_reconcile_outcome (mailbox);
        INSERT INTO wg_reconcile_run VALUES
            ('20261101T000000Z-00000001', 'aa', '/f/a.csv', 'h', '1.0', '2026-11-01T00:00:00Z', '2026-11-01T00:01:00Z', 'd', NULL),
            ('20261105T000000Z-00000002', 'aa', '/f/a.csv', 'h', '1.0', '2026-11-05T00:00:00Z', NULL, 'd', NULL),
            ('20261106T000000Z-00000003', 'bb', '/f/b.csv', 'h', '1.0', '2026-11-06T00:00:00Z', NULL, 'd', 'p');
        INSERT INTO wg_reconcile_approval VALUES ('20261106T000000Z-00000003', 'item');
        INSERT INTO wg_reconcile_outcome VALUES
            ('20261105T000000Z-00000002', 1, 1, 2, '7', 'Ann@example.com', 'Ann@example.com', 'removed', '[]',
            '{"affectedInterfaceNumbers":[],"interfaceNumbers":[3],"items":[],"rows":{}}', '2026-11-05T00:00:30Z');
        """

    private func withVersion1(_ body: (Bench) throws -> Void) throws {
        try withBench { bench in
            try bench.work { try $0.account("bob@example.com") }
            try bench.execute(Self.version1)
            try body(bench)
        }
    }

    @Test("1 is brought to 7 by the first run, and nothing is lost")
    func upgrade() throws {
        try withVersion1 { bench in
            try bench.work { plane in
                #expect(try Journal.version(in: plane.db) == 1)
                try Journal.prepare(in: plane.db)
                #expect(try Journal.version(in: plane.db) == 7)
                // A second time it does nothing.
                try Journal.prepare(in: plane.db)
            }
            #expect(
                try bench.strings("SELECT id || ' ' || passed_guards FROM wg_reconcile_run ORDER BY id") == [
                    "20261101T000000Z-00000001 0", "20261105T000000Z-00000002 1", "20261106T000000Z-00000003 0",
                ])
            #expect(try bench.count("wg_reconcile_run", where: "user_id IS NULL AND sudo_user IS NULL") == 3)
            #expect(try bench.count("wg_reconcile_approval") == 1)
            #expect(
                try bench.strings("SELECT sha256 || ' ' || first_processed_at FROM wg_reconcile_feed ORDER BY 1") == [
                    "aa 2026-11-01T00:00:00.000000000Z", "bb 2026-11-06T00:00:00.000000000Z",
                ])
            #expect(try bench.count("wg_reconcile_statement") == 0 && bench.count("wg_reconcile_deferred") == 0)
            let history = try AccountHistory(
                of: "Ann@Example.com", inDatabaseAt: bench.database, busyTimeout: 5, now: UTCTime(seconds: 0))
            #expect(history.removals.map(\.removal.interfaceNumbers) == [[3]])
        }
    }

    @Test("1 is read as it is by what must not write")
    func readsVersion1() throws {
        try withVersion1 { bench in
            let before = try bench.image()
            let planned = try bench.plan(["Ann@example.com", "bob@example.com"])
            guard case .absent(let earlier?, _) = planned.plan.decisions[0] else {
                Issue.record("the journal knows of the removal")
                return
            }
            #expect(earlier.runID == "20261105T000000Z-00000002")
            try bench.work { plane in
                let processed = try ["aa", "cc"].map { try Journal.firstProcessed($0, in: plane.db)?.rfc3339 }
                #expect(processed == ["2026-11-01T00:00:00Z", nil])
                let passed = try ["aa", "bb"].map { try Journal.incompleteRun(ofFeed: $0, in: plane.db)?.passedGuards }
                #expect(passed == [true, false])
                #expect(try Journal.deferred(in: plane.db).isEmpty)
            }
            #expect(try bench.image().changes(since: before) == [])
        }
    }

    @Test("1 is brought up to date by a run, which notes who ran it")
    func run() throws {
        try withVersion1 { bench in
            var surroundings = Surroundings.still()
            surroundings.runBy = Operator(userID: 1234, sudoUser: "olga")
            let finished = try bench.run(["bob@example.com"], in: surroundings)
            #expect(finished.outcomes == [.removed])
            #expect(try bench.strings("SELECT version FROM wg_reconcile_journal") == ["7"])
            #expect(
                try bench.strings("SELECT user_id || sudo_user FROM wg_reconcile_run WHERE user_id IS NOT NULL") == [
                    "1234olga"
                ])
        }
    }

    @Test("2 is brought to 7, and of what it had removed nobody knows whether it was seen gone")
    func upgradeOfVersion2() throws {
        try withBench { bench in
            try bench.work { try $0.account("ann@example.com") }
            try bench.run(["ann@example.com"])
            try bench.makeJournalOfVersion4()
            try bench.execute("DROP INDEX wg_reconcile_outcome_unseen")
            try bench.execute("ALTER TABLE wg_reconcile_outcome DROP COLUMN seen_gone_at")
            try bench.execute("ALTER TABLE wg_reconcile_outcome DROP COLUMN seen_up")
            try bench.execute("DROP TABLE wg_reconcile_cluster")
            try bench.execute("DROP TABLE wg_reconcile_worker")
            try bench.execute("UPDATE wg_reconcile_journal SET version = 2")

            let before = try bench.image()
            let planned = try bench.plan(["ann@example.com"])
            guard case .absent(let earlier?, _) = planned.plan.decisions[0] else {
                Issue.record("the journal knows of the removal")
                return
            }
            #expect(!earlier.wasSeenGone && earlier.peerKeys?.count == 1)
            #expect(try bench.image().changes(since: before) == [])

            try bench.run(["bob@example.com"])
            #expect(try bench.strings("SELECT version FROM wg_reconcile_journal") == ["7"])
            #expect(try bench.count("wg_reconcile_outcome", where: "seen_gone_at IS NULL") == 1)
            // Nor has any worker of a cluster heard of it.
            #expect(try bench.count("wg_reconcile_cluster", where: "export_changed") == 1)
        }
    }

    @Test("4 is brought to 7, and what was seen gone is looked for once more")
    func upgradeOfVersion4() throws {
        try withBench { bench in
            try bench.work { try $0.account("ann@example.com") }
            try bench.run(["ann@example.com"])
            try bench.execute("UPDATE wg_reconcile_outcome SET seen_gone_at = '2026-11-24T00:00:00.000000000Z'")
            try bench.makeJournalOfVersion4()
            try bench.run(["bob@example.com"])
            #expect(try bench.strings("SELECT version FROM wg_reconcile_journal") == ["7"])
            #expect(try bench.count("wg_reconcile_outcome", where: "still_sought AND seen_gone_at IS NOT NULL") == 1)
        }
    }

    @Test("5 is brought to 7, and peers whose keys were not recorded have yet to be seen gone")
    func upgradeOfVersion5() throws {
        try withVersion1 { bench in
            try bench.run(["bob@example.com"])
            try bench.execute(
                "UPDATE wg_reconcile_outcome SET seen_gone_at = '2026-11-24T00:00:00.000000000Z', still_sought = 0")
            try bench.execute(journalBefore7)
            try bench.execute("DROP TABLE wg_reconcile_attention")
            try bench.execute("ALTER TABLE wg_reconcile_run DROP COLUMN command")
            try bench.execute("UPDATE wg_reconcile_journal SET version = 5")
            try bench.run(["nobody@example.com"])
            let open = "SELECT mailbox FROM wg_reconcile_outcome WHERE seen_gone_at IS NULL AND still_sought"
            #expect(try bench.strings("\(open) AND mailbox <> 'nobody@example.com'") == ["Ann@example.com"])
        }
    }

    @Test("later than this program's is refused, and nothing is touched")
    func later() throws {
        try withBench { bench in
            try bench.work { try $0.account("ann@example.com") }
            try bench.run(["bob@example.com"])
            try bench.execute("UPDATE wg_reconcile_journal SET version = 8")
            let before = try bench.image()
            let error = #expect(throws: DatabaseFailure.self) { try bench.run(["ann@example.com"]) }
            #expect(error?.exitStatus == .databaseUnusable)
            #expect(throws: DatabaseFailure.self) { try bench.plan(["ann@example.com"]) }
            #expect(try bench.image().changes(since: before) == [])
        }
    }

    @Test("says for new tables how old they are")
    func new() throws {
        try withBench { bench in
            try bench.work { try $0.account("ann@example.com") }
            let before = try bench.work { try Journal.version(in: $0.db) }
            #expect(before == nil)
            try bench.run(["ann@example.com"])
            let after = try bench.work { try Journal.version(in: $0.db) }
            #expect(after == 7)
        }
    }
}

extension Bench {
    /// Leaves of the journal what the program before version 5 would have written.
    fileprivate func makeJournalOfVersion4() throws {
        try execute(journalBefore7)
        try execute("DROP TABLE wg_reconcile_attention")
        try execute("ALTER TABLE wg_reconcile_run DROP COLUMN command")
        try execute("DROP INDEX wg_reconcile_outcome_sought")
        try execute("ALTER TABLE wg_reconcile_outcome DROP COLUMN still_sought")
        try execute(
            "CREATE INDEX wg_reconcile_outcome_unseen ON wg_reconcile_outcome (run_id) WHERE seen_gone_at IS NULL")
        try execute("UPDATE wg_reconcile_journal SET version = 4")
    }
}
