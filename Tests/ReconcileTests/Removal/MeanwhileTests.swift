import Foundation
import GRDB
import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import Report
@testable import Support

/// The application goes on writing while a run is under way. Here it writes between two commits, or between plan and
/// removal, from a connection of its own.
@Suite("What changes while a run goes on is caught")
struct MeanwhileTests {
    enum Moment: String, CaseIterable, Sendable { case afterThePlan, betweenTwoCommits }

    private func run(
        _ bench: Bench, _ emails: [String], _ moment: Moment,
        _ change: @escaping @Sendable (SmallControlPlane) throws -> Void
    ) throws -> FinishedRun {
        let isDone = Shared(false)
        let once: @Sendable () -> Void = {
            guard
                !isDone.change({ done in
                    defer { done = true }
                    return done
                })
            else { return }
            #expect(throws: Never.self) { try bench.work(change) }
        }
        let finished = try bench.run(
            emails,
            in: .still(
                pause: { _ in if moment == .betweenTwoCommits { once() } },
                observe: { event in
                    if moment == .afterThePlan, case .finished(.plan, _) = event { once() }
                })
        ) { $0.pace = CommitPace(group: .accounts(1), pause: 0) }
        #expect(isDone.value)
        return finished
    }

    /// Ann goes first and Bob second; what changes meanwhile is Bob's.
    private func withAnnAndBob(_ body: (Bench, _ bob: SmallControlPlane.Account) throws -> Void) throws {
        try withBench { bench in
            let bob = try bench.work { plane in
                try plane.account("ann@example.com")
                return try plane.account("bob@example.com")
            }
            try body(bench, bob)
        }
    }

    private static let emails = ["ann@example.com", "bob@example.com"]

    @Test("a login goes as well", arguments: Moment.allCases)
    func login(moment: Moment) throws {
        try withAnnAndBob { bench, bob in
            let finished = try run(bench, Self.emails, moment) { plane in try plane.session(of: bob.user) }
            #expect(finished.outcomes == [.removed, .removed])
            #expect(finished.results[1].removal?.rows["django_session"] == 2)
            #expect(try bench.count("django_session") == 0)
        }
    }

    @Test("a session that was written again for the user goes as well", arguments: Moment.allCases)
    func sessionChangesHands(moment: Moment) throws {
        try withAnnAndBob { bench, bob in
            let key = try bench.work { try $0.session(of: 77) }
            let finished = try run(bench, Self.emails, moment) { plane in
                try plane.db.execute(
                    sql: """
                        UPDATE django_session SET session_data =
                            (SELECT session_data FROM django_session WHERE session_key = '\(bob.session)')
                        WHERE session_key = '\(key)'
                        """)
            }
            #expect(finished.outcomes == [.removed, .removed])
            #expect(try bench.count("django_session") == 0)
        }
    }

    @Test("a session that is no longer the user's stays", arguments: Moment.allCases)
    func sessionIsSomebodyElses(moment: Moment) throws {
        try withAnnAndBob { bench, bob in
            let finished = try run(bench, Self.emails, moment) { plane in
                let other = try plane.session(of: 77)
                try plane.db.execute(
                    sql: """
                        UPDATE django_session SET session_data =
                            (SELECT session_data FROM django_session WHERE session_key = '\(other)')
                        WHERE session_key = '\(bob.session)'
                        """)
            }
            #expect(finished.outcomes == [.removed, .removed])
            #expect(try bench.count("django_session") == 2)
        }
    }

    @Test("a new peer, instance, group and user of the name go as well", arguments: Moment.allCases)
    func grows(moment: Moment) throws {
        try withAnnAndBob { bench, bob in
            let finished = try run(bench, Self.emails, moment) { plane in
                try plane.peer(of: bob.instance)
                try plane.peer(of: plane.instance("bob@Example.com"))
                try plane.group("bob@EXAMPLE.com_group")
                try plane.session(of: plane.user("bob@example.com"))
            }
            #expect(finished.outcomes == [.removed, .removed])
            #expect(finished.results[1].removal?.items.compactMap(\.peersRemoved) == [2, 1])
            for table in [
                "wireguard_wireguardinstance", "wireguard_peer", "wireguard_peergroup", "auth_user", "django_session",
            ] {
                #expect(try bench.count(table) == 0, "\(table)")
            }
        }
    }

    @Test("what somebody else has removed is not found, and not claimed", arguments: Moment.allCases)
    func removedByAnother(moment: Moment) throws {
        try withAnnAndBob { bench, bob in
            let finished = try run(bench, Self.emails, moment) { plane in
                for (table, column, key) in [
                    ("wireguard_peerstatus", "peer_id", bob.peers[0]),
                    ("wireguard_peerallowedip", "peer_id", bob.peers[0]),
                    ("wireguard_peergroup_peer", "peer_id", bob.peers[0]), ("wireguard_peer", "uuid", bob.peers[0]),
                    ("wireguard_peergroup_server_instance", "wireguardinstance_id", bob.instance),
                    ("wireguard_wireguardinstance", "uuid", bob.instance),
                ] {
                    try plane.db.execute(sql: "DELETE FROM \(table) WHERE \(column) = ?", arguments: [key])
                }
            }
            #expect(finished.outcomes == [.removed, .partiallyRemoved])
            #expect(finished.results[1].errors == ["WireGuard instance not found: bob@example.com"])
            #expect(!finished.items(2).contains { $0.hasPrefix("wireguard_instance") })
        }
    }

