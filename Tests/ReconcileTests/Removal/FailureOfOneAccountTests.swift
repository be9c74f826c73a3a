import GRDB
import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import Support

@Suite("An account that the database says no to")
struct FailureOfOneAccountTests {
    private static let emails = (1...5).map { "user\($0)@example.com" }

    struct Fault: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var sql: String
    }

    private static let raised = ["ABORT", "FAIL", "ROLLBACK"].flatMap { kind in
        [
            Fault(
                testDescription: "\(kind) at a peer",
                sql: """
                    CREATE TRIGGER no BEFORE DELETE ON wireguard_peer WHEN OLD.public_key = 'KEEP'
                    BEGIN SELECT RAISE(\(kind), 'not this one'); END
                    """),
            Fault(
                testDescription: "\(kind) at the user",
                sql: """
                    CREATE TRIGGER no BEFORE DELETE ON auth_user WHEN OLD.email = 'user3@example.com'
                    BEGIN SELECT RAISE(\(kind), 'not this one'); END
                    """),
            Fault(
                testDescription: "\(kind) at its journal entry",
                sql: "JOURNAL \(kind)"),
        ]
    }

    private static let silent = [
        ("an instance", "wireguard_wireguardinstance", "OLD.name = 'user3@example.com'"),
        ("a peer", "wireguard_peer", "OLD.public_key = 'KEEP'"),
        ("a status", "wireguard_peerstatus", "OLD.transfer_rx = 3"),
        ("a group", "wireguard_peergroup", "OLD.name = 'user3@example.com_group'"),
        ("a user", "auth_user", "OLD.email = 'user3@example.com'"),
        ("an ACL", "user_manager_useracl", "OLD.user_level = 33"),
        ("a session", "django_session", "OLD.session_data LIKE '%:keep:%'"),
        ("a firewall rule", "firewall_firewallrule", "1"),
    ].map { name, table, condition in
        Fault(
            testDescription: "a delete of \(name) that silently does not happen",
            sql: "CREATE TRIGGER no BEFORE DELETE ON \(table) WHEN \(condition) BEGIN SELECT RAISE(IGNORE); END")
    }

    private static let others = [
        Fault(
            testDescription: "a user who is put back",
            sql: """
                CREATE TRIGGER no AFTER DELETE ON auth_user WHEN OLD.email = 'user3@example.com' BEGIN
                    INSERT INTO auth_user (id, password, is_superuser, username, last_name, email, is_staff, is_active,
                        date_joined, first_name)
                    VALUES (OLD.id, '!', 0, 'back', '', OLD.email, 0, 1, '', '');
                END
                """),
        Fault(
            testDescription: "a trigger that leaves a reference dangling",
            sql: """
                CREATE TRIGGER no AFTER DELETE ON auth_user WHEN OLD.email = 'user3@example.com'
                BEGIN INSERT INTO auth_user_groups (user_id, group_id) VALUES (OLD.id, 1); END
                """),
        Fault(
            testDescription: "a trigger that is broken",
            sql: """
                CREATE TRIGGER no BEFORE DELETE ON auth_user WHEN OLD.email = 'user3@example.com'
                BEGIN SELECT json_extract('{', '$'); END
                """),
        Fault(
            testDescription: "a journal entry that silently is not written",
            sql: "JOURNAL IGNORE"),
    ]

    private func fill(_ bench: Bench, _ fault: Fault) throws {
        try bench.work { plane in
            let accounts = try Self.emails.map { try plane.account($0, peers: 2) }
            let third = accounts[2]
            try plane.rule(sources: third.peers)
            try plane.db.execute(
                sql: """
                    UPDATE wireguard_peer SET public_key = 'KEEP' WHERE uuid = '\(third.peers[1])';
                    UPDATE wireguard_peerstatus SET transfer_rx = 3 WHERE peer_id = '\(third.peers[1])';
                    UPDATE user_manager_useracl SET user_level = 33 WHERE uuid = '\(third.acl)';
                    UPDATE django_session SET session_data = replace(session_data, ':0:', ':keep:')
                        WHERE session_key = '\(third.session)';
                    """)
        }
        #expect(try bench.count("django_session", where: "session_data LIKE '%:keep:%'") == 1)
        guard let kind = fault.sql.components(after: "JOURNAL ") else { return try bench.execute(fault.sql) }
        // A run of an empty feed makes the journal's tables.
        try bench.run([])
        try bench.execute(
            """
            CREATE TRIGGER no BEFORE INSERT ON wg_reconcile_outcome WHEN NEW.mailbox = 'user3@example.com'
            BEGIN SELECT RAISE(\(kind == "IGNORE" ? kind : kind + ", 'not this one'")); END
            """)
    }

    @Test(
        "fails whole, and the others of the same commit go", arguments: raised + silent + others, [1, 2, 50])
    func failsWhole(_ fault: Fault, accountsInACommit: Int) throws {
        try withBench { bench in
            try fill(bench, fault)
            let before = try bench.image()
            let finished = try bench.run(Self.emails) {
                $0.pace = CommitPace(group: .accounts(accountsInACommit), pause: 0)
            }

            #expect(finished.outcomes == [.removed, .removed, .failed, .removed, .removed])
            #expect(finished.failure == nil)
            #expect(finished.exitStatus == .attentionNeeded)
            let failed = finished.results[2]
            #expect(failed.errors.count == 1)
            #expect(failed.errors.first?.hasSuffix("rolled back") == true)
            #expect(failed.removal == nil)
            let response = try #require(try bench.responses()[2])
            #expect(response["status"] as? String == "error")

            // Whatever was the third account's stands as it stood: the rows of a single account are left, all of them.
            let after = try bench.image()
            #expect(try bench.strings("SELECT email FROM auth_user") == ["user3@example.com"])
            let perAccount = [
                "wireguard_wireguardinstance": 1, "wireguard_peer": 2, "wireguard_peerstatus": 2,
                "wireguard_peerallowedip": 2, "wireguard_peergroup": 1, "wireguard_peergroup_peer": 2,
                "wireguard_peergroup_server_instance": 1, "user_manager_useracl": 1,
                "user_manager_useracl_peer_groups": 1, "user_manager_authenticationtoken": 1, "django_session": 1,
                "firewall_firewallrule": 1, "firewall_firewallrule_source_peer": 2,
            ]
            for (table, count) in perAccount { #expect(after.rows[table]?.count == count, "\(table)") }
            #expect(after.withoutJournal.changes(since: before.withoutJournal).allSatisfy { $0.hasPrefix("- ") })
            #expect(after.danglingRows == 0)
            #expect(
                try bench.strings("SELECT mailbox FROM wg_reconcile_outcome ORDER BY entry")
                    == Self.emails.filter { $0 != "user3@example.com" })
        }
    }

    @Test("is tried again by the next run of the feed")
    func triedAgain() throws {
        try withBench { bench in
            try fill(bench, Self.raised[0])
            #expect(try bench.run(Self.emails).outcomes[2] == .failed)
            try bench.execute("DROP TRIGGER no")
            let second = try bench.run(Self.emails)
            #expect(second.outcomes == [.alreadyAbsent, .alreadyAbsent, .removed, .alreadyAbsent, .alreadyAbsent])
            #expect(try bench.count("auth_user") == 0)
        }
    }
}

extension String {
    fileprivate func components(after marker: String) -> String? {
        guard let range = firstRange(of: marker) else { return nil }
        return String(self[range.upperBound...])
    }
}
