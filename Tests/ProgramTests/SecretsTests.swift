import Foundation
import GRDB
import Testing

/// Every secret of the database is a string that can be recognised; nothing that comes out may hold one.
@Suite struct SecretsTests {
    private static let mark = "SECRET-"

    private static let columns: [(table: String, column: String)] = [
        ("wireguard_wireguardinstance", "private_key"), ("wireguard_peer", "private_key"),
        ("wireguard_peer", "pre_shared_key"), ("wireguard_peerstatus", "latest_config"),
        ("user_manager_authenticationtoken", "uuid"), ("auth_user", "password"), ("django_session", "session_key"),
        ("vpn_invite_peerinvite", "invite_password"), ("vpn_invite_peerinvite", "uuid"),
        ("vpn_invite_invitesettings", "default_password"), ("orders_paymenttoken", "token"),
        ("orders_paymenttoken", "password"), ("account_emailconfirmation", "key"),
        ("socialaccount_socialtoken", "token"), ("socialaccount_socialtoken", "token_secret"),
        ("socialaccount_socialapp", "secret"), ("socialaccount_socialapp", "key"),
        ("wireguard_tools_emailsettings", "smtp_password"),
    ]

    private static func template(failing: Bool) throws -> BrokenTemplate {
        try BrokenTemplate(accounts: 30, ending: 8) { db in
            for (table, column) in columns where try db.columns(in: table).contains(where: { $0.name == column }) {
                try db.execute(sql: "UPDATE \(table) SET \(column) = '\(mark)\(column)-' || rowid")
            }
            // The payload stays, so that sessions can be read; the signature is the secret then.
            try db.execute(sql: "UPDATE django_session SET session_data = session_data || '\(mark)signature'")
            guard failing else { return }
            try db.execute(
                sql: """
                    UPDATE django_session SET session_data = '\(mark)corrupt'
                    WHERE rowid IN (SELECT rowid FROM django_session LIMIT 5);
                    UPDATE wireguard_wireguardinstance SET private_key = '\(mark)line' || char(10) || 'PostUp = \(mark)'
                    WHERE rowid = (SELECT max(rowid) FROM wireguard_wireguardinstance);
                    UPDATE wireguard_peer SET pre_shared_key = '\(mark)line' || char(10) || '\(mark)'
                    WHERE rowid = (SELECT max(rowid) - 9 FROM wireguard_peer);
                    CREATE TRIGGER no_invites BEFORE DELETE ON vpn_invite_peerinvite
                    BEGIN SELECT RAISE(ROLLBACK, 'not this one'); END;
                    CREATE TRIGGER no_tokens BEFORE DELETE ON user_manager_authenticationtoken
                    BEGIN INSERT INTO auth_user SELECT * FROM auth_user WHERE id = old.user_id; END;
                    """)
        }
    }

    @Test(arguments: [false, true], ["text", "json"])
    func `no secret leaves the database and the configs`(failing: Bool, logFormat: String) throws {
        try withBrokenBench(try Self.template(failing: failing)) { bench in
            if failing {
                // A config that cannot be read or replaced.
                let name = try #require(try bench.configs().keys.sorted().last)
                try FileManager.default.removeItem(atPath: bench.wireguard + "/" + name)
                try FileManager.default.createDirectory(
                    atPath: bench.wireguard + "/" + name, withIntermediateDirectories: false)
            }
            let common = ["--log-level", "trace", "--log-format", logFormat]
            let control = [bench.feed] + bench.arguments().dropFirst(2)
            let place = ["--database", bench.database]
            let first = BrokenTemplate.email(in: bench)
            let commands: [[String]] = [
                ["plan"] + control, ["plan"] + control + ["--json"], ["run"] + control + ["--dry-run"],
                ["run"] + control + ["--summary", "--pause", "0"], ["run"] + control + ["--pause", "0"],
                ["history", first] + place, ["history", "SECRET"] + place,
                ["restore", first, "--dry-run", "--no-apply", "--wireguard-dir", bench.wireguard] + place,
                ["restore", first, "SECRET@example.com", "--no-apply", "--wireguard-dir", bench.wireguard] + place,
                ["forget", first, "--unseen"] + place,
                ["regenerate", "--wireguard-dir", bench.wireguard] + place,
            ]
            for command in commands {
                // The widest mask, so that what is closed to others was closed on purpose.
                let child = try BrokenChild(
                    "/bin/sh", ["-c", "umask 0; exec \"$@\"", "sh", Program.path] + command + common,
                    in: bench.folder + "/io")
                try child.wait()
                guard case .exited(let status) = child.state else {
                    Issue.record("\(command[0]): \(child.state)")
                    continue
                }
                #expect([0, 1, 64, 74].contains(status), "\(command[0]): \(status) \(child.errors)")
            }
            #expect(try bench.publishedReports().values.contains { $0.count(failing ? "failed" : "removed") > 0 })
            try Self.expectNoSecrets(bench)
        }
    }

    private static func expectNoSecrets(_ bench: BrokenBench) throws {
        var (files, holding) = (0, 0)
        for name in try FileManager.default.subpathsOfDirectory(atPath: bench.folder) {
            let path = bench.folder + "/" + name
            let facts = try FileManager.default.attributesOfItem(atPath: path)
            guard facts[.type] as? FileAttributeType == .typeRegular else { continue }
            let mode = (facts[.posixPermissions] as? Int ?? 0o777) & 0o777
            files += 1
            #expect(mode & 0o007 == 0, "\(name) is open to everybody")
            guard let content = FileManager.default.contents(atPath: path), content.contains(Array(mark.utf8)) else {
                continue
            }
            holding += 1
            #expect(path == bench.database || path.hasPrefix(bench.wireguard + "/"), "\(name) holds a secret")
            #expect(mode == 0o600, "\(name)")
        }
        #expect(files > 20 && holding > 10)

        let queue = try DatabaseQueue(path: bench.database)
        try queue.read { db in
            for table in ["wg_reconcile_run", "wg_reconcile_outcome"] {
                for row in try Row.fetchAll(db, sql: "SELECT * FROM \(table)") {
                    #expect(!"\(row)".contains(mark), "the journal holds a secret")
                }
            }
        }
        try queue.close()
    }
}

extension BrokenTemplate {
    /// The email of the feed's first entry.
    static func email(in bench: BrokenBench) -> String {
        let feed = (try? String(contentsOfFile: bench.feed, encoding: .utf8)) ?? ""
        return String(feed.split(separator: "\n")[1].split(separator: ",")[1])
    }
}

extension Data {
    fileprivate func contains(_ bytes: [UInt8]) -> Bool { range(of: Data(bytes)) != nil }
}
