import Foundation
import GRDB
import TestSupport
import Testing

@testable import ControlPlane
@testable import Journal
@testable import Reconcile
@testable import Removal
@testable import Support

@Suite("Restore")
struct RestoreTests {
    private static let (ann, bob, carl) = ("ann@example.com", "bob@example.com", "carl@example.com")

    /// Three accounts, whose configs are exported.
    private func withAccounts(_ body: (Bench) throws -> Void) throws {
        try withBench { bench in
            try bench.work { plane in
                for email in [Self.ann, Self.bob, Self.carl] { try plane.account(email, peers: 2) }
                try plane.db.execute(sql: "UPDATE wireguard_peer SET public_key = 'PEER' || rowid || '='")
            }
            try bench.run([])
            try body(bench)
        }
    }

    /// But for sessions and tokens, which do not come back, and the version of the cluster, which rises.
    private func image(_ bench: Bench) throws -> [String] {
        let others: Set = ["django_session", "user_manager_authenticationtoken", "cluster_clustersettings"]
        return try bench.image().withoutJournal.rows.filter { !others.contains($0.key) }
            .flatMap { table, rows in rows.map { "\(table) \($0.joined(separator: ", "))" } }.sorted()
    }

    private func rowIDs(_ bench: Bench) throws -> [String] {
        try Cascade.deletedTables.sorted().flatMap { table -> [String] in
            guard try bench.count("sqlite_master", where: "name = '\(table)'") == 1,
                table != "django_session", table != "user_manager_authenticationtoken"
            else { return [] }
            return try bench.strings("SELECT '\(table) ' || rowid || ' ' FROM \(table)")
        }
    }

    @Test func `an account comes back as it was, with its configs and its row ids`() throws {
        try withAccounts { bench in
            let before = try (image(bench), rowIDs(bench), bench.exported())
            let removed = try bench.run([Self.ann, Self.bob])
            #expect(removed.outcomes == [.removed, .removed])
            #expect(removed.results[0].restorableUntil != nil)
            #expect(try image(bench) != before.0)
            let result = try bench.restore([Self.bob, Self.ann])
            #expect(result.refusals == [] && result.exitStatus == .success)
            #expect(try image(bench) == before.0)
            #expect(try rowIDs(bench) == before.1)
            #expect(try bench.exported() == before.2)
            #expect(try bench.count("wg_reconcile_archive") == 0)
            #expect(try bench.count("user_manager_authenticationtoken") == 1)
        }
    }

    @Test(arguments: RecordedOutput.allCases)
    func `all accounts of a recording come back in another order, with configs and packet filter`(
        recording: RecordedOutput
    ) throws {
        try withBench { bench in
            try recording.lay(into: bench)
            // After the recordings were made.
            let day = Surroundings.still(at: UTCTime(seconds: 1_800_000_000))
            try bench.run([], in: day)
            let before = try (image(bench), bench.exported())
            let emails = try recording.identifiers
            let removed = try bench.run(emails, in: day)
            let gone = zip(emails, removed.outcomes).filter { $1 == .removed || $1 == .partiallyRemoved }.map(\.0)
            #expect(!gone.isEmpty)
            var random = SystemRandomNumberGenerator()
            let order = gone.shuffled(using: &random)
            for email in order {
                let result = try bench.restore([email], in: day)
                #expect(result.refusals == [], "\(order)")
                #expect(result.restored.allSatisfy { $0.leftOut.filter { $0 != "an invite that has expired" } == [] })
            }
            let after = try image(bench)
            let lost = Set(before.0).subtracting(after).filter { !$0.hasPrefix("vpn_invite_peerinvite ") }
            #expect(lost == [] && Set(after).subtracting(before.0) == [], "\(order)")
            #expect(try bench.exported() == before.1, "\(order)")
        }
    }

    @Test func `a dry run says what would come back, and changes nothing`() throws {
        try withAccounts { bench in
            try bench.run([Self.ann])
            let before = try (bench.image(), bench.exported())
            let result = try bench.restore([Self.ann], isDry: true)
            #expect(result.restored.map(\.interfaceNumbers) == [[1]] && result.regeneration == nil)
            #expect(try bench.image() == before.0 && bench.exported() == before.1)
        }
    }

