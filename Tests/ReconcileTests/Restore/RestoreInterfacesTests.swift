import Foundation
import Glibc
import TestSupport
import Testing

@testable import Reconcile
@testable import Removal
@testable import Support
@testable import WireGuard

@Suite("Restore: interfaces")
struct RestoreInterfacesTests {
    /// No interface of the database is up that would show where the rules belong.
    @Test(arguments: [true, false])
    func `where all accounts come back, their interfaces come up only once the firewall script was run`(
        works: Bool
    ) throws {
        try withBench { bench in
            let emails = ["ann@example.com", "bob@example.com"]
            try bench.work { plane in for email in emails { try plane.account(email, peers: 1) } }
            try bench.run(emails)
            let access = try StandInPrograms().access(in: bench)
            func write(_ name: String, _ script: String) throws {
                let path = bench.folder + "/programs/" + name
                try bench.write("#!/bin/sh\n\(script)\n", to: path)
                chmod(path, 0o755)
            }
            let log = bench.folder + "/calls"
            try write("wg-quick", "echo up >>\(log)")
            for name in ["iptables", "iptables-restore"] {
                try write(
                    name,
                    "case \"$*\" in --version) echo 'iptables v1.8.9 (nf_tables)' ;; *) echo rule >>\(log); exit \(works ? 0 : 4) ;; esac"
                )
            }
            // The script is run by the real one.
            try FileManager.default.removeItem(atPath: bench.folder + "/programs/bash")
            for name in ["bash", "sh", "cat", "sed", "awk", "cut", "head", "tr", "grep", "sleep"] {
                let path = bench.folder + "/programs/" + name
                try? FileManager.default.removeItem(atPath: path)
                try? FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/usr/bin/" + name)
            }
            let result = try bench.restore(emails) { $0.live = access }
            let record = try #require(result.regeneration?.record)
            let calls = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
            #expect(calls.contains("rule"))
            if works {
                #expect(record.live.up == ["wg1", "wg2"] && record.live.firewallRun, "\(record.errors)")
                #expect(calls.suffix(2) == ["up", "up"])
            } else {
                #expect(record.live.up == [] && !calls.contains("up"))
                #expect(record.errors.count { $0.contains("has not set up its rules") } == 2, "\(record.errors)")
            }
        }
    }
}
