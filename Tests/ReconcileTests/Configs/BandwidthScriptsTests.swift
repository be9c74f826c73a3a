import Foundation
import GRDB
import TestSupport
import Testing

@testable import Reconcile
@testable import Report
@testable import Support
@testable import WireGuard

@Suite("Limits of bandwidth, in the fork")
struct BandwidthScriptsTests {
    /// Ann on wg1 and Bob on wg2, both with a limit, and what the application has written for them.
    private func withLimits(_ values: [String: Int] = [:], _ body: (Bench) throws -> Void) throws {
        try withBench { bench in
            try StateSchema("fork-2025-10-14-ded07b1").create(at: bench.database)
            try bench.work { plane in
                for name in ["ann", "bob"] {
                    let row: [String: (any DatabaseValueConvertible)?] = [
                        "bandwidth_limit_enabled": 1, "bandwidth_limit_mbps": 50, "post_up": "echo up",
                        "post_down": "echo down",
                    ]
                    let instance = try plane.instance(
                        name + "@example.com",
                        row.merging(values.mapValues { $0 as any DatabaseValueConvertible }) { $1 })
                    try plane.peer(of: instance)
                    try plane.user(name + "@example.com")
                }
            }
            for number in 1...2 { try putScripts(of: number, in: bench) }
            try body(bench)
        }
    }

    private func putScripts(of number: Int, in bench: Bench) throws {
        for name in BandwidthScripts.fileNames(of: number) { try bench.put("#!/bin/bash\n", at: name, mode: 0o755) }
    }

    private func commands(_ bench: Bench, _ name: String) throws -> [String] {
        try bench.config(name).split(separator: "\n").filter { $0.hasPrefix("Post") }.map(String.init)
    }

