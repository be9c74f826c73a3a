import Foundation
import GRDB
import TestSupport
import Testing

@testable import ControlPlane
@testable import Reconcile
@testable import Support
@testable import WireGuard

@Suite(
    "The packet filter is the application's own, rule for rule",
    .enabled(if: FirewallNamespace.isExpected, "\(FirewallNamespace.obstacle ?? "")"))
struct FirewallRecordingTests {
    private func recording(_ name: String) throws -> String {
        try String(contentsOfFile: Fixtures.path("firewall/\(name).iptables"), encoding: .utf8)
    }

    /// Runs it once and again, in an empty namespace, where every command has to be accepted.
    private func expect(_ script: FirewallScript, leaves name: String) throws {
        #expect(script.problems == [])
        let expected = try recording(name)
        #expect(expected.count > 10_000)
        for times in 1...2 {
            let outcome = try FirewallNamespace.filter(after: script.text, times: times, arguments: "strict")
            #expect(outcome.errors == "")
            #expect(outcome.status == 0)
            let (found, wanted) = (outcome.output.lines, expected.lines)
            #expect(found.filter { !wanted.contains($0) } == [], "too many, run \(times)")
            #expect(wanted.filter { !found.contains($0) } == [], "missing, run \(times)")
            #expect(found == wanted, "order, run \(times)")
        }
    }

    private func script2025(_ bench: Bench) throws -> FirewallScript {
        try bench.work { plane in
            try FirewallScript(reading: plane.db, SchemaCapabilities(reading: plane.db), .of(.fork))
        }
    }

    private func script2026(_ state: String) throws -> FirewallScript {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        return try DatabaseQueue(configuration: configuration).write { db in
            for name in ["2026-schema", state] {
                try db.execute(sql: String(contentsOfFile: Fixtures.path("firewall/\(name).sql"), encoding: .utf8))
            }
            return try FirewallScript(
                reading: db, SchemaCapabilities(reading: db), .of(.from9975))
        }
    }

    @Test("2025: before the removal and after it")
    func year2025() throws {
        try withBench { bench in
            try FileManager.default.copyItem(
                atPath: Fixtures.path("reference/2025/before.sqlite3"), toPath: bench.database)
            try expect(script2025(bench), leaves: "2025-before")

            let identifiers = try JSONDecoder().decode(
                [String].self,
                from: Data(contentsOf: URL(fileURLWithPath: Fixtures.path("reference/2025/identifiers.json"))))
            #expect(try bench.run(identifiers).exitStatus == .success)
            try expect(script2025(bench), leaves: "2025-after")
        }
    }

    @Test("2026", arguments: ["2026-before", "2026-after"])
    func year2026(_ state: String) throws {
        try expect(script2026(state), leaves: state)
    }
}

extension String {
    fileprivate var lines: [Substring] { split(separator: "\n") }
}
