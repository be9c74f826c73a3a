import Foundation
import TestSupport
import Testing

@testable import ControlPlane
@testable import Reconcile
@testable import Report
@testable import SamplePlane
@testable import Support
@testable import WireGuard

@Suite("The folder of the configs: whose it is")
struct ConfigOwnershipTests {
    /// A control plane with instances 1 to `count`, whose configs are exported.
    private func withInstances(_ count: Int, _ body: (Bench) throws -> Void) throws {
        try withBench { bench in
            try bench.work { plane in
                for number in 1...count { try plane.account("c\(number)@example.com") }
            }
            try bench.execute("UPDATE wireguard_peer SET public_key = 'PEER' || rowid || '='")
            try bench.run([])
            try body(bench)
        }
    }

    private func regenerate(_ bench: Bench) throws -> Regeneration.Result {
        try Regeneration(
            databasePath: bench.database, wireguardDirectory: bench.wireguard, busyTimeout: 5, live: nil, .still()
        ).perform()
    }

    /// A config with a key that no instance has, and without a peer.
    private func putForeign(_ bench: Bench, _ number: Int, peers: String = "") throws {
        let key = SmallControlPlane.privateKey(100 + number)
        try bench.put(
            "[Interface]\nPrivateKey = \(key)\nAddress = 10.9.\(number).1/24\n\(peers)", at: "wg\(number).conf")
    }

    /// A config with a key that no instance has, and with a peer that none has.
    private func putForeignWithPeer(_ bench: Bench, _ number: Int) throws {
        try putForeign(bench, number, peers: "\n[Peer]\nPublicKey = STRANGE\(number)=\n")
    }

    private func publicKey(_ number: Int) throws -> String {
        try #require(WireGuardKey.publicKey(ofPrivateKey: SmallControlPlane.privateKey(number)))
    }

    @Test(arguments: [[1, 2, 3, 4], [2, 3, 4], [2]])
    func `another control plane's folder stops plan, run and regeneration before anything is touched`(
        numbers: [Int]
    ) throws {
        try withInstances(4) { bench in
            for number in 1...4 { try FileManager.default.removeItem(atPath: bench.wireguard + "/wg\(number).conf") }
            for number in numbers { try putForeignWithPeer(bench, number) }
            try bench.write(feed: ["c1@example.com"])
            let before = try (bench.image(), bench.files())
            let error = #expect(throws: ForeignConfigs.self) { try bench.run(["c1@example.com"]) }
            #expect(throws: ForeignConfigs.self) { try bench.plan(["c1@example.com"]) }
            #expect(throws: ForeignConfigs.self) { try regenerate(bench) }
            #expect(try bench.image() == before.0 && bench.files() == before.1)
            #expect(error?.reason == .otherKeys(numbers.map { "wg\($0).conf" }, of: numbers.count))
            #expect(error?.exitStatus == .configurationWrong)
            #expect(error?.hint.contains("--wireguard-dir") == true)
            for number in numbers {
                #expect(error?.description.contains(SmallControlPlane.privateKey(100 + number)) == false)
            }
        }
    }

    /// A single config that is the database's shows that the folder is, too.
    @Test func `a config of somebody else's among the database's stops nothing, and its interface is left alone`()
        throws
    {
        for account in ["c1@example.com", "c2@example.com"] {
            try withInstances(3) { bench in
                try putForeignWithPeer(bench, 2)
                let up = ["wg3": try publicKey(3), "wg2": try publicKey(102)]
                let access = try StandInPrograms(interfaces: up, peers: ["wg2": "STRANGE2="]).access(in: bench)
                let finished = try bench.run([account]) { $0.live = access }
                #expect(finished.outcomes == [.removed])
                let live = finished.record.configs.live
                #expect(live.leftAlone == ["wg2"] && !live.synced.contains("wg2") && live.down.isEmpty, "\(live)")
                // It is not taken for the instance's at the next run either.
                let again = try bench.run([]) { $0.live = access }.record.configs.live
                #expect(!again.synced.contains("wg2") && again.down.isEmpty, "\(again)")
                #expect(finished.exitStatus == .attentionNeeded)
                #expect(try bench.config("wg2.conf").contains(SmallControlPlane.privateKey(102)))
                if account == "c2@example.com" {
                    #expect(try bench.configNames() == ["wg1.conf", "wg2.conf", "wg3.conf"])
                    #expect(finished.record.configs.errors.contains { $0.hasPrefix("wg2.conf was left: ") })
                } else {
                    #expect(finished.record.configs.errors.contains { $0.hasPrefix("wg2.conf is left as it is: ") })
                }
            }
        }
    }