    @Test("an account that was renamed is absent, and what it is now called stays", arguments: Moment.allCases)
    func renamed(moment: Moment) throws {
        try withAnnAndBob { bench, _ in
            let finished = try run(bench, Self.emails, moment) { plane in
                try plane.db.execute(
                    sql: """
                        UPDATE wireguard_wireguardinstance SET name = 'rob@example.com' WHERE name = 'bob@example.com';
                        UPDATE auth_user SET email = 'rob@example.com' WHERE email = 'bob@example.com';
                        UPDATE wireguard_peergroup SET name = 'rob@example.com_group' WHERE name LIKE 'bob%';
                        """)
            }
            #expect(finished.outcomes == [.removed, .alreadyAbsent])
            #expect(finished.results[1].errors.count == 2)
            #expect(finished.results[1].removal == RemovalRecord())
            #expect(try bench.strings("SELECT email FROM auth_user") == ["rob@example.com"])
            #expect(try bench.strings("SELECT mailbox FROM wg_reconcile_outcome") == ["ann@example.com"])
        }
    }

    @Test(
        "a promotion keeps the account", arguments: Moment.allCases,
        ["UPDATE auth_user SET is_staff = 1", "UPDATE user_manager_useracl SET user_level = 99"])
    func promoted(moment: Moment, sql: String) throws {
        try withAnnAndBob { bench, bob in
            let condition = sql.contains("auth_user") ? "id = \(bob.user)" : "user_id = \(bob.user)"
            let finished = try run(bench, Self.emails, moment) { plane in
                try plane.db.execute(sql: "\(sql) WHERE \(condition)")
            }
            #expect(finished.outcomes == [.removed, .refused])
            #expect(try bench.count("wireguard_peer") == 1)
            #expect(try bench.count("django_session") == 1)
        }
    }

    @Test("a new peer in a rule keeps the rule", arguments: Moment.allCases)
    func ruleGains(moment: Moment) throws {
        try withAnnAndBob { bench, bob in
            let rule = try bench.work { try $0.rule(sources: bob.peers) }
            let finished = try run(bench, Self.emails, moment) { plane in
                let eve = try plane.account("eve@example.com")
                try plane.insert(
                    "firewall_firewallrule_source_peer", ["firewallrule_id": rule, "peer_id": eve.peers[0]])
            }
            #expect(finished.outcomes == [.removed, .removed])
            #expect(try bench.strings("SELECT uuid FROM firewall_firewallrule") == [rule])
        }
    }

    @Test("a login that is committed while the run waits for the lock goes as well")
    func loginWhileWaiting() throws {
        try withAnnAndBob { bench, bob in
            let key = try bench.work { try $0.session(of: 77) }
            let finished = try bench.run(
                Self.emails,
                in: .still(pause: { _ in
                    #expect(throws: Never.self) {
                        let lock = try bench.lock(
                            """
                            BEGIN IMMEDIATE;
                            UPDATE django_session SET session_data =
                                (SELECT session_data FROM django_session WHERE session_key = '\(bob.session)')
                            WHERE session_key = '\(key)'
                            """)
                        Thread.detachNewThread {
                            Thread.sleep(forTimeInterval: 0.4)
                            // Where this fails, the run ends in `busy` and the test with it.
                            try? lock.commit()
                        }
                    }
                })
            ) { $0.pace = CommitPace(group: .accounts(1), pause: 0) }
            #expect(finished.outcomes == [.removed, .removed])
            #expect(finished.results[1].removal?.rows["django_session"] == 2)
            #expect(try bench.count("django_session") == 0)
        }
    }

    @Test("a stop is heeded also where the accounts of a commit are tried again")
    func stoppedWhileRetrying() throws {
        try withBench { bench in
            let emails = (1...5).map { "user\($0)@example.com" }
            try bench.work { plane in
                for email in emails { try plane.account(email) }
                try plane.db.execute(
                    sql: """
                        CREATE TRIGGER no BEFORE DELETE ON auth_user WHEN OLD.email = 'user4@example.com'
                        BEGIN SELECT RAISE(ROLLBACK, 'no'); END
                        """)
            }
            // After the first pause, the three before the failing account are removed again.
            let pauses = Shared(0)
            let finished = try bench.run(
                emails,
                in: .still(pause: { _ in pauses.change { $0 += 1 } }, isStopRequested: { pauses.value >= 2 }))
            #expect(finished.outcomes == [.removed, .removed, .removed, .unprocessed, .unprocessed])
            #expect(try bench.count("auth_user") == 2)
            #expect(try bench.count("wg_reconcile_outcome") == 3)
        }
    }

    @Test(
        "a database that stays locked stops the run; what was committed is reported, and continued",
        arguments: [
            "BEGIN EXCLUSIVE", "BEGIN IMMEDIATE",
            // A reader that does not end lets the run begin a transaction, and not commit it.
            "BEGIN; SELECT count(*) FROM auth_user",
        ])
    func locked(lock: String) throws {
        try withAnnAndBob { bench, _ in
            let holder = Shared<DatabaseLock?>(nil)
            let finished = try bench.run(
                Self.emails,
                in: .still(pause: { _ in
                    #expect(throws: Never.self) {
                        let held = try bench.lock(lock)
                        holder.change { $0 = held }
                    }
                })
            ) {
                $0.pace = CommitPace(group: .accounts(1), pause: 0)
                $0.busyTimeout = 0.2
            }
            #expect(finished.outcomes == [.removed, .unprocessed])
            #expect(finished.exitStatus == .busy)
            #expect(finished.record.stop?.reason.contains("locked") == true)
            try holder.value?.release()

            let next = try bench.run(Self.emails)
            #expect(next.outcomes == [.removed, .removed])
            #expect(next.record.id == finished.record.id)
            #expect(next.exitStatus == .success)
        }
    }
}
