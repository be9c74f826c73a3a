import Foundation
import GRDB
import TestSupport
import Testing

@testable import ControlPlane
@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import Support

@Suite("Accounts that are removed together go as if one after the other")
struct TogetherTests {
    private static let emails = (1...20).map { "user\($0)@example.com" }

    /// What each of the accounts lost.
    private func records(of bench: Bench, _ emails: [String], accountsInACommit: Int) throws -> [RemovalRecord?] {
        try bench.run(emails, in: .still(at: UTCTime(seconds: 1_795_478_400))) {
            $0.pace = CommitPace(group: .accounts(accountsInACommit), pause: 0)
        }.results.map(\.removal)
    }

    @Test("in the recorded databases of both editions", arguments: ["2025", "2026"])
    func recordedCases(edition: String) throws {
        let folder = Fixtures.path("reference/" + edition)
        let emails = try JSONDecoder().decode(
            [String].self, from: Data(contentsOf: URL(fileURLWithPath: folder + "/identifiers.json")))
        var seen: [[RemovalRecord?]] = []
        var images: [DatabaseImage] = []
        for accountsInACommit in [1, 2, 5_000] {
            try withBench { bench in
                try FileManager.default.copyItem(atPath: folder + "/before.sqlite3", toPath: bench.database)
                seen.append(try records(of: bench, emails, accountsInACommit: accountsInACommit))
                images.append(try bench.image().withoutJournal)
            }
        }
        #expect(seen[0].contains { $0?.rows["wireguard_peer"] ?? 0 > 1 })
        for other in 1..<seen.count {
            #expect(seen[other] == seen[0])
            #expect(images[other].changes(since: images[0]) == [])
        }
    }

