import Foundation
import TestSupport
import Testing

@testable import Reconcile
@testable import Report
@testable import Support
@testable import WireGuard

@Suite(
    "What every release has written",
    .enabled(if: FirewallNamespace.isExpected, "\(FirewallNamespace.obstacle ?? "")"))
struct RecordedOutputTests {
    private func expect(_ bench: Bench, leaves recording: String) throws {
        let script = try bench.config(FirewallScript.fileName)
        let outcome = try FirewallNamespace.filter(after: script, arguments: "strict")
        #expect(outcome.errors == "")
        let (found, wanted) = (outcome.output.split(separator: "\n"), recording.split(separator: "\n"))
        #expect(wanted.count > 50)
        #expect(found.filter { !wanted.contains($0) } == [], "too many")
        #expect(wanted.filter { !found.contains($0) } == [], "missing")
        #expect(found == wanted)
    }

    @Test(
        "A run that removes nobody leaves every config and the filter as exported", arguments: RecordedOutput.allCases)
    func nobody(recorded: RecordedOutput) throws {
        try withBench { bench in
            try recorded.lay(into: bench)
            let names = try bench.configNames()
            let before = try names.map(bench.config)
            let finished = try bench.run([])
            #expect(finished.exitStatus == .success)
            #expect(finished.record.configs.written == [])
            #expect(finished.record.configs.learnt?.generation == recorded.generation)
            #expect(finished.record.configs.learnt?.evidence == ["wg-firewall.sh", "configs", "tables"])
            #expect(names.count > 5)
            #expect(try bench.configNames() == names)
            #expect(try names.map(bench.config) == before)
            try expect(bench, leaves: recorded.before)
        }
    }

    @Test("A removal leaves the filter that the application leaves", arguments: RecordedOutput.allCases)
    func removal(recorded: RecordedOutput) throws {
        try withBench { bench in
            try recorded.lay(into: bench)
            // After the last of these accounts was made.
            let finished = try bench.run(recorded.identifiers, in: .still(at: UTCTime(seconds: 1_795_900_000)))
            #expect(finished.exitStatus == .success)
            #expect(finished.record.configs.learnt?.generation == recorded.generation)
            try expect(bench, leaves: recorded.after)
        }
    }

    @Test("The script that a run leaves tells the next run the same", arguments: RecordedOutput.allCases)
    func again(recorded: RecordedOutput) throws {
        try withBench { bench in
            try recorded.lay(into: bench)
            let first = try bench.run([]).record.configs.learnt
            let script = try bench.config(FirewallScript.fileName)
            let second = try bench.run([])
            #expect(second.record.configs.learnt?.generation == first?.generation)
            #expect(second.record.configs.learnt?.evidence.first == "wg-firewall.sh")
            #expect(!second.record.configs.firewallWritten)
            #expect(try bench.config(FirewallScript.fileName) == script)
        }
    }
}
