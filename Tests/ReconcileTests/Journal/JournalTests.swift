import Foundation
import GRDB
import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import Report
@testable import Support
@testable import WireGuard

@Suite("The journal")
struct JournalTests {
    private static let emails = (1...5).map { "user\($0)@example.com" }

    private func withAccounts(_ body: (Bench) throws -> Void) throws {
        try withBench { bench in
            try bench.work { plane in for email in Self.emails { try plane.account(email) } }
            try body(bench)
        }
    }

    /// Runs the feed and is told to stop once `count` accounts are committed.
    private func run(_ bench: Bench, stoppingAfter count: Int, _ emails: [String] = emails) throws -> FinishedRun {
        let done = Shared(0)
        return try bench.run(
            emails,
            in: .still(
                isStopRequested: { done.value >= count },
                observe: { event in
                    if case .progress(let committed, _) = event { done.change { $0 = committed } }
                })
        ) { $0.pace = CommitPace(group: .accounts(1), pause: 0) }
    }

    @Test("holds the accounts that a run changed, and no others")
    func changedAccountsAlone() throws {
        try withAccounts { bench in
            try bench.work { plane in
                try plane.user("boss@example.com", isSuperuser: true)
                try plane.db.execute(
                    sql: """
                        CREATE TRIGGER no BEFORE DELETE ON auth_user WHEN OLD.email = 'user2@example.com'
                        BEGIN SELECT RAISE(ABORT, 'no'); END
                        """)
                try plane.instance("alone@Example.com")
            }
            let finished = try bench.run([
                "user1@example.com", "user2@example.com", "absent@example.com", "boss@example.com", "nobody",
                "user1@example.com", "USER3@example.com", "alone@example.com",
            ])
            #expect(
                finished.outcomes == [
                    .removed, .failed, .alreadyAbsent, .refused, .invalid, .duplicate, .refused, .partiallyRemoved,
                ])
            #expect(
                try bench.strings(
                    "SELECT entry || ' ' || line || ' ' || mailbox || ' ' || outcome FROM wg_reconcile_outcome ORDER BY entry"
                )
                    == ["1 2 user1@example.com removed", "8 9 alone@example.com partially_removed"])
            #expect(try bench.strings("SELECT id FROM wg_reconcile_run") == [finished.record.id])
            #expect(try bench.count("wg_reconcile_run", where: "completed_at IS NOT NULL") == 1)
        }
    }

    @Test("continues a run that was stopped, after any number of accounts", arguments: 0...5)
    func continued(count: Int) throws {
        try withAccounts { bench in
            let whole = Self.emails + ["absent@example.com", "nobody"]
            let first = try run(bench, stoppingAfter: count, whole)
            let left = Self.emails.count - count
            #expect(first.summary[.removed] == count)
            #expect(first.summary[.unprocessed] == left)
            #expect(first.exitStatus == .attentionNeeded)
            #expect(first.record.configs.regenerated)
            #expect(try bench.count("auth_user") == left)

            let second = try bench.run(whole)
            if count < 5 {
                #expect(second.record.id == first.record.id)
                #expect(second.record.startedAt == first.record.startedAt)
                #expect(second.record.continued)
                #expect(second.outcomes == Self.emails.map { _ in .removed } + [.alreadyAbsent, .invalid])
                #expect(
                    Array(second.results.prefix(count)).map(\.removal) == first.results.prefix(count).map(\.removal))
                #expect(try bench.count("wg_reconcile_run") == 1)
                // One report, `latest` and the index.
                #expect(try FileManager.default.contentsOfDirectory(atPath: bench.reports).count == 3)
            } else {
                #expect(second.record.id != first.record.id)
                #expect(second.summary[.alreadyAbsent] == 6)
            }
            #expect(try bench.count("wg_reconcile_outcome") == 5)
            #expect(try bench.count("auth_user") == 0)

            let third = try bench.run(whole)
            #expect(third.record.id != first.record.id)
            #expect(!third.record.continued)
            #expect(third.summary[.alreadyAbsent] == 6)
            #expect(third.results[0].earlierRemoval?.runID == first.record.id)
            #expect(third.results[5].earlierRemoval == nil)
        }
    }

    @Test("does not continue the run of another feed")
    func anotherFeed() throws {
        try withAccounts { bench in
            let first = try run(bench, stoppingAfter: 2)
            let second = try bench.run(Self.emails.reversed())
            #expect(second.record.id != first.record.id)
            #expect(second.outcomes == [.removed, .removed, .removed, .alreadyAbsent, .alreadyAbsent])
        }
    }

    @Test("has an account that came back removed anew, and keeps both removals")
    func cameBack() throws {
        try withAccounts { bench in
            let first = try run(bench, stoppingAfter: 2)
            let back = try bench.work { try $0.account("user1@EXAMPLE.com") }
            let second = try bench.run(Self.emails)
            #expect(second.record.id == first.record.id)
            #expect(second.outcomes == Self.emails.map { _ in .removed })
            #expect(second.items(1).first == "wireguard_instance \(back.instance.withHyphens)")
            #expect(second.exitStatus == .success)
            #expect(try bench.count("auth_user") == 0)

            let history = try AccountHistory(
                of: "user1@example.com", inDatabaseAt: bench.database, busyTimeout: 5, now: UTCTime(seconds: 0))
            #expect(history.removals.count == 2)
            #expect(Set(history.removals.flatMap(\.removal.interfaceNumbers)).count == 2)
            #expect(try bench.run(Self.emails).summary[.alreadyAbsent] == 5)
        }
    }

    @Test("does not speak for an account that came back and that the run did not come to again")
    func cameBackAndStopped() throws {
        try withAccounts { bench in
            _ = try run(bench, stoppingAfter: 2)
            try bench.work { try $0.account("user1@example.com") }
            let holder = Shared<DatabaseLock?>(nil)
            try bench.write(feed: Self.emails)
            let options = bench.options { $0.busyTimeout = 0.2 }
            // The lock is taken once the run is in the journal: the removal begins by asking whether it shall stop.
            let finished = try Reconciliation(
                options,
                .still(
                    isStopRequested: {
                        if holder.value == nil {
                            #expect(throws: Never.self) {
                                let lock = try bench.lock("BEGIN IMMEDIATE")
                                holder.change { $0 = lock }
                            }
                        }
                        return false
                    })
            ).run()
            try holder.value?.release()
            #expect(finished.outcomes == [.unprocessed, .removed, .unprocessed, .unprocessed, .unprocessed])
            #expect(try bench.count("auth_user") == 4)
        }
    }

    @Test("does not take over a result while the account is refused")
    func cameBackProtected() throws {
        try withAccounts { bench in
            _ = try run(bench, stoppingAfter: 2)
            try bench.work { _ = try $0.user("user1@example.com", isStaff: true) }
            #expect(try bench.run(Self.emails).outcomes == [.refused, .removed, .removed, .removed, .removed])
        }
    }

    @Test(
        "is dropped from when an entry is older than the days asked for, reckoned from the last run that is not of today"
    )
    func journalDays() throws {
        try withAccounts { bench in
            let start = UTCTime(seconds: 1_795_441_471)
            // What could come back stays in the journal for as long.
            func run(_ email: String, day: Int64, days: Int = 400, archive: Int = 0) throws -> FinishedRun {
                try bench.run([email], in: .still(at: start.adding(seconds: day * 86_400))) {
                    ($0.journalDays, $0.archive.days) = (days, archive)
                }
            }
            _ = try run("user1@example.com", day: 0)
            _ = try run("user2@example.com", day: 10)
            _ = try run("user3@example.com", day: 399)
            #expect(try bench.count("wg_reconcile_outcome") == 3)
            _ = try run("user4@example.com", day: 401)
            #expect(try bench.count("wg_reconcile_outcome") == 4)
            _ = try run("absent@example.com", day: 402)
            #expect(
                try bench.strings("SELECT mailbox FROM wg_reconcile_outcome ORDER BY removed_at")
                    == ["user2@example.com", "user3@example.com", "user4@example.com"])
            #expect(try bench.count("wg_reconcile_run") == 4)
            _ = try run("user5@example.com", day: 403, days: 1, archive: 30)
            #expect(try bench.count("wg_reconcile_outcome") == 2)
            let last = try run("user1@example.com", day: 404)
            #expect(last.outcomes == [.alreadyAbsent])
            #expect(last.results[0].earlierRemoval == nil)
            _ = try run("absent@example.com", day: 409, days: 1)
            _ = try run("absent@example.com", day: 410, days: 1)
            #expect(
                try bench.strings("SELECT mailbox FROM wg_reconcile_outcome WHERE outcome <> 'already_absent'")
                    == ["user5@example.com"])
            #expect(try bench.image().danglingRows == 0)
        }
    }

    @Test("tells an account's history by its mailbox, the oldest removal first")
    func history() throws {
        try withAccounts { bench in
            #expect(
                try AccountHistory(
                    of: "user1@example.com", inDatabaseAt: bench.database, busyTimeout: 5, now: UTCTime(seconds: 0)
                ).removals
                    .isEmpty)
            #expect(try bench.count("sqlite_master", where: "name LIKE 'wg_reconcile%'") == 0)
            let first = try bench.run(["user2@example.com", "user1@example.com"])
            try bench.work { _ = try $0.user("user1@example.com") }
            let second = try bench.run(["user1@example.com"])

            let history = try AccountHistory(
                of: "user1@EXAMPLE.com", inDatabaseAt: bench.database, busyTimeout: 5, now: UTCTime(seconds: 0))
            #expect(history.removals.map(\.runID) == [first.record.id, second.record.id])
            #expect(history.removals.map(\.outcome) == [.removed, .partiallyRemoved])
            #expect(history.removals[0].entry == 2)
            #expect(history.removals[0].line == 3)
            #expect(history.removals[0].feedDigest == first.record.feed.digest)
            #expect(history.removals[0].removal == first.results[1].removal)
            #expect(history.removals[1].errors == ["WireGuard instance not found: user1@example.com"])
            #expect(throws: NotAnEmail.self) {
                try AccountHistory(of: "user1", inDatabaseAt: bench.database, busyTimeout: 5, now: UTCTime(seconds: 0))
            }
        }
    }
}