    /// One's peer in another's group, rule and redirect: what crosses accounts is put down to the one that comes first.
    @Test("where their rows cross")
    func crossing() throws {
        var seen: [[RemovalRecord?]] = []
        for accountsInACommit in [1, 2, 3, 50] {
            try withBench { bench in
                let accounts = try bench.work { plane in
                    let accounts = try Self.emails.prefix(6).map { try plane.account($0, peers: 2) }
                    for (account, next) in zip(accounts, accounts.dropFirst() + accounts.prefix(1)) {
                        try plane.insert(
                            "wireguard_peergroup_peer", ["peergroup_id": next.group, "peer_id": account.peers[0]])
                        try plane.insert(
                            "wireguard_peergroup_server_instance",
                            ["peergroup_id": account.group, "wireguardinstance_id": next.instance])
                        try plane.insert(
                            "user_manager_useracl_peer_groups", ["useracl_id": account.acl, "peergroup_id": next.group])
                        try plane.rule(sources: [account.peers[0], next.peers[1]])
                        try plane.insert(
                            "firewall_redirectrule",
                            [
                                "protocol": "udp", "port": 1_000 + next.user, "add_forward_rule": 0,
                                "uuid": UUID().uuidString.filter { $0 != "-" }.lowercased(),
                                "peer_id": account.peers[1], "wireguard_instance_id": next.instance,
                                "masquerade_source": 0,
                            ])
                    }
                    return accounts
                }
                let found = try records(of: bench, accounts.map(\.email), accountsInACommit: accountsInACommit)
                for table in ["firewall_firewallrule", "firewall_redirectrule", "wireguard_peergroup_peer"] {
                    #expect(try bench.count(table) == 0)
                }
                // Rules and keys are new each time; who lost how many is the same.
                seen.append(
                    found.map { record in
                        var record = record ?? RemovalRecord()
                        record.items = record.items.map { RemovedItem($0.type, "", peersRemoved: $0.peersRemoved) }
                        record.keptRestricted = record.keptRestricted.map { KeptRestriction($0.type, "", $0.what) }
                        return record
                    })
            }
        }
        #expect(seen[0].map { $0?.rows["firewall_redirectrule"] } == [2, 1, 1, 1, 1, nil])
        #expect(seen[0].map { $0?.affectedInterfaceNumbers } == [[2], [3], [4], [5], [6], []])
        for other in seen.dropFirst() { #expect(other == seen[0]) }
    }

    /// Without a trigger, which would make the run careful from the start.
    @Test(
        "but for one that the database says no to", arguments: [1, 7, 20],
        [CommitPace.Group.accounts(50), .holdingLock(400, whenQuiet: 400)])
    func oneFails(number: Int, group: CommitPace.Group) throws {
        try withBench { bench in
            try bench.work { plane in for email in Self.emails { try plane.account(email) } }
            try bench.run([])
            try bench.execute(
                """
                INSERT INTO wg_reconcile_outcome
                    (run_id, entry, attempt, email, mailbox, outcome, errors, removal, removed_at)
                SELECT id, 0, 1, 'x', 'user\(number)@example.com', 'removed', '[]', '{}', '2026-11-01T00:00:00Z'
                FROM wg_reconcile_run;
                CREATE UNIQUE INDEX once ON wg_reconcile_outcome (mailbox);
                """)
            let commits = Shared(0)
            let finished = try bench.run(
                Self.emails,
                in: .still(observe: { event in
                    if case .checkpoint(.committed) = event { commits.change { $0 += 1 } }
                })
            ) { $0.pace = CommitPace(group: group, pause: 0) }
            let expected = (1...20).map { $0 == number ? Outcome.failed : .removed }
            #expect(finished.outcomes == expected)
            #expect(finished.results[number - 1].errors.first?.contains("UNIQUE") == true)
            #expect(finished.failure == nil)
            #expect(try bench.strings("SELECT email FROM auth_user") == ["user\(number)@example.com"])
            #expect(try bench.count("wireguard_peer") == 1)
            // The others do not get a commit each for it.
            #expect(commits.value <= 2)
        }
    }

    @Test("and one that comes later is looked at when its turn comes, whatever others changed before")
    func changedLongBefore() throws {
        try withBench { bench in
            let accounts = try bench.work { plane in try Self.emails.prefix(5).map { try plane.account($0) } }
            let pauses = Shared(0)
            let finished = try bench.run(
                accounts.map(\.email),
                in: .still(pause: { _ in
                    // After the first commit; nothing changes from then on.
                    guard
                        pauses.change({
                            $0 += 1
                            return $0
                        }) == 1
                    else { return }
                    #expect(throws: Never.self) {
                        try bench.work { plane in
                            try plane.session(of: plane.user(accounts[3].email))
                            try plane.session(of: accounts[3].user)
                            try plane.peer(of: accounts[3].instance)
                            try plane.db.execute(
                                sql: "UPDATE auth_user SET is_superuser = 1 WHERE id = \(accounts[4].user)")
                        }
                    }
                })
            ) { $0.pace = CommitPace(group: .accounts(1), pause: 1) }
            #expect(finished.outcomes == [.removed, .removed, .removed, .removed, .refused])
            #expect(finished.results[3].removal?.rows["django_session"] == 3)
            #expect(finished.results[3].removal?.rows["auth_user"] == 2)
            #expect(finished.results[3].removal?.rows["wireguard_peer"] == 2)
            #expect(try bench.count("django_session") == 1)
        }
    }

    @Test("and nobody minds a trigger that takes a row along before its turn", arguments: [1, 50])
    func takenAlong(accountsInACommit: Int) throws {
        try withBench { bench in
            try bench.work { plane in
                for email in Self.emails.prefix(3) {
                    try plane.peer(of: plane.instance(email))
                    try plane.group(email + "_group")
                    try plane.user(email)
                }
                try plane.db.execute(
                    sql: """
                        CREATE TRIGGER along AFTER DELETE ON wireguard_wireguardinstance
                        BEGIN DELETE FROM wireguard_peergroup WHERE name = OLD.name || '_group'; END
                        """)
            }
            let finished = try bench.run(Array(Self.emails.prefix(3))) {
                $0.pace = CommitPace(group: .accounts(accountsInACommit), pause: 0)
            }
            #expect(finished.outcomes == [.removed, .removed, .removed])
            for table in ["wireguard_peergroup", "auth_user", "wireguard_peer"] {
                #expect(try bench.count(table) == 0)
            }
        }
    }