    @Test func `what was not removed, or not kept, is refused`() throws {
        try withAccounts { bench in
            #expect(try bench.restore(["nobody@example.com"]).refusals == [.notArchived(removedBy: nil)])
            let run = try bench.run([Self.ann]) { $0.archive.days = 0 }
            #expect(run.results[0].restorableUntil == nil)
            #expect(try bench.restore([Self.ann]).refusals == [.notArchived(removedBy: run.record.id)])
            try bench.write("email,status\n\(Self.bob),deletion_requested\n")
            let last = try Reconciliation(bench.options(), .still()).run()
            #expect(try bench.restore([Self.bob]).refusals == [.notArchived(removedBy: last.record.id)])
            #expect(try bench.count("wg_reconcile_archive") == 0)
        }
    }

    @Test func `an account that has signed up again is not restored over it`() throws {
        try withAccounts { bench in
            try bench.run([Self.ann])
            try bench.work { _ = try $0.user(Self.ann) }
            let result = try bench.restore([Self.ann])
            #expect(result.refusals == [.isThere("a user with this email")] && result.exitStatus == .attentionNeeded)
        }
    }

    @Test(arguments: ["instance_id", "listen_port", "address"])
    func `what belongs to another instance by now is named, and only a number can be another`(column: String) throws {
        try withAccounts { bench in
            let value = try bench.strings(
                "SELECT \(column) FROM wireguard_wireguardinstance WHERE name = '\(Self.ann)'")[0]
            try bench.run([Self.ann])
            try bench.work { _ = try $0.instance("dora@example.com", [column: value]) }
            let refused = try bench.restore([Self.ann])
            guard case .taken(let what) = try #require(refused.refusals.first) else { return #expect(Bool(false)) }
            #expect(what.contains("dora@example.com"))
            #expect(try bench.count("wireguard_wireguardinstance", where: "name = '\(Self.ann)'") == 0)
            let again = try bench.restore([Self.ann], renumbers: true)
            if column == "instance_id" {
                #expect(again.restored.map(\.renumbered) == [[1: 0]])
                #expect(try bench.config("wg0.conf").contains("[Peer]"))
            } else {
                #expect(again.refusals == refused.refusals)
            }
        }
    }

    @Test func `the email, the username or a column that is gone keeps an account away whole`() throws {
        try withAccounts { bench in
            let name = try bench.strings("SELECT username FROM auth_user WHERE email = '\(Self.ann)'")[0]
            try bench.run([Self.ann])
            try bench.work { plane in
                let user = try plane.user("other@example.com", isSuperuser: true)
                try plane.db.execute(sql: "UPDATE auth_user SET username = ? WHERE id = ?", arguments: [name, user])
            }
            let before = try bench.image()
            #expect(try bench.restore([Self.ann]).refusals == [.taken("another user has its username")])
            #expect(try bench.image() == before)
            try bench.execute("UPDATE auth_user SET username = 'other' WHERE email = 'other@example.com'")
            try bench.execute("ALTER TABLE wireguard_peerstatus RENAME COLUMN transfer_rx TO received")
            #expect(try bench.restore([Self.ann]).refusals == [.columnGone("wireguard_peerstatus.transfer_rx")])
        }
    }

    /// One's peer in the other's group, and a rule with a side of each.
    @Test(arguments: [true, false], [true, false])
    func `what two removed accounts share comes back with the second of them`(together: Bool, annFirst: Bool) throws {
        try withAccounts { bench in
            try bench.work { plane in
                let peers = try [Self.ann, Self.bob].map { try plane.peers(of: $0)[0] }
                try plane.db.execute(
                    sql: """
                        INSERT INTO wireguard_peergroup_peer (peergroup_id, peer_id)
                        SELECT uuid, ? FROM wireguard_peergroup WHERE name = ?
                        """, arguments: [peers[0], Self.bob + "_group"])
                try plane.rule(sources: [peers[0]], destinations: [peers[1]])
            }
            try bench.run([])
            let before = try (image(bench), bench.exported())
            if together {
                try bench.run([Self.ann, Self.bob])
            } else {
                try bench.run([Self.ann])
                try bench.run([Self.bob])
            }
            let order = annFirst ? [Self.ann, Self.bob] : [Self.bob, Self.ann]
            let first = try bench.restore([order[0]])
            #expect(first.refusals == [] && first.restored[0].leftOut == [])
            #expect(try bench.count("firewall_firewallrule") == 0)
            let second = try bench.restore([order[1]])
            #expect(second.refusals == [] && second.restored[0].leftOut == [] && second.restored[0].waiting == 0)
            #expect(try image(bench) == before.0)
            #expect(try bench.exported() == before.1)
            #expect(try bench.count("wg_reconcile_archive") == 0)
        }
    }