@Suite("A plan")
struct PlanWithoutWritingTests {
    @Test("leaves database, configs, reports and what a killed run left exactly as they are", arguments: [0, 1])
    func writesNothing(earlierRuns: Int) throws {
        try withBench { bench in
            try bench.work { plane in for number in 1...4 { try plane.account("user\(number)@example.com") } }
            if earlierRuns > 0 { try bench.run(["user1@example.com"]) }
            try bench.put("stale", at: "wg2.conf", mode: 0o644)
            try bench.put("left", at: ".wg-reconcile-wg2.conf.0123abcd")
            try bench.write(feed: ["user1@example.com", "user2@example.com", "absent@example.com"])
            let before = try bench.files()
            let planned = try Reconciliation(bench.options(), .still()).plan()
            #expect(planned.plan.targets.count == (earlierRuns > 0 ? 1 : 2))
            #expect(try bench.files() == before)
            let attributes = try FileManager.default.attributesOfItem(atPath: bench.wireguard + "/wg2.conf")
            #expect(attributes[.posixPermissions] as? Int == 0o644)
        }
    }

    @Test("says when an account that is absent was removed")
    func earlierRemoval() throws {
        try withBench { bench in
            try bench.work { try $0.account("ann@example.com") }
            let run = try bench.run(["ann@example.com"])
            let planned = try bench.plan(["ann@Example.com", "bob@example.com"])
            guard case .absent(let earlier, _) = planned.plan.decisions[0],
                case .absent(nil, _) = planned.plan.decisions[1]
            else {
                Issue.record("both are absent")
                return
            }
            #expect(earlier?.runID == run.record.id)
            #expect(planned.exitStatus == .success)
        }
    }
}