    @Test("are set last of all that PostUp and PostDown do")
    func commands() throws {
        // As the application writes it, with its two blanks, where an instance has commands of its own.
        try withLimits(["legacy_firewall": 1]) { bench throws in
            #expect(try bench.run([]).record.configs.regenerated)
            #expect(
                try commands(bench, "wg2.conf") == [
                    "PostUp = echo up;  ; /etc/wireguard/wg2_bandwidth.sh",
                    "PostDown = echo down;  ; /etc/wireguard/wg2_bandwidth_cleanup.sh",
                ])
        }
        try withLimits { bench in
            try bench.run([])
            #expect(
                try commands(bench, "wg1.conf") == [
                    "PostUp = /etc/wireguard/wg-firewall.sh ; /etc/wireguard/wg1_bandwidth.sh",
                    "PostDown = /etc/wireguard/wg1_bandwidth_cleanup.sh",
                ])
            #expect(
                try commands(bench, "wg2.conf") == [
                    "PostUp = /etc/wireguard/wg2_bandwidth.sh",
                    "PostDown = /etc/wireguard/wg2_bandwidth_cleanup.sh",
                ])
        }
        try withLimits(["bandwidth_limit_enabled": 0]) { bench in
            try bench.run([])
            #expect(try commands(bench, "wg2.conf") == ["PostUp = ", "PostDown = "])
        }
    }

    @Test("wait for the application's export where their scripts are not there yet")
    func notExported() throws {
        try withLimits { bench in
            try FileManager.default.removeItem(atPath: bench.wireguard + "/wg2_bandwidth_cleanup.sh")
            let configs = try bench.run([]).record.configs
            #expect(try commands(bench, "wg2.conf") == ["PostUp = ", "PostDown = "])
            #expect(configs.note.hasSuffix("their configs do not run them: wg2"))
            #expect(configs.regenerated)

            // A config that runs them already is not the program's to change.
            try putScripts(of: 2, in: bench)
            try bench.run([])
            let before = try bench.config("wg2.conf")
            try FileManager.default.removeItem(atPath: bench.wireguard + "/wg2_bandwidth.sh")
            #expect(try bench.run([]).record.configs.written == [])
            #expect(try bench.config("wg2.conf") == before)
        }
    }

    /// In the form of the fork's: one class with the limit, others below it.
    private func putScript(of number: Int, limit: Int, in bench: Bench) throws {
        let script = [
            "# Limit: 77 Mbps", "tc qdisc add dev wg\(number) root handle 1: htb default 30",
            "tc class add dev wg\(number) parent 1: classid 1:1 htb rate \(limit)mbit",
            "tc class add dev wg\(number) parent 1:1 classid 1:10 htb rate \(limit / 2)mbit ceil \(limit)mbit",
        ]
        try bench.put(script.joined(separator: "\n") + "\n", at: "wg\(number)_bandwidth.sh", mode: 0o755)
    }

    @Test("are named where they set another limit than the database says")
    func otherLimit() throws {
        try withLimits { bench in
            for number in 1...2 { try putScript(of: number, limit: 50, in: bench) }
            #expect(try !bench.run([]).record.configs.note.contains("another bandwidth limit"))
            let script = try bench.config("wg2_bandwidth.sh")
            try bench.execute("UPDATE wireguard_wireguardinstance SET bandwidth_limit_mbps = 20 WHERE instance_id = 2")
            let configs = try bench.run([]).record.configs
            #expect(
                configs.note.hasSuffix("set another bandwidth limit than the database: wg2"), "\(configs.note)")
            #expect(configs.regenerated && configs.written == [])
            #expect(try bench.config("wg2_bandwidth.sh") == script)

            // Without a limit, no script is run.
            try bench.execute("UPDATE wireguard_wireguardinstance SET bandwidth_limit_enabled = 0")
            #expect(try !bench.run([]).record.configs.note.contains("another bandwidth limit"))
        }
    }

    @Test("go with a removed instance, and with no other")
    func removed() throws {
        try withLimits { bench in
            // Of an instance that the application's own endpoint removed.
            try putScripts(of: 3, in: bench)
            try bench.put("", at: "wg01_bandwidth.sh")
            let finished = try bench.run(["ann@example.com"])
            #expect(finished.exitStatus == .success)
            // No export has written its config yet.
            #expect(finished.record.configs.deleted == ["wg1_bandwidth.sh", "wg1_bandwidth_cleanup.sh"])
            #expect(
                try bench.configNames() == [
                    "wg01_bandwidth.sh", "wg2.conf", "wg2_bandwidth.sh", "wg2_bandwidth_cleanup.sh", "wg3_bandwidth.sh",
                    "wg3_bandwidth_cleanup.sh",
                ])
        }
    }

    @Test("are somebody else's where the application has no limits")
    func otherApplication() throws {
        try withBench { bench in
            try bench.work { try $0.account("ann@example.com") }
            try bench.run([])
            try putScripts(of: 1, in: bench)
            #expect(try bench.run(["ann@example.com"]).record.configs.deleted == ["wg1.conf"])
            #expect(try bench.run([]).record.configs.deleted == [])
            #expect(try bench.configNames() == ["wg1_bandwidth.sh", "wg1_bandwidth_cleanup.sh"])
        }
    }

    @Test("leave what is no regular file where it is")
    func somebodyElses() throws {
        try withLimits { bench in
            let script = bench.wireguard + "/wg1_bandwidth.sh"
            try FileManager.default.removeItem(atPath: script)
            try FileManager.default.createSymbolicLink(atPath: script, withDestinationPath: "/etc/hostname")
            #expect(try bench.run(["ann@example.com"]).record.configs.deleted == ["wg1_bandwidth_cleanup.sh"])
            #expect(try bench.configNames().contains("wg1_bandwidth.sh"))
        }
    }

    @Test("are deleted later where only the config was, as long as nobody else has the number")
    func withoutConfig() throws {
        try withLimits { bench in
            try bench.run(["ann@example.com"])
            try putScripts(of: 1, in: bench)
            // An interface that an administrator has made by hand.
            try bench.put("[Interface]\nPrivateKey = \(SmallControlPlane.privateKey(99))\n", at: "wg1.conf")
            #expect(try bench.run([]).record.configs.deleted == [])
            try FileManager.default.removeItem(atPath: bench.wireguard + "/wg1.conf")
            let new = try bench.work {
                try $0.instance("new@example.com", ["instance_id": 1, "bandwidth_limit_enabled": 1])
            }
            #expect(try bench.run([]).record.configs.deleted == [])
            try bench.execute("DELETE FROM wireguard_wireguardinstance WHERE uuid = ?", [new])
            try FileManager.default.removeItem(atPath: bench.wireguard + "/wg1.conf")
            #expect(
                try bench.run([]).record.configs.deleted == ["wg1_bandwidth.sh", "wg1_bandwidth_cleanup.sh"])
            #expect(try bench.configNames().filter { $0.hasPrefix("wg1") } == [])
        }
    }
}
