import Foundation
import Glibc
import SamplePlane
import Support
import TestSupport
import Testing

/// On real interfaces, with real handshakes.
@Suite(
    "Live interfaces", .serialized,
    .enabled(if: LiveNetwork.obstacle == nil, "\(LiveNetwork.obstacle ?? "")"))
struct LiveInterfacesTests {
    func withNetwork(_ body: (LiveNetwork) throws -> Void) throws {
        try withBench { bench in try body(try LiveNetwork(bench)) }
    }

    @Test func `the removed customer is off, and nobody else loses a packet`() throws {
        try withNetwork { network in
            let (gone, stays) = (try network.addCustomer("gone@x.com"), try network.addCustomer("stays@x.com"))
            try network.bringUp([gone, stays])
            // An edit that the administrator has not applied yet: another peer of the customer who stays.
            var random = SplitMix64(seed: 7)
            let added = SampleKeyPair(using: &random).publicKey
            try network.bench.work { plane in
                // In the instance's own network, so that it takes no route that syncconf would not add.
                let address = stays.customer.serverAddress.dropLast() + "9"
                try plane.peer(of: stays.customer.instance, address: String(address), ["public_key": added])
            }

            var report: LiveReport?
            let lost = try network.pinging(stays.customer) { report = try network.run(["gone@x.com"]) }
            let first = try #require(report)
            #expect(first.status == 0, "\(first.output)")
            #expect(first.outcome() == "removed")
            #expect(first.tunnelDown() == "true")
            #expect(first.names("interfaces_down") == [gone.customer.interface])
            #expect(first.names("interfaces_synced") == [stays.customer.interface])
            #expect(first.errors == [])
            #expect(first.configs["applied"] as? Bool == true)
            #expect(lost == [])

            #expect(try !network.isUp(gone.customer))
            #expect(try !network.reaches(gone.customer))
            #expect(network.wasPostDownRun(for: gone.customer))
            #expect(try !network.bench.configNames().contains("\(gone.customer.interface).conf"))
            #expect(try network.reaches(stays.customer))
            #expect(try network.peers(of: stays.customer) == [stays.customer.peerKey, added])

            let files = try network.bench.files().filter { $0.key.hasPrefix("wireguard") }
            let second = try network.run(["gone@x.com"])
            #expect(second.status == 0, "\(second.output)")
            #expect(second.outcome() == "already_absent")
            #expect(second.tunnelDown() == "true")
            #expect(second.names("interfaces_down") + second.names("interfaces_synced") + second.errors == [])
            #expect(try network.bench.files().filter { $0.key.hasPrefix("wireguard") } == files)
        }
    }

    @Test func `a run killed before it touched an interface is made good by the next`() throws {
        try withNetwork { network in
            let (gone, stays) = (try network.addCustomer("gone@x.com"), try network.addCustomer("stays@x.com"))
            try network.bringUp([gone, stays])
            try network.bench.execute(
                "UPDATE wireguard_peer SET public_key = ? WHERE wireguard_instance_id = ?",
                [gone.customer.peerKey, stays.customer.instance])

            try network.killedRun(["gone@x.com"], at: .configsWritten)
            #expect(try network.isUp(gone.customer))
            #expect(try network.peers(of: stays.customer) == [stays.customer.peerKey])

            let report = try network.run([])
            // The removed key is a peer of the other interface now, and so still up.
            #expect(report.status == 1, "\(report.output)")
            #expect(report.names("interfaces_down") == [gone.customer.interface])
            #expect(report.names("interfaces_synced") == [stays.customer.interface])
            #expect(try !network.isUp(gone.customer))
            #expect(network.wasPostDownRun(for: gone.customer))
            #expect(try network.peers(of: stays.customer) == [gone.customer.peerKey])
        }
    }

    @Test func `the rest of a killed run proves also what its first part removed`() throws {
        try withNetwork { network in
            let gone = try network.addCustomer("gone@x.com")
            try network.bringUp([gone])
            try network.killedRun(["gone@x.com"], at: .configsWritten)
            let report = try network.run(["gone@x.com"])
            #expect(report.status == 0, "\(report.output)")
            #expect(report.outcome() == "removed")
            #expect(report.tunnelDown() == "true")
        }
    }