    /// 3.40 and others look keys up by the column's own way of comparing, and then cannot say whose a row was.
    @Test("and a row of which nobody can say whose it is goes with nobody")
    func rowOfNobody() throws {
        try withBench { bench in
            try bench.work { plane in
                let bob = try plane.account("bob@example.com")
                try plane.account("ann@example.com")
                try plane.db.execute(
                    sql: """
                        ALTER TABLE vpn_invite_peerinvite RENAME TO before;
                        CREATE TABLE vpn_invite_peerinvite (
                            id integer PRIMARY KEY, peer_id char(32) COLLATE NOCASE, uuid, created, updated,
                            invite_password, invite_expiration);
                        DROP TABLE before;
                        INSERT INTO vpn_invite_peerinvite (peer_id) VALUES ('\(bob.peers[0].uppercased())');
                        """)
            }
            let finished = try bench.run(["bob@example.com", "ann@example.com"])
            #expect(finished.outcomes == [.failed, .removed])
            #expect(finished.results[0].errors.first?.contains("vpn_invite_peerinvite") == true)
            #expect(try bench.count("vpn_invite_peerinvite") == 1)
            #expect(try bench.count("wireguard_peer") == 1)
        }
    }
}

@Suite("Sessions are taken in")
struct SessionIndexTests {
    @Test("by and by as all at once", arguments: [1, 3, 7, 1_000])
    func partByPart(count: Int) throws {
        try withBench { bench in
            let users = try bench.work { plane in
                try (1...5).map { try plane.account("user\($0)@example.com").user }
            }
            try bench.work { plane in
                for user in users { try plane.session(of: user) }
                try plane.insert(
                    "django_session", ["session_key": "damaged", "session_data": "x", "expire_date": "2026-12-01"])
            }
            try bench.work { plane in
                var whole = SessionIndex()
                try whole.update(from: plane.db, for: Set(users.prefix(4)))
                var parts = SessionIndex()
                parts.begin(for: Set(users.prefix(4)))
                var row: Int64?
                var passes = 0
                repeat {
                    row = try parts.take(from: plane.db, after: row, atMost: count)
                    passes += 1
                } while row != nil
                #expect(passes == (11 + count - 1) / count + 1)
                #expect((parts.examined, parts.unreadable) == (11, 1))
                #expect((whole.examined, whole.unreadable) == (11, 1))
                for user in users { #expect(parts.keys(ofUser: user).sorted() == whole.keys(ofUser: user).sorted()) }
                #expect(whole.keys(ofUser: users[0]).count == 2)
                // Nobody has asked for the fifth.
                #expect(whole.keys(ofUser: users[4]) == [] && !whole.know(users) && whole.know(users.prefix(4)))
            }
        }
    }

    @Test("and counted once however many passes there are, also those that have gone since")
    func countedOnce() throws {
        try withBench { bench in
            try bench.work { plane in
                let users = try (1...5).map { try plane.account("user\($0)@example.com").user }
                try plane.insert(
                    "django_session", ["session_key": "damaged", "session_data": "x", "expire_date": "2026-12-01"])
                var sessions = SessionIndex()
                try sessions.update(from: plane.db, for: Set(users))
                #expect((sessions.examined, sessions.unreadable) == (6, 1))
                try plane.db.execute(sql: "DELETE FROM django_session WHERE session_key <> 'damaged'")
                try plane.session(of: users[0])
                try sessions.update(from: plane.db, for: Set(users))
                #expect((sessions.examined, sessions.unreadable) == (7, 1))
                #expect(sessions.keys(ofUser: users[0]).count == 1 && sessions.keys(ofUser: users[1]) == [])
            }
        }
    }
}
