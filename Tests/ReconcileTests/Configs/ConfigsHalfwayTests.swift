import Foundation
import TestSupport
import Testing

@testable import Journal
@testable import Reconcile
@testable import Report
@testable import Support
@testable import WireGuard

/// The configs' step ends early: the report says what was done until then.
@Suite("Configs: a step that ends half-way")
struct ConfigsHalfwayTests {
    /// Locks the database once the configs are written, until the run is over.
    private func run(_ bench: Bench, _ body: (Surroundings) throws -> Void) throws {
        let lock = Shared<DatabaseLock?>(nil)
        let surroundings = Surroundings.still(observe: { event in
            guard case .checkpoint(.configsWritten) = event else { return }
            let taken = try? bench.lock("BEGIN EXCLUSIVE")
            lock.change { $0 = taken }
        })
        defer { try? lock.value?.release() }
        try body(surroundings)
        #expect(lock.value != nil)
    }

    @Test func `files that were written before stand in the report`() throws {
        try withBench { bench throws in
            try bench.work { plane in
                try plane.account("ann@example.com")
                try plane.account("bob@example.com")
            }
            try run(bench) { surroundings throws in
                let finished = try bench.run(["ann@example.com"], in: surroundings) { $0.busyTimeout = 0.1 }
                #expect(finished.outcomes == [.removed])
                #expect(finished.exitStatus == .busy)
                let configs = finished.record.configs
                #expect(configs.written == ["wg2.conf"])
                #expect(configs.firewallWritten)
                #expect(!configs.regenerated)
                #expect(configs.errors.count { $0.contains("locked") } == 1)
                let report = try String(contentsOfFile: finished.reportPath + "/report.json", encoding: .utf8)
                #expect(report.contains(#""written": ["wg2.conf"]"#))
            }
            #expect(try bench.run(["ann@example.com"]).exitStatus == .success)
        }
    }

    @Test func `regenerate says it, too`() throws {
        try withBench { bench throws in
            try bench.work { _ = try $0.account("ann@example.com") }
            try run(bench) { surroundings throws in
                let result = try Regeneration(
                    databasePath: bench.database, wireguardDirectory: bench.wireguard, busyTimeout: 0.1, live: nil,
                    surroundings
                ).perform()
                #expect(result.record.written == ["wg1.conf"])
                #expect(result.exitStatus == .busy)
                #expect(!result.record.regenerated)
            }
        }
    }
}
