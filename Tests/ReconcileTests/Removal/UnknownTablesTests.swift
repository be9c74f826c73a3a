import GRDB
import TestSupport
import Testing

@testable import ControlPlane
@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import Report
@testable import Support
@testable import WireGuard

@Suite("A table that the program does not know and that refers to an account's rows")
struct UnknownTablesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var parent: String
        /// Selects the key of the one row of Ann's that the unknown table refers to.
        var key: String
        var testDescription: String { parent }
    }

    private static let parents = [
        Case(parent: "wireguard_wireguardinstance(uuid)", key: "SELECT uuid FROM wireguard_wireguardinstance LIMIT 1"),
        Case(parent: "wireguard_peer(uuid)", key: "SELECT uuid FROM wireguard_peer LIMIT 1"),
        Case(parent: "wireguard_peerstatus(uuid)", key: "SELECT uuid FROM wireguard_peerstatus LIMIT 1"),
        Case(parent: "wireguard_peergroup(uuid)", key: "SELECT uuid FROM wireguard_peergroup LIMIT 1"),
        Case(parent: "wireguard_peergroup(name)", key: "SELECT 'ann@example.com_group'"),
        Case(parent: "auth_user(id)", key: "SELECT id FROM auth_user ORDER BY id LIMIT 1"),
        Case(parent: "auth_user", key: "SELECT id FROM auth_user ORDER BY id LIMIT 1"),
        Case(parent: "user_manager_useracl(uuid)", key: "SELECT uuid FROM user_manager_useracl LIMIT 1"),
        Case(parent: "account_emailaddress(id)", key: "SELECT id FROM account_emailaddress LIMIT 1"),
        Case(parent: "firewall_firewallrule(uuid)", key: "SELECT uuid FROM firewall_firewallrule LIMIT 1"),
        Case(parent: "firewall_redirectrule(uuid)", key: "SELECT uuid FROM firewall_redirectrule LIMIT 1"),
        Case(parent: "django_session(session_key)", key: "SELECT session_key FROM django_session LIMIT 1"),
    ]

    private func fill(_ bench: Bench) throws {
        try bench.work { plane in
            let ann = try plane.account("ann@example.com")
            try plane.insert(
                "account_emailaddress",
                ["verified": 1, "primary": 1, "user_id": ann.user, "email": "ann@example.com"])
            try plane.rule(sources: ann.peers)
            try plane.redirect(port: 1, of: ann.instance, to: ann.peers[0])
        }
    }

    @Test(
        "keeps the account whole, is named, and keeps no other account", arguments: parents,
        [
            "", "DEFERRABLE INITIALLY DEFERRED", "ON DELETE CASCADE", "ON DELETE SET NULL",
            "ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED",
        ])
    func refused(_ example: Case, action: String) throws {
        try withBench { bench in
            try fill(bench)
            try bench.work { plane in
                try plane.db.execute(
                    sql: """
                        CREATE TABLE "Billing Plugin" (id INTEGER PRIMARY KEY, "its row" REFERENCES \(example.parent) \(action));
                        INSERT INTO "Billing Plugin" ("its row") \(example.key);
                        """)
                try plane.account("bob@example.com")
            }
            let before = try bench.image()
            let finished = try bench.run(["ann@example.com", "bob@example.com"])
            #expect(finished.outcomes == [.refused, .removed])
            let error = try #require(finished.results[0].errors.first)
            #expect(error.contains("billing plugin"))
            #expect(error.contains("its row"))
            #expect(finished.results[0].removal == nil)
            let changes = try bench.image().withoutJournal.changes(since: before)
            #expect(changes.allSatisfy { $0.hasPrefix("-") })
            #expect(try bench.count("auth_user") == 1)
            #expect(try bench.count("\"Billing Plugin\"", where: "\"its row\" IS NOT NULL") == 1)
            #expect(try bench.count("django_session") == 1)
            #expect(finished.record.danglingReferences == [])
            #expect(try bench.plan(["ann@example.com"]).exitStatus == .attentionNeeded)
        }
    }

    @Test("keeps nobody where no row refers to the account", arguments: parents)
    func empty(_ example: Case) throws {
        try withBench { bench in
            try fill(bench)
            try bench.execute(
                "CREATE TABLE plugin (id INTEGER PRIMARY KEY, theirs REFERENCES \(example.parent)); INSERT INTO plugin DEFAULT VALUES"
            )
            #expect(try bench.run(["ann@example.com"]).outcomes == [.removed])
            #expect(try bench.count("auth_user") == 0)
            #expect(try bench.count("plugin") == 1)
        }
    }

    @Test("is found as well where a known table has a column more that refers to them")
    func unknownColumn() throws {
        try withBench { bench in
            try bench.work { plane in
                try plane.db.execute(
                    sql: "ALTER TABLE dns_statichost ADD COLUMN peer_id REFERENCES wireguard_peer(uuid)")
                let ann = try plane.account("ann@example.com")
                try plane.insert(
                    "dns_statichost",
                    ["hostname": "a", "ip_address": "10.0.0.1", "uuid": plane.uuid(), "peer_id": ann.peers[0]])
            }
            let finished = try bench.run(["ann@example.com"])
            #expect(finished.outcomes == [.refused])
            #expect(finished.results[0].errors.first?.contains("dns_statichost") == true)
        }
    }

    @Test("keeps the account also where the rule that it refers to goes with the second of two instances")
    func ruleOfTwoInstances() throws {
        try withBench { bench in
            try bench.work { plane in
                var peers = try plane.account("ann@example.com").peers
                peers.append(try plane.peer(of: plane.instance("ann@example.com")))
                let rule = try plane.rule(sources: peers)
                try plane.db.execute(
                    sql: """
                        CREATE TABLE plugin (rule REFERENCES firewall_firewallrule(uuid) ON DELETE CASCADE);
                        INSERT INTO plugin VALUES ('\(rule)');
                        """)
            }
            let before = try bench.image()
            #expect(try bench.run(["ann@example.com"]).outcomes == [.refused])
            #expect(try bench.image().withoutJournal.changes(since: before) == [])
        }
    }

    @Test("is an error of the run where it refers to a peer or an instance that stays, unless its column is accepted")
    func ofThoseWhoStay() throws {
        for parent in ["wireguard_peer", "wireguard_wireguardinstance"] {
            try withBench { bench in
                try bench.work { plane in
                    try plane.account("ann@example.com")
                    try plane.account("bob@example.com")
                    try plane.db.execute(
                        sql: """
                            CREATE TABLE policy_ban (theirs REFERENCES \(parent) (uuid));
                            INSERT INTO policy_ban SELECT uuid FROM \(parent) ORDER BY rowid DESC LIMIT 1;
                            """)
                }
                let finished = try bench.run(["ann@example.com"])
                #expect(finished.outcomes == [.removed])
                #expect(finished.exitStatus == .attentionNeeded)
                #expect(finished.record.configs.regenerated)
                #expect(
                    finished.record.configs.errors.filter { $0.contains("--accept-column policy_ban.theirs") }.count
                        == 1)
                let accepted = try bench.run([]) {
                    $0.acceptedColumns = Set([AcceptedColumn("policy_ban.theirs")].compactMap(\.self))
                }
                #expect(accepted.exitStatus == .success)
            }
        }
    }

    @Test(
        "is an error of the run also where it has their keys without a foreign key, unless its column is accepted",
        arguments: [
            "SELECT public_key FROM wireguard_peer", "SELECT uuid FROM wireguard_wireguardinstance",
            "SELECT substr(uuid, 1, 8) || '-' || upper(substr(uuid, 9)) FROM wireguard_peer",
        ])
    func byValue(keys: String) throws {
        try withBench { bench in
            try bench.work { plane in
                try plane.account("ann@example.com")
                try plane.account("bob@example.com")
                try plane.db.execute(
                    sql: """
                        CREATE TABLE access_ban (id INTEGER PRIMARY KEY, "Who" text);
                        INSERT INTO access_ban ("Who") \(keys);
                        CREATE TABLE billing_note (id INTEGER PRIMARY KEY, note text, email text);
                        INSERT INTO billing_note (note, email) VALUES ('', 'bob@example.com');
                        """)
            }
            let finished = try bench.run(["ann@example.com"])
            #expect(finished.outcomes == [.removed])
            #expect(finished.exitStatus == .attentionNeeded && finished.record.configs.regenerated)
            let errors = finished.record.configs.errors
            #expect(errors.count == 1 && errors[0].contains("--accept-column access_ban.who"), "\(errors)")
            let accepted = try bench.run([]) {
                $0.acceptedColumns = Set([AcceptedColumn("access_ban.who")].compactMap(\.self))
            }
            #expect(accepted.exitStatus == .success)
            // Nobody who stays is in it, but somebody who goes.
            let last = try bench.run(["bob@example.com"])
            #expect(last.outcomes == [.removed] && last.exitStatus == .attentionNeeded)
            let lastErrors = last.record.configs.errors
            #expect(lastErrors.count == 1 && lastErrors[0].contains("that are gone now"), "\(lastErrors)")
            #expect(lastErrors.first?.contains("--accept-column access_ban.who") == true)
            // Those of the accounts that are long gone bar nobody.
            #expect(try bench.run([]).exitStatus == .success)
        }
    }

    @Test("is no matter where it refers to tables that are gone or that nothing is deleted from")
    func unrelated() throws {
        try withBench { bench in
            try bench.work { plane in
                try plane.account("ann@example.com")
                try plane.db.execute(
                    sql: """
                        CREATE TABLE one (site REFERENCES django_site(id));
                        INSERT INTO one VALUES (1);
                        CREATE TABLE two (lost REFERENCES no_such_table);
                        CREATE TABLE three (lost REFERENCES no_such_table(id));
                        """)
            }
            #expect(try bench.run(["ann@example.com"]).outcomes == [.removed])
        }
    }

    @Test(
        "keeps the account also where it appears after the plan was made",
        arguments: ["DEFERRABLE INITIALLY DEFERRED", "ON DELETE CASCADE"])
    func appearsMeanwhile(action: String) throws {
        try withBench { bench in
            try bench.work { plane in
                try plane.account("ann@example.com")
                try plane.account("bob@example.com")
            }
            let finished = try bench.run(
                ["ann@example.com", "bob@example.com"],
                in: .still(pause: { _ in
                    #expect(throws: Never.self) {
                        try bench.execute(
                            """
                            CREATE TABLE IF NOT EXISTS plugin (peer UNIQUE REFERENCES wireguard_peer(uuid) \(action));
                            INSERT OR IGNORE INTO plugin SELECT uuid FROM wireguard_peer;
                            """)
                    }
                })
            ) { $0.pace = CommitPace(group: .accounts(1), pause: 0) }
            #expect(finished.outcomes == [.removed, .refused])
            #expect(finished.results[1].errors.contains { $0.contains("plugin") })
            #expect(try bench.count("plugin") == 1)
            #expect(try bench.count("wireguard_peer") == 1)
        }
    }
}