    /// The application's export would write it anew as well, but nothing is done to an interface that may be somebody else's.
    @Test(arguments: [nil, "STRANGE=", "OWN="])
    func `a config with another key and without peers is written anew, unless its interface serves others`(
        peer: String?
    ) throws {
        try withInstances(3) { bench in
            try putForeign(bench, 2)
            let up = ["wg3": try publicKey(3), "wg2": try publicKey(102)]
            let access = try StandInPrograms(interfaces: up, peers: peer.map { ["wg2": $0] } ?? [:]).access(in: bench)
            for _ in 1...2 {
                let finished = try bench.run([]) { $0.live = access }
                let live = finished.record.configs.live
                #expect(live.leftAlone == ["wg2"] && !live.synced.contains("wg2") && live.down.isEmpty, "\(live)")
                #expect(
                    try bench.config("wg2.conf").contains(SmallControlPlane.privateKey(102)) == (peer != nil))
                #expect(
                    finished.record.configs.errors.contains { $0.hasPrefix("wg2.conf is left as it is") }
                        == (peer != nil))
            }
        }
    }

    /// Somebody put it there after the instance had gone.
    @Test(arguments: [true, false])
    func `no instance comes back under the number of somebody else's config`(hasPeer: Bool) throws {
        try withInstances(3) { bench in
            try bench.run(["c2@example.com"])
            try hasPeer ? putForeignWithPeer(bench, 2) : putForeign(bench, 2)
            let config = try bench.config("wg2.conf")
            let refused = try bench.restore(["c2@example.com"])
            #expect(refused.restored.isEmpty && refused.exitStatus == .attentionNeeded)
            #expect(refused.firstRefusal?.description.contains("wg2.conf is there and is or may be") == true)

            let restored = try bench.restore(["c2@example.com"], renumbers: true)
            #expect(restored.restored.map(\.renumbered) == [[2: 0]], "\(restored)")
            _ = try bench.run([])
            #expect(try bench.config("wg2.conf") == config)
        }
    }

    @Test func `instances with a new key that was not exported stop nothing`() throws {
        try withInstances(4) { bench in
            for number in 1...2 {
                try bench.execute(
                    "UPDATE wireguard_wireguardinstance SET private_key = ? WHERE instance_id = ?",
                    [SmallControlPlane.privateKey(50 + number), number])
            }
            #expect(try bench.run(["c4@example.com"]).outcomes == [.removed])
        }
        // Where there are only two, even both of them.
        try withInstances(2) { bench in
            for number in 1...2 { try putForeign(bench, number) }
            #expect(try bench.run(["c2@example.com"]).outcomes == [.removed])
        }
    }

    /// Gives every instance a new key.
    private func renewKeys(_ bench: Bench, of count: Int) throws {
        for number in 1...count {
            try bench.execute(
                "UPDATE wireguard_wireguardinstance SET private_key = ? WHERE instance_id = ?",
                [SmallControlPlane.privateKey(50 + number), number])
        }
    }

    @Test func `new keys of all instances stop nothing where the peers are the database's`() throws {
        try withInstances(4) { bench in
            try renewKeys(bench, of: 4)
            let database = try ControlPlaneDatabase(opening: bench.database, busyTimeout: 5)
            let learnt = try LearntOutput(in: OpenFolder(bench.wireguard), of: database, mtu: nil)
            // A check names them all the same.
            #expect(learnt.ownership.foreign == (1...4).map { "wg\($0).conf" })
            #expect(try bench.run(["c4@example.com"]).outcomes == [.removed])
            #expect(try bench.config("wg1.conf").contains(SmallControlPlane.privateKey(51)))
        }
    }

    @Test func `new keys of all instances stop the run where most peers are others, too`() throws {
        try withInstances(4) { bench in
            try renewKeys(bench, of: 4)
            for number in 1...4 {
                let strange = (1...9).map { "\n[Peer]\nPublicKey = STRANGE\(number)\($0)=\n" }.joined()
                try bench.put(bench.config("wg\(number).conf") + strange, at: "wg\(number).conf")
            }
            let error = #expect(throws: ForeignConfigs.self) { try bench.run(["c1@example.com"]) }
            #expect(error?.reason == .otherKeys((1...4).map { "wg\($0).conf" }, of: 4))
        }
    }

    @Test func `a config without a private key counts by its peers`() throws {
        try withInstances(4) { bench in
            let configs = try (1...4).map { number in
                try bench.config("wg\(number).conf").split(separator: "\n", omittingEmptySubsequences: false)
                    .filter { !$0.hasPrefix("PrivateKey") }.joined(separator: "\n")
            }
            // Each under the number of another one.
            for number in 1...4 { try bench.put(configs[number % 4], at: "wg\(number).conf") }
            let before = try bench.image()
            let error = #expect(throws: ForeignConfigs.self) { try bench.run(["c1@example.com"]) }
            #expect(error?.reason == .otherKeys((1...4).map { "wg\($0).conf" }, of: 4))
            #expect(try bench.image() == before)

            for number in 1...4 { try bench.put(configs[number - 1], at: "wg\(number).conf") }
            #expect(try bench.run(["c1@example.com"]).outcomes == [.removed])
        }
    }

    @Test func `many configs of customers who were deleted by hand stop nothing where the instances have theirs`()
        throws
    {
        try withInstances(2) { bench in
            for number in 11...40 { try putForeign(bench, number) }
            let finished = try bench.run(["c2@example.com"])
            #expect(finished.outcomes == [.removed])
            #expect(finished.record.configs.unknown.count == 30)
        }
    }

    @Test func `configs of instances that a run has removed are the database's`() throws {
        try withInstances(4) { bench in
            let configs = try (1...4).map { try bench.config("wg\($0).conf") }
            try bench.run((1...4).map { "c\($0)@example.com" })
            for (index, config) in configs.enumerated() { try bench.put(config, at: "wg\(index + 1).conf") }
            let record = try bench.run([]).record.configs
            #expect(record.deleted == ["wg1.conf", "wg2.conf", "wg3.conf", "wg4.conf"], "\(record)")
        }
    }

    /// Strays are left alone, so they stop nothing: neither where the instances are not exported yet nor where none is
    /// left.
    @Test func `configs of nobody stop nothing`() throws {
        try withInstances(2) { bench in
            for number in 11...20 { try putForeign(bench, number) }
            try FileManager.default.removeItem(atPath: bench.wireguard + "/wg1.conf")
            #expect(try bench.run(["c1@example.com", "c2@example.com"]).outcomes == [.removed, .removed])
            let again = try bench.run(["c1@example.com"])
            #expect(again.outcomes == [.alreadyAbsent] && again.exitStatus == .success)
            #expect(try regenerate(bench).failure == nil)
            #expect(try bench.configNames().count == 10)
        }
    }

    @Test func `a few configs of another control plane stop the run while the database's interfaces are up`() throws {
        try withInstances(2) { bench in
            for number in 1...2 { try putForeign(bench, number) }
            let key = try #require(WireGuardKey.publicKey(ofPrivateKey: SmallControlPlane.privateKey(1)))
            let access = try StandInPrograms(interfaces: ["wg1": key]).access(in: bench)
            let before = try (bench.image(), bench.config("wg1.conf"))
            let error = #expect(throws: ForeignConfigs.self) { try bench.run(["c2@example.com"]) { $0.live = access } }
            #expect(error?.reason == .otherKeys(["wg1.conf", "wg2.conf"], of: 2))
            #expect(try bench.image() == before.0 && bench.config("wg1.conf") == before.1)
        }
    }

    @Test func `a lost folder is written anew where no interface is seen`() throws {
        try withInstances(4) { bench in
            for number in 1...4 { try FileManager.default.removeItem(atPath: bench.wireguard + "/wg\(number).conf") }
            #expect(try bench.run(["c1@example.com"]).record.configs.written == ["wg2.conf", "wg3.conf", "wg4.conf"])
        }
    }

    @Test func `a folder without a config stops the run while the database's interfaces are up`() throws {
        try withInstances(3) { bench in
            let keys = try (1...2).map { number in
                let key = try #require(WireGuardKey.publicKey(ofPrivateKey: SmallControlPlane.privateKey(number)))
                return ("wg\(number)", key)
            }
            let access = try StandInPrograms(interfaces: Dictionary(uniqueKeysWithValues: keys)).access(in: bench)
            for number in 1...3 { try FileManager.default.removeItem(atPath: bench.wireguard + "/wg\(number).conf") }
            let before = try bench.image()
            let error = #expect(throws: ForeignConfigs.self) { try bench.run(["c1@example.com"]) { $0.live = access } }
            #expect(error?.reason == .noneWhileUp(["wg1", "wg2"], instances: 3))
            #expect(error?.exitStatus == .configurationWrong)
            #expect(try bench.image() == before)
        }
    }
}