    @Test func `what waits for another account goes with its own, where that is gone for good`() throws {
        try withAccounts { bench in
            try bench.work { plane in
                let peer = try plane.peers(of: Self.ann)[0]
                try plane.db.execute(
                    sql: """
                        INSERT INTO wireguard_peergroup_peer (peergroup_id, peer_id)
                        SELECT uuid, ? FROM wireguard_peergroup WHERE name = ?
                        """, arguments: [peer, Self.bob + "_group"])
            }
            try bench.run([Self.ann])
            try bench.run([Self.bob])
            #expect(try bench.restore([Self.ann]).restored.map(\.waiting) == [1])
            #expect(try bench.count("wg_reconcile_archive") == 2)
            let later = UTCTime(seconds: 1_796_300_000)
            try bench.write(
                "email,status,effective_at\n\(Self.ann),deletion_requested,\(later.adding(seconds: -60).rfc3339)\n",
                madeAt: later)
            let run = try Reconciliation(bench.options(), .still(at: later)).run()
            #expect(run.outcomes == [.removed])
            #expect(
                try bench.strings("SELECT mailbox FROM wg_reconcile_archive") == [Self.bob])
        }
    }

    /// Both were made before the first was run, as the feeds of an inbox are.
    @Test(arguments: [true, false])
    func `a later feed that says gone for good deletes what is kept, and an earlier one does not`(isLater: Bool) throws
    {
        try withAccounts { bench in
            let start = UTCTime(seconds: 1_795_900_000)
            func feed(_ status: String, after seconds: Int64) throws -> FinishedRun {
                try bench.write("email,status\n\(Self.ann),\(status)\n", madeAt: start.adding(seconds: seconds))
                return try Reconciliation(bench.options(), .still(at: start.adding(seconds: 3_600 + seconds))).run()
            }
            #expect(try feed("suspended", after: 600).outcomes == [.removed])
            #expect(try bench.count("wg_reconcile_archive") == 1)
            _ = try feed("deletion_requested", after: isLater ? 660 : 0)
            #expect(try bench.count("wg_reconcile_archive") == (isLater ? 0 : 1))
        }
    }

    @Test func `an ACL loses the empty group, and a key is enabled, only with something of their own`() throws {
        try withAccounts { bench in
            try bench.work { plane in
                let group = try String.fetchOne(
                    plane.db, sql: "SELECT uuid FROM wireguard_peergroup WHERE name = ?",
                    arguments: [Self.ann + "_group"])
                let helper = try plane.user("helper@example.com")
                try plane.acl(of: helper, level: 20, groups: [group ?? ""])
            }
            let before = try image(bench)
            try bench.run([Self.ann])
            #expect(try bench.count("wireguard_peergroup", where: "name = '\(EmptyPeerGroup.name)'") == 1)
            try bench.restore([Self.ann])
            #expect(try image(bench) == before)
            #expect(try bench.count("wireguard_peergroup", where: "name = '\(EmptyPeerGroup.name)'") == 0)
        }
    }

    @Test func `tonight's feed that still names the suspension does not remove the customer once more`() throws {
        try withAccounts { bench in
            let start = UTCTime(seconds: 1_795_900_000)
            func feed(_ text: String, after hours: Int64) throws -> FinishedRun {
                let time = start.adding(seconds: hours * 3_600)
                try bench.write(text, madeAt: time)
                return try Reconciliation(bench.options(), .still(at: time.adding(seconds: 60))).run()
            }
            let undated = "email,status\n\(Self.ann),suspended\n"
            let dated = "email,status,effective_at\n\(Self.ann),suspended,2026-11-20T00:00:00Z\n"
            #expect(try feed(undated, after: 0).outcomes == [.removed])
            try bench.restore([Self.ann], in: .still(at: start.adding(seconds: 7_200)))
            for text in [undated, dated, undated + "\n"] {
                let again = try feed(text, after: 24)
                #expect(again.outcomes == [.refused] && again.results[0].errors[0].hasPrefix("restored at "))
            }
            // Yesterday's run again.
            let old = try Reconciliation(bench.options(), .still(at: start.adding(seconds: 30 * 3_600))).run()
            #expect(old.outcomes == [.refused])
            #expect(try feed("email,status\n\(Self.ann),active\n", after: 48).outcomes == [.skipped])
            #expect(try feed(undated + "\n\n", after: 72).outcomes == [.removed])
        }
    }

    @Test func `a later date removes a restored account again`() throws {
        try withAccounts { bench in
            let start = UTCTime(seconds: 1_795_900_000)
            try bench.run([Self.ann], in: .still(at: start))
            try bench.restore([Self.ann], in: .still(at: start.adding(seconds: 3_600)))
            let later = start.adding(seconds: 86_400)
            try bench.write(
                "email,status,effective_at\n\(Self.ann),suspended,\(start.adding(seconds: 43_200).rfc3339)\n",
                madeAt: later)
            let run = try Reconciliation(bench.options(), .still(at: later)).run()
            #expect(run.outcomes == [.removed])
        }
    }

    /// By what a feed said before an earlier restore, a restore by hand is not confirmed.
    @Test func `of several restores, only the last counts`() throws {
        try withAccounts { bench in
            let start = UTCTime(seconds: 1_795_900_000)
            func feed(_ status: String, after days: Int64, restores: Int? = nil) throws -> FinishedRun {
                let time = start.adding(seconds: days * 86_400)
                // Each with a content of its own: the same content again would be the same feed.
                let text = "email,status,note\n\(Self.ann),\(status),day \(days)\n"
                try bench.write(text, madeAt: time)
                let options = bench.options { $0.maxRestores = restores }
                return try Reconciliation(options, .still(at: time.adding(seconds: 60))).run()
            }
            #expect(try feed("suspended", after: 0).outcomes == [.removed])
            #expect(try feed("active", after: 2, restores: 50).results.map(\.isRestored) == [true])
            let second = try feed("suspended", after: 9)
            #expect(second.outcomes == [.removed], "\(second.results.map(\.errors))")
            try bench.restore([Self.ann], in: .still(at: start.adding(seconds: 10 * 86_400)))
            #expect(try feed("suspended", after: 11).outcomes == [.refused])
        }
    }

    @Test func `runs no longer look for the keys of an account that is back`() throws {
        try withAccounts { bench in
            try bench.run([Self.ann])
            try bench.restore([Self.ann])
            #expect(try bench.work { try Journal.unseenKeys(in: $0.db).isEmpty })
            #expect(try bench.work { try Journal.tunnels(in: $0.db).isEmpty })
        }
    }

    @Test func `an active account is restored where the operator wants it, and a feed had suspended it`() throws {
        try withAccounts { bench in
            func run(_ text: String, _ change: (inout Reconciliation.Options) -> Void = { _ in }) throws -> FinishedRun
            {
                try bench.write(text)
                return try Reconciliation(bench.options(change), .still()).run()
            }
            let before = try image(bench)
            _ = try run("email,status\n\(Self.ann),suspended\n\(Self.bob),cancelled\n\(Self.carl),payment_failed\n")
            let active = "email,status\n\(Self.ann),active\n\(Self.bob),active\n\(Self.carl),active\n"
            let told = try run(active)
            #expect(told.outcomes == [.skipped, .skipped, .skipped])
            #expect(told.results.allSatisfy { $0.restorableUntil != nil && $0.errors.count == 1 })
            let restored = try run(active + "\n") { $0.maxRestores = 1 }
            #expect(restored.results.map(\.isRestored) == [true, nil, false])
            #expect(restored.results[0].errors.last == "restored, with wg1")
            #expect(restored.results[1].restorableUntil != nil && restored.results[1].errors.count == 1)
            #expect(restored.results[2].errors.last == "not restored: --max-restores allows no more")
            #expect(restored.record.configs.written.contains("wg1.conf") && restored.exitStatus == .attentionNeeded)
            _ = try run(active + "\n\n") { $0.maxRestores = 50 }
            try bench.restore([Self.bob])
            #expect(try image(bench) == before)
        }
    }

    @Test func `a continued run reports what it restored before, and counts it`() throws {
        try withAccounts { bench in
            try bench.write("email,status\n\(Self.ann),suspended\n\(Self.bob),suspended\n")
            _ = try Reconciliation(bench.options(), .still()).run()
            try bench.write("email,status\n\(Self.ann),active\n\(Self.bob),active\n")
            let options = bench.options { $0.maxRestores = 1 }
            let first = try Reconciliation(options, .still()).run()
            #expect(first.results.map(\.isRestored) == [true, false])
            // As a kill before the report leaves it.
            try bench.work { work in
                try work.db.execute(
                    sql: "UPDATE wg_reconcile_run SET completed_at = NULL WHERE id = ?",
                    arguments: [first.record.id])
            }
            let second = try Reconciliation(options, .still()).run()
            #expect(second.record.id == first.record.id)
            #expect(second.results.map(\.isRestored) == [true, false])
            #expect(second.results[0].errors.last == "restored by an earlier part of this run")
            #expect(
                try bench.work { try Journal.restorable(at: UTCTime(seconds: 1_795_441_471), in: $0.db).count } == 1)
        }
    }

    // MARK: Forgetting

    /// Every file of the database, with its journal and its log.
    private func databaseFiles(_ bench: Bench) throws -> Data {
        try bench.files().filter { $0.key.hasPrefix("db.sqlite3") }.reduce(into: Data()) { $0 += $1.value }
    }

    private func archivedBytes(_ bench: Bench) throws -> [Data] {
        try bench.work { try Data.fetchAll($0.db, sql: "SELECT content FROM wg_reconcile_archive ORDER BY rowid") }
    }

    /// Whether any 16 bytes of one are in the other.
    private func has(_ files: Data, anyOf bytes: Data) -> Bool {
        var windows: Set<Data> = []
        var start = bytes.startIndex
        while start + 16 <= bytes.endIndex {
            windows.insert(bytes[start..<start + 16])
            start += 1
        }
        var place = files.startIndex
        while place + 16 <= files.endIndex {
            if windows.contains(files[place..<place + 16]) { return true }
            place += 1
        }
        return false
    }

    @Test(arguments: ["delete", "persist", "truncate", "wal"])
    func `nothing of a forgotten or expired account is left in any file of the database`(mode: String) throws {
        try withAccounts { bench in
            try bench.work { _ = $0 }
            _ = try bench.strings("SELECT 1")
            try setJournalMode(bench, mode)
            let start = UTCTime(seconds: 1_795_900_000)
            try bench.run([Self.ann, Self.bob, Self.carl], in: .still(at: start))
            let kept = try archivedBytes(bench)
            #expect(kept.count == 3)
            #expect(try has(databaseFiles(bench), anyOf: kept[0]))
            let forgotten = try ForgottenAccount(
                Self.ann, evenUnseen: true, inDatabaseAt: bench.database, busyTimeout: 5, accepting: [],
                trust: FileTrust(), now: start)
            #expect(forgotten.archives == 1 && forgotten.entries > 0)
            #expect(try !has(databaseFiles(bench), anyOf: kept[0]))
            #expect(try !databaseFiles(bench).contains(Data(Self.ann.utf8)))
            #expect(try bench.restore([Self.ann]).refusals == [.notArchived(removedBy: nil)])
            // Expired.
            try bench.run([], in: .still(at: start.adding(seconds: 31 * 86_400)))
            let files = try databaseFiles(bench)
            for bytes in kept { #expect(!has(files, anyOf: bytes)) }
        }
    }

    private func setJournalMode(_ bench: Bench, _ mode: String) throws {
        let queue = try DatabaseQueue(path: bench.database)
        try queue.writeWithoutTransaction { db in _ = try String.fetchOne(db, sql: "PRAGMA journal_mode = \(mode)") }
        try queue.close()
    }
}
