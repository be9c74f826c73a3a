import Foundation
import GRDB
import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Report
@testable import SamplePlane
@testable import Support
@testable import WireGuard

@Suite("The folder of the configs")
struct ConfigFolderTests {
    private struct FileFacts: Equatable {
        var inode: Int?
        var modified: Date?
        var mode: Int?
    }

    private func facts(_ bench: Bench, _ name: String) throws -> FileFacts {
        let attributes = try FileManager.default.attributesOfItem(atPath: bench.wireguard + "/" + name)
        return FileFacts(
            inode: (attributes[.systemFileNumber] as? NSNumber)?.intValue,
            modified: attributes[.modificationDate] as? Date, mode: attributes[.posixPermissions] as? Int)
    }

    private func withAccounts(_ body: (Bench) throws -> Void) throws {
        try withBench { bench in
            try bench.work { plane in
                for name in ["ann", "bob", "eve"] { try plane.account(name + "@example.com") }
            }
            try body(bench)
        }
    }

    @Test("keeps a file that would not change, and closes it to others")
    func unchanged() throws {
        try withAccounts { bench in
            #expect(try bench.run([]).record.configs.written == ["wg1.conf", "wg2.conf", "wg3.conf"])
            var before = try facts(bench, "wg2.conf")
            #expect(before.mode == 0o600)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o644], ofItemAtPath: bench.wireguard + "/wg2.conf")
            let configs = try bench.run(["ann@example.com"]).record.configs
            // The script moved from wg1 to wg2, which is the removal's doing; wg3 did not change.
            #expect(configs.written == ["wg2.conf"])
            #expect(configs.changedOtherwise == [])
            #expect(configs.unchanged == 1)
            #expect(configs.deleted == ["wg1.conf"])

            before = try facts(bench, "wg3.conf")
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o644], ofItemAtPath: bench.wireguard + "/wg3.conf")
            let again = try bench.run([]).record.configs
            #expect(again.written == [])
            #expect(again.unchanged == 2)
            #expect(again.regenerated)
            #expect(try facts(bench, "wg3.conf") == before)
        }
    }

    @Test("keeps a mode that is stricter still")
    func stricterMode() throws {
        try withAccounts { bench in
            try bench.run([])
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o400], ofItemAtPath: bench.wireguard + "/wg1.conf")
            try bench.run([])
            #expect(try facts(bench, "wg1.conf").mode == 0o400)
        }
    }

    @Test("names what changed for another reason than a removal")
    func changedOtherwise() throws {
        try withAccounts { bench in
            try bench.run([])
            try bench.work { plane in
                try plane.db.execute(
                    sql: "UPDATE wireguard_wireguardinstance SET listen_port = 4711 WHERE instance_id = 3")
            }
            try FileManager.default.removeItem(atPath: bench.wireguard + "/wg2.conf")
            let configs = try bench.run(["ann@example.com"]).record.configs
            #expect(configs.written == ["wg2.conf", "wg3.conf"])
            #expect(configs.changedOtherwise == ["wg2.conf", "wg3.conf"])
        }
    }

    @Test("names also what changed in its commands alone, where no removal has to do with that")
    func commandsChanged() throws {
        try withAccounts { bench in
            try bench.work { try $0.instance("legacy@example.com", ["legacy_firewall": 1, "post_up": "one"]) }
            try bench.run([])
            try bench.execute("UPDATE wireguard_wireguardinstance SET post_up = 'two' WHERE instance_id = 4")
            let configs = try bench.run(["ann@example.com"]).record.configs
            // The script moved on to wg2, which is the removal's doing.
            #expect(configs.written == ["wg2.conf", "wg4.conf"])
            #expect(configs.changedOtherwise == ["wg4.conf"])
        }
    }

    @Test("holds a redirect that went with another account's peer to be the removal's doing")
    func affectedInterface() throws {
        try withBench { bench in
            try bench.work { plane in
                let ann = try plane.account("ann@example.com")
                let legacy = try plane.instance("bob@example.com", ["legacy_firewall": 1])
                try plane.redirect(port: 1, of: legacy, to: ann.peers[0])
            }
            try bench.run([])
            let configs = try bench.run(["ann@example.com"]).record.configs
            #expect(configs.written == ["wg2.conf"])
            #expect(configs.changedOtherwise == [])
            #expect(configs.deleted == ["wg1.conf"])
        }
    }

    @Test("replaces an empty firewall script: so the application leaves it where it dies while it exports")
    func emptyFirewallScript() throws {
        try withAccounts { bench in
            try bench.put("", at: FirewallScript.fileName)
            let configs = try bench.run([]).record.configs
            #expect(configs.firewallWritten)
            #expect(configs.unknown == [])
            #expect(try bench.config(FirewallScript.fileName).hasPrefix("#!/bin/bash\n"))
        }
    }

    @Test("leaves and names what belongs to no instance that is known")
    func strays() throws {
        let strays = ["wg.conf", "wg-5.conf", "wg01.conf", "wg07.conf", "wg77.conf", "wg1.conf.conf", "wgx.conf"]
        let others = ["WG8.conf", "awg1.conf", "wg-firewall.sh", "wg1.conf.bak", "wg9.config"]
        try withAccounts { bench in
            try bench.run([])
            for name in strays + others { try bench.put("mine", at: name, mode: 0o644) }
            let finished = try bench.run(["ann@example.com"])
            #expect(finished.record.configs.unknown == ["wg-firewall.sh"] + strays.sorted())
            #expect(finished.record.configs.deleted == ["wg1.conf"])
            #expect(finished.record.configs.regenerated)
            #expect(finished.record.configs.errors.count == 1)
            #expect(finished.record.configs.errors.first?.contains("wg-firewall.sh is left alone") == true)
            #expect(finished.exitStatus == .attentionNeeded)
            #expect(try bench.run([]) { $0.keepsFirewall = true }.exitStatus == .success)
            for name in strays + others {
                #expect(try bench.config(name) == "mine")
                #expect(try facts(bench, name).mode == 0o644)
            }
        }
    }

    @Test("keeps what somebody made under the number of a removed instance, with another key or none")
    func freedNumber() throws {
        try withAccounts { bench in
            try bench.run(["ann@example.com"])
            for text in ["mine", "[Interface]\nPrivateKey = \(SampleKeyPair.numbered(5).privateKey)\n"] {
                try bench.put(text, at: "wg1.conf")
                for email in ["ann@example.com", "bob@example.com"] {
                    let configs = try bench.run([email]).record.configs
                    #expect(configs.unknown == ["wg1.conf"])
                    #expect(!configs.deleted.contains("wg1.conf"))
                    #expect(try bench.config("wg1.conf") == text)
                }
            }
        }
    }

    @Test("loses the config of an instance that a run before removed, and half-written files")
    func removedBefore() throws {
        try withAccounts { bench in
            try bench.run([])
            let config = try bench.config("wg1.conf")
            try bench.run(["ann@example.com"])
            try bench.put(config, at: "wg1.conf")
            try bench.put("half", at: ".wg-reconcile-wg2.conf.0123abcd")
            try bench.put("other", at: ".wg-reconcile-note")
            let finished = try bench.run(["bob@example.com"])
            #expect(finished.record.configs.deleted == ["wg1.conf", "wg2.conf"])
            #expect(try bench.configNames() == [".wg-reconcile-note", "wg3.conf"])
        }
    }

    @Test("gets the config of a new instance that has the number of a removed one")
    func numberIsUsedAgain() throws {
        try withAccounts { bench in
            try bench.run(["ann@example.com"])
            try bench.work { try $0.instance("new@example.com", ["instance_id": 1, "listen_port": 1, "address": "a"]) }
            let finished = try bench.run([])
            #expect(finished.record.configs.written == ["wg1.conf"])
            #expect(finished.record.configs.deleted == [])
        }
    }

    enum Obstacle: String, CaseIterable, Sendable {
        case folder, link, danglingLink, fifo, socket

        /// A link is replaced, also one that leads nowhere.
        var isLink: Bool { self == .link || self == .danglingLink }
    }

    private func put(_ obstacle: Obstacle, at path: String, _ bench: Bench) throws {
        // Where there is nothing to remove, the obstacle simply takes its place.
        try? FileManager.default.removeItem(atPath: path)
        switch obstacle {
        case .folder: try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        case .link:
            try "mine".write(toFile: bench.folder + "/target", atomically: false, encoding: .utf8)
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: bench.folder + "/target")
        case .danglingLink:
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: bench.folder + "/nowhere")
        case .fifo: #expect(mkfifo(path, 0o644) == 0)
        case .socket: #expect(mknod(path, S_IFSOCK | 0o644, 0) == 0)
        }
    }

    @Test(
        "replaces a link where a config has to stand, and names anything else that somebody has put there",
        arguments: Obstacle.allCases)
    func obstacles(obstacle: Obstacle) throws {
        try withAccounts { bench in
            try bench.run([])
            let expected = try bench.config("wg2.conf")
            try put(obstacle, at: bench.wireguard + "/wg2.conf", bench)
            let finished = try bench.run(["eve@example.com"])
            #expect(finished.outcomes == [.removed])
            #expect(try bench.configNames() == ["wg1.conf", "wg2.conf"])
            #expect(finished.record.configs.deleted == ["wg3.conf"])
            if !obstacle.isLink {
                let reason = obstacle == .folder ? "Is a directory" : "not a regular file"
                #expect(
                    finished.record.configs.errors == ["cannot replace \(bench.wireguard)/wg2.conf: \(reason)"])
                #expect(finished.failure == nil)
                #expect(finished.exitStatus == .attentionNeeded)
                let response = try #require(try bench.responses()[0])
                #expect(!"\(response)".contains("regenerated"))
            } else {
                #expect(try bench.config("wg2.conf") == expected)
                #expect(try facts(bench, "wg2.conf").mode == 0o600)
                #expect(finished.record.configs.changedOtherwise == ["wg2.conf"])
                #expect(finished.exitStatus == .success)
            }
            if obstacle == .link {
                #expect(try String(contentsOfFile: bench.folder + "/target", encoding: .utf8) == "mine")
            }
            #expect(!FileManager.default.fileExists(atPath: bench.folder + "/nowhere"))
        }
    }

    @Test(
        "loses what is no file in place of a removed instance's config, a folder excepted", arguments: Obstacle.allCases
    )
    func obstaclesToDelete(obstacle: Obstacle) throws {
        try withAccounts { bench in
            try bench.run([])
            try put(obstacle, at: bench.wireguard + "/wg3.conf", bench)
            let finished = try bench.run(["eve@example.com"])
            #expect(finished.record.configs.deleted == (obstacle == .folder ? [] : ["wg3.conf"]))
            #expect(finished.record.configs.regenerated == (obstacle != .folder))
            if obstacle == .link {
                #expect(try String(contentsOfFile: bench.folder + "/target", encoding: .utf8) == "mine")
            }
        }
    }

    @Test("is a link's target where its path is a link, run after run")
    func link() throws {
        try withAccounts { bench in
            try FileManager.default.moveItem(atPath: bench.wireguard, toPath: bench.folder + "/there")
            try FileManager.default.createSymbolicLink(atPath: bench.wireguard, withDestinationPath: "there")
            for email in ["ann@example.com", "bob@example.com"] {
                let finished = try bench.run([email])
                #expect(finished.exitStatus == .success && finished.failure == nil)
            }
            #expect(try bench.configNames() == ["wg3.conf"])
        }
    }

    @Test(
        "names a firewall script that is no file, and does not touch it", arguments: [Obstacle.fifo, .socket, .folder])
    func firewallObstacle(obstacle: Obstacle) throws {
        try withAccounts { bench in
            let script = bench.wireguard + "/" + FirewallScript.fileName
            try put(obstacle, at: script, bench)
            let finished = try bench.run(["ann@example.com"])
            #expect(finished.outcomes == [.removed] && finished.exitStatus == .attentionNeeded)
            #expect(finished.record.configs.errors.count == 1)
            #expect(finished.record.configs.errors[0].hasPrefix("cannot replace \(script): "))
        }
    }

    @Test("may not be swapped for another one in the middle of a run")
    func swapped() throws {
        try withAccounts { bench in
            let finished = try bench.run(
                ["ann@example.com"],
                in: .still(observe: { event in
                    guard case .checkpoint(.journaled) = event else { return }
                    rename(bench.wireguard, bench.folder + "/there")
                    mkdir(bench.wireguard, 0o755)
                }))
            #expect(finished.failure is ConfigsFailure && finished.exitStatus == .inputOutput)
            #expect(try bench.configNames() == [], "nothing was written where nobody looked before")
        }
    }

    @Test("has to be there and to be a folder, or nothing is removed", arguments: [true, false])
    func missing(isFile: Bool) throws {
        try withAccounts { bench in
            try FileManager.default.removeItem(atPath: bench.wireguard)
            if isFile { try "x".write(toFile: bench.wireguard, atomically: false, encoding: .utf8) }
            let before = try bench.files()
            try bench.write(feed: ["ann@example.com"])
            let expected = try bench.files().merging(before) { new, _ in new }
            let error = #expect(throws: ConfigsFailure.self) {
                try Reconciliation(bench.options(), .still()).run()
            }
            #expect(error?.subject == bench.wireguard)
            #expect(error?.exitStatus == .inputOutput)
            #expect(error?.hint.contains("--wireguard-dir") == true)
            #expect(throws: ConfigsFailure.self) { try Reconciliation(bench.options(), .still()).plan() }
            #expect(try bench.files() == expected)
        }
    }

    @Test("is brought up to date also where nothing is left to remove, which heals a run that was cut short")
    func healed() throws {
        try withAccounts { bench in
            try bench.run([])
            let config = try bench.config("wg1.conf")
            try bench.run(["ann@example.com"])
            try bench.put(config, at: "wg1.conf")
            try bench.put("stale", at: "wg2.conf")
            let finished = try bench.run(["ann@example.com"])
            #expect(finished.outcomes == [.alreadyAbsent])
            #expect(finished.record.configs.written == ["wg2.conf"])
            #expect(finished.record.configs.deleted == ["wg1.conf"])
        }
    }

    @Test("A config that was never there is not among those that a run deleted")
    func neverThere() throws {
        try withAccounts { bench in
            try bench.run([])
            try FileManager.default.removeItem(atPath: bench.wireguard + "/wg3.conf")
            let configs = try bench.run(["ann@example.com", "eve@example.com"]).record.configs
            #expect(configs.deleted == ["wg1.conf"])
            #expect(configs.regenerated)
        }
    }

    @Test("What a part of the run deleted before it was cut short is reported by its continuation, and by no other run")
    func deletedBeforeItWasCutShort() throws {
        try withAccounts { bench in
            try bench.run([])
            try FileManager.default.removeItem(atPath: bench.wireguard + "/wg3.conf")
            // The report cannot be put in place, so that the run is not complete.
            let reports = bench.reports
            #expect(throws: ReportFailure.self) {
                try bench.run(
                    ["ann@example.com", "eve@example.com"],
                    in: .still(observe: { event in
                        guard case .checkpoint(.configsDone) = event else { return }
                        rename(reports, reports + ".away")
                    }))
            }
            rename(reports + ".away", reports)
            #expect(try bench.configNames() == ["wg2.conf"])
            let continued = try bench.run(["ann@example.com", "eve@example.com"])
            #expect(continued.record.continued)
            #expect(continued.record.configs.deleted == ["wg1.conf"])
            #expect(!FileManager.default.fileExists(atPath: bench.wireguard + "/.wg-deleted.pending"))
            #expect(try bench.run(["ann@example.com"]).record.configs.deleted == [])
        }
    }

    @Test("is what `regenerate` brings up to date, without a journal and without removing a row")
    func regeneration() throws {
        try withAccounts { bench in
            let before = try bench.image()
            let result = try Regeneration(
                databasePath: bench.database, wireguardDirectory: bench.wireguard, busyTimeout: 5, live: nil, .still()
            ).perform()
            #expect(result.exitStatus == .success)
            #expect(result.record.written == ["wg1.conf", "wg2.conf", "wg3.conf"])
            #expect(try bench.image() == before)
        }
    }

    @Test("While configs of removed instances are deleted, nobody can add an instance", arguments: ["delete", "wal"])
    func nobodyAddsMeanwhile(journalMode: String) throws {
        try withBench { bench in
            try bench.work { plane in try plane.account("ann@example.com") }
            try bench.put("[Interface]\n", at: "wg1.conf")
            let queue = try DatabaseQueue(path: bench.database)
            try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = \(journalMode)") }
            try queue.close()
            let tries = Shared<[ResultCode?]>([])
            let finished = try bench.run(
                ["ann@example.com"],
                in: .still(observe: { event in
                    guard case .checkpoint(.configDeleted) = event else { return }
                    var code: ResultCode?
                    do {
                        // From a connection that does not wait.
                        let other = try DatabaseQueue(path: bench.database)
                        _ = try other.write { db in try SmallControlPlane(db: db).instance("bob@example.com") }
                    } catch {
                        code = (error as? DatabaseError)?.resultCode
                    }
                    tries.change { $0.append(code) }
                }))
            #expect(finished.exitStatus == .success)
            #expect(tries.value == [.SQLITE_BUSY])
            #expect(try bench.strings("PRAGMA journal_mode") == [journalMode])
            #expect(try bench.configNames() == [])
        }
    }
}