    @Test func `an interface whose config is gone already is deleted`() throws {
        try withNetwork { network in
            let (gone, stays) = (try network.addCustomer("gone@x.com"), try network.addCustomer("stays@x.com"))
            try network.bringUp([gone, stays])
            // Applies nothing and deletes the config.
            let blind = try network.program(network.runArguments(["gone@x.com"]) + ["--no-apply"])
            #expect(try LiveReport(network.bench, blind).tunnelDown() == "null")
            #expect(try network.isUp(gone.customer))

            let report = try network.run([])
            #expect(report.status == 0, "\(report.output)")
            #expect(report.names("interfaces_down") == [gone.customer.interface])
            #expect((report.configs["note"] as? String)?.contains("without its PostDown commands") == true)
            #expect(try !network.isUp(gone.customer))
        }
    }

    @Test func `the clean-up of a bandwidth limit runs before its script is deleted`() throws {
        try withNetwork { network in
            let gone = try network.addCustomer("gone@x.com")
            try network.bringUp([gone])
            try network.bench.execute(
                "ALTER TABLE wireguard_wireguardinstance ADD COLUMN bandwidth_limit_enabled bool NOT NULL DEFAULT 1")
            let (name, mark) = (gone.customer.interface, network.bench.folder + "/cleaned-up")
            let script = name + "_bandwidth_cleanup.sh"
            try network.bench.put("#!/bin/sh\ntouch '\(mark)'\n", at: script, mode: 0o755)
            let config = try network.bench.config("\(name).conf").split(separator: "\n").map { line in
                line.hasPrefix("PostDown") ? "PostDown = '\(network.bench.wireguard)/\(script)'" : line
            }
            try network.bench.put(config.joined(separator: "\n") + "\n", at: "\(name).conf")

            let report = try network.run(["gone@x.com"])
            #expect(report.status == 0, "\(report.output)")
            #expect(FileManager.default.fileExists(atPath: mark))
            #expect(report.names("deleted") == ["\(name).conf", script])
        }
    }

    @Test func `a PostDown that fails does not keep the tunnel up, and is reported`() throws {
        try withNetwork { network in
            let gone = try network.addCustomer("gone@x.com")
            try network.bench.execute("UPDATE wireguard_wireguardinstance SET post_down = 'echo no >&2; exit 3'")
            try network.bringUp([gone])
            let report = try network.run(["gone@x.com"])
            #expect(report.status == 1)
            #expect(report.tunnelDown() == "true")
            #expect(report.errors.count == 1 && report.errors[0].contains(gone.customer.interface), "\(report.errors)")
            #expect(try !network.isUp(gone.customer))
            #expect(try !network.bench.configNames().contains("\(gone.customer.interface).conf"))
        }
    }

    @Test func `wg-quick that cannot take the interface down is followed by ip`() throws {
        try withNetwork { network in
            let gone = try network.addCustomer("gone@x.com")
            try network.bringUp([gone])
            let path = network.bench.wireguard + "/\(gone.customer.interface).conf"
            // A PreDown that fails ends wg-quick while the interface is still up.
            let text = try String(contentsOfFile: path, encoding: .utf8)
            try network.bench.put(
                text.replacing("[Interface]", with: "[Interface]\nPreDown = exit 1"),
                at: "\(gone.customer.interface).conf")
            let report = try network.run(["gone@x.com"])
            #expect(report.status == 1)
            #expect(report.tunnelDown() == "true")
            #expect(report.errors.first?.contains("deleted without its PostDown commands") == true, "\(report.errors)")
            #expect(try !network.isUp(gone.customer))
        }
    }
}

extension LiveNetwork {
    /// Runs the job up to a checkpoint and kills it there.
    func killedRun(_ emails: [String], at checkpoint: RunCheckpoint) throws {
        var environment = ProcessInfo.processInfo.environment
        environment["WG_RECONCILE_TEST_PAUSE"] = checkpoint.rawValue
        let (process, path) = try Tool.start(
            command(runArguments(emails) + ["--netns", server]), environment: environment)
        defer { _ = try? Tool.take(path) }
        var isStopped = false
        for _ in 0..<600 where !isStopped {
            let facts = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
            isStopped = facts.contains(") T ")
            usleep(50_000)
        }
        kill(process, SIGKILL)
        Tool.wait(process)
        try #require(isStopped, "the run did not come to \(checkpoint.rawValue)")
    }
}
